"""Every page in every state, with realistic people and services: what tests read and tools/photograph shows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.kernel.level import Level
from idp.web import guides
from idp.web.catalogue import translator
from idp.web.context import PageContext, Service
from idp.web.cookies import CookiePolicy
from idp.web.facts import facts_of
from idp.web.headers import BaselineHeaders
from idp.web.hub import Hub
from idp.web.pages.account import Profile, ServiceLine, Services, SessionLine, Sessions, Share, SourcedFact
from idp.web.pages.consent import Consent, ConsentItem, Fact
from idp.web.pages.guide import Guide, Topic
from idp.web.pages.logout import FormPost, LoggedOut, LogoutConfirm, ServiceSignedOut
from idp.web.pages.problem import InvalidRequestPage, Problem, ProblemPage, RefusalPage
from idp.web.pages.sign_in import (
    Effort,
    Link,
    Login,
    OtherWay,
    Otp,
    PasskeyForm,
    Raise,
    RecoveryCode,
    SignInError,
    VneidError,
)
from idp.web.pages.sign_in import Passkey as PasskeyStep
from idp.web.static import Assets
from idp.web.templating import Pages
from tests.web.gallery_of_codes import codes
from tests.web.gallery_of_counter import counter
from tests.web.gallery_of_history import history
from tests.web.gallery_of_recovery import recovery
from tests.web.gallery_of_security import security
from tests.web.gallery_of_verification import verification
from tests.web.sample import Sample

HUB = Hub(origin="https://dangnhap.quangngai.gov.vn")
PAGES = Pages(HUB, Assets(), CookiePolicy(secure=False))
AT = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)

ONE_STOP = Service(
    "Một cửa điện tử",
    "Văn phòng Ủy ban nhân dân tỉnh",
    return_uri="/i/7m2k/cancel",
    logo_uri="/static/logo.svg",
    client_uri="https://motcua.quangngai.gov.vn/gioi-thieu",
    policy_uri="https://motcua.quangngai.gov.vn/quyen-rieng-tu",
    tos_uri="https://motcua.quangngai.gov.vn/dieu-khoan",
)
LICENCES = Service("Cấp phép kinh doanh", "Sở Tài chính", return_uri="/i/7m2k/cancel")
LONG = Service(
    "Hệ thống thông tin giải quyết thủ tục hành chính lĩnh vực đất đai và đăng ký biện pháp bảo đảm",
    "Trung tâm Phục vụ hành chính công xã Ba Tơ, trực thuộc Ủy ban nhân dân xã Ba Tơ, tỉnh Quảng Ngãi",
    return_uri="/i/7m2k/cancel",
)
MAI: dict[str, object] = {
    "name": "Huỳnh Thị Mai",
    "birthdate": "1991-04-30",
    "gender": "female",
    "phone_number": "+84900000002",
    "email": "mai.huynh@example.vn",
    "address": {"formatted": "Thôn Vạn Tường, Xã Vạn Tường, tỉnh Quảng Ngãi"},
    "qn:pin": "051191990505",
}


OPTIONS = '{"rpId": "localhost", "challenge": "AAAA", "userVerification": "required", "allowCredentials": []}'


def samples(lang: str) -> tuple[Sample, ...]:
    """Values that a door would have written in the page's language come in that language."""
    signing_in = (*_sign_in(), *_step_up())
    return (
        *signing_in,
        *_consent(lang),
        *_logout(),
        *_problems(),
        *_account(lang),
        *history(),
        *security(),
        *codes(),
        *_guides(),
        *verification(),
        *recovery(),
        *counter(),
    )


def app() -> BaselineHeaders:
    """Serves the gallery at /{lang}/{name} with the headers of the product."""
    found = {(lang, s.name): s for lang in ("vi", "en") for s in samples(lang)}

    async def show(request: Request) -> Response:
        sample = found[request.path_params["lang"], request.path_params["name"]]
        return PAGES.render(sample.page, context(sample, request.path_params["lang"]), status=200)

    async def logo(request: Request) -> Response:
        return Response(LOGO, media_type="image/svg+xml")

    routes = [Route("/static/logo.svg", logo), *guides.routes(PAGES), Route("/{lang}/{name}", show)]
    return BaselineHeaders(Starlette(routes=routes), tls=False)


def context(sample: Sample, lang: str) -> PageContext:
    return PageContext(
        lang, f"/{lang}/{sample.name}", service=sample.service, person=sample.person, shared=sample.shared
    )


LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 44 44"><circle cx="22" cy="22" r="20" fill="#11643a"/>
<path d="M12 22l7 7 13-14" fill="none" stroke="#fff" stroke-width="4"/></svg>"""


def _sign_in() -> Iterator[Sample]:
    login = "/i/7m2k/login"
    passkey = PasskeyForm("/i/7m2k/passkey", "t", OPTIONS)
    yield Sample("login", Login(login, "t", passkey=passkey, code_uri="/i/7m2k/by-code"), ONE_STOP)
    refused = Login(login, "t", errors=(SignInError.PASSKEY,), passkey=passkey)
    yield Sample("login-passkey-refused", refused, LICENCES)
    yield Sample("login-plain", Login(login, "t"))
    yield Sample("login-long-names", Login(login, "t", username="051 158 990137"), LONG)
    wrong = (SignInError.CREDENTIALS,)
    yield Sample("login-wrong", Login(login, "t", username="051 191 990505", errors=wrong), ONE_STOP)
    missing = (SignInError.USERNAME_MISSING, SignInError.PASSWORD_MISSING)
    yield Sample("login-missing", Login(login, "t", errors=missing), LICENCES)
    yield Sample("login-stale", Login(login, "t", username="090 000 0002", errors=(SignInError.STALE,)), LICENCES)
    effort = Effort("16.1.30.a.b", 16, 30)
    heard = Login(login, "t", username="051 191 990505", errors=(SignInError.EFFORT,), effort=effort, shared=True)
    yield Sample("login-effort", heard, ONE_STOP)
    yield Sample("login-again", Login(login, "t", username="mai.huynh@example.vn", again=True), LICENCES)
    yield from _vneid()
    yield Sample("otp", Otp("/i/7m2k/otp", "t", "Huỳnh Thị Mai", switch_uri="/i/7m2k/login?switch=1"), LICENCES)
    yield Sample("otp-wrong", Otp("/i/7m2k/otp", "t", "Huỳnh Thị Mai", errors=(SignInError.CODE,)), LICENCES)


def _vneid() -> Iterator[Sample]:
    login, vneid = "/i/7m2k/login", "/i/7m2k/vneid"
    shared = f"{vneid}&shared=yes"
    yield Sample("login-vneid", Login(login, "t", vneid_uri=vneid, vneid_shared_uri=shared), ONE_STOP)
    yield Sample("login-vneid-only", Login(login, "t", vneid_uri=vneid, has_form=False), LICENCES)
    yield Sample("login-vneid-again", Login(login, "t", vneid_uri=vneid, again=True), LICENCES)
    yield Sample("login-vneid-outage", Login(login, "t", outage=True), ONE_STOP)
    yield Sample("login-vneid-trial", Login(login, "t", vneid_uri=vneid, outage=True), ONE_STOP)
    for error in VneidError:
        page = Login(login, "t", vneid_uri=vneid, vneid_error=error)
        yield Sample(f"login-vneid-{error.value.replace('_', '-')}", page, ONE_STOP)
    yield Sample("raise", Raise(vneid, "Huỳnh Thị Mai", switch_uri="/i/7m2k/switch"), LICENCES)
    other = VneidError.OTHER_PERSON
    yield Sample("raise-other-person", Raise(vneid, "Huỳnh Thị Mai", other, "/i/7m2k/switch"), LICENCES)
    number = "051•••••0505"
    yield Sample("link", Link("/i/7m2k/link", "t", number, back_uri=login), ONE_STOP)
    yield Sample("link-wrong", Link("/i/7m2k/link", "t", number, (SignInError.CREDENTIALS,), login), ONE_STOP)


def _step_up() -> Iterator[Sample]:
    me, passkey = "Huỳnh Thị Mai", PasskeyForm("/i/7m2k/passkey", "t", OPTIONS)
    app, key, paper = (OtherWay(way, f"/i/7m2k/{way}") for way in ("otp", "passkey", "recovery-code"))
    otp = Otp("/i/7m2k/otp", "t", me, switch_uri="/i/7m2k/switch", other_ways=(key, paper))
    yield Sample("otp-other-ways", otp, LICENCES)
    step = PasskeyStep(passkey, me, switch_uri="/i/7m2k/switch", other_ways=(app,))
    yield Sample("passkey", step, LICENCES)
    yield Sample("passkey-refused", PasskeyStep(passkey, me, errors=(SignInError.PASSKEY,)), ONE_STOP)
    yield Sample("passkey-stale", PasskeyStep(passkey, me, errors=(SignInError.STALE,)), ONE_STOP)
    code = RecoveryCode("/i/7m2k/recovery-code", "t", me, switch_uri="/i/7m2k/switch", other_ways=(app, key))
    yield Sample("recovery-code", code)
    for error in (SignInError.CODE, SignInError.CODE_MISSING, SignInError.STALE):
        name = f"recovery-code-{error.value.replace('_', '-')}"
        yield Sample(name, RecoveryCode("/i/7m2k/recovery-code", "t", me, errors=(error,)))


def _verified(lang: str, purpose: str, basis: str) -> Consent:
    """What a service asks with its verification, each for the purpose that it says."""
    t = translator(lang)
    known = {
        "verified_claims": "qn_counter_2026",
        "verified_claims.name": "Huỳnh Thị Mai",
        "verified_claims.birthdate": "1958-03-12",
        "verified_claims.qn:pin": "051158000137",
    }
    said = {"name": "Ghi vào giấy chứng nhận", "birthdate": None, "qn:pin": "Đối chiếu với cơ sở dữ liệu doanh nghiệp"}
    claims = [(f"verified_claims.{name}", reason) for name, reason in said.items()]
    items = [ConsentItem(f"claim:{name}", facts_of([name], known, t), reason=reason) for name, reason in claims]
    return Consent(
        "/i/7m2k/consent",
        "t",
        "Huỳnh Thị Mai",
        purpose,
        basis,
        necessary=(
            ConsentItem("identity_assurance", facts_of(["verified_claims"], known, t)),
            items[0],
            items[2],
        ),
        optional=(items[1], ConsentItem("claim:verified_claims.address", facts_of([], known, t))),
        switch_uri="/i/7m2k/login?switch=1",
    )


def _consent(lang: str) -> Iterator[Sample]:
    t = translator(lang)
    purpose = "Tiếp nhận hồ sơ đăng ký kinh doanh" if lang == "vi" else "Receive business registration files"
    basis = "Nghị định 168/2025/NĐ-CP" if lang == "vi" else "Decree 168/2025/NĐ-CP"
    reason = "Để nhận thông báo về hồ sơ" if lang == "vi" else "To be told about your file"
    optional = (
        ConsentItem("phone", facts_of(["phone"], MAI, t), reason=reason),
        ConsentItem("email", facts_of(["email"], MAI, t), reason=reason),
    )
    whole = Consent(
        "/i/7m2k/consent",
        "t",
        "Huỳnh Thị Mai",
        purpose,
        basis,
        necessary=(
            ConsentItem("profile", facts_of(["profile"], MAI, t)),
            ConsentItem("address", facts_of(["address"], MAI, t)),
        ),
        optional=optional,
        offline_access=True,
        switch_uri="/i/7m2k/login?switch=1",
    )
    yield Sample("consent", whole, LICENCES)
    yield Sample("consent-verified", _verified(lang, purpose, basis), LICENCES)
    task = ConsentItem("qn:national_id", facts_of(["qn:pin"], MAI, t))
    lacking = ConsentItem("email")
    noticed = Consent(
        "/i/7m2k/consent",
        "t",
        "Y Hyêm",
        purpose,
        necessary=(ConsentItem("profile", facts_of(["name"], {"name": "Y Hyêm"}, t)), lacking),
        task=(task,),
        changed=True,
    )
    yield Sample("consent-task-changed", noticed, ONE_STOP)
    by_law = Consent("/i/7m2k/consent", "t", "A Blum", purpose, basis, task=(task,))
    yield Sample("consent-notice", by_law, ONE_STOP)
    yield Sample("consent-nothing", Consent("/i/7m2k/consent", "t", "A Blum", purpose), LONG)


def _logout() -> Iterator[Sample]:
    names = ("Một cửa điện tử", "Cấp phép kinh doanh", "Tra cứu hồ sơ đất đai")
    yield Sample("logout", LogoutConfirm("/logout/confirm", "t", "/account", "Huỳnh Thị Mai", names))
    yield Sample("logout-service", LogoutConfirm("/logout/confirm", "t", "/account"), ONE_STOP)
    told = tuple(ServiceSignedOut(n, told) for n, told in zip(names, (True, None, False), strict=True))
    yield Sample("logged-out", LoggedOut(told, sign_in_uri="/account"))
    yield Sample("logged-out-plain", LoggedOut(), ONE_STOP)
    fields = (("code", "SplxlOBeZQQYbYS6WxSbIA"), ("state", '"><b>x</b>'), ("iss", HUB.origin))
    yield Sample("form-post", FormPost("https://motcua.quangngai.gov.vn/callback", fields), ONE_STOP)


def _problems() -> Iterator[Sample]:
    waits = {Problem.TOO_MANY: 3}
    incidents = {Problem.UNEXPECTED: "k7m2qx9rtf"}
    alone = (Problem.NOT_FOUND, Problem.METHOD_NOT_ALLOWED, Problem.DENIED, Problem.STALE_FORM, Problem.UNEXPECTED)
    for problem in Problem:
        retry = "/i/7m2k" if problem in (Problem.TOO_MANY, Problem.UNAVAILABLE, Problem.STALE_FORM) else None
        page = ProblemPage(problem, retry, incidents.get(problem), waits.get(problem))
        yield Sample(f"problem-{problem.value.replace('_', '-')}", page, None if problem in alone else ONE_STOP)
    yield Sample("invalid-request", InvalidRequestPage("redirect_uri_mismatch"))
    yield Sample("invalid-request-service", InvalidRequestPage("logout_redirect_mismatch"), ONE_STOP)
    yield Sample("refusal", RefusalPage("national_id_malformed"))
    case = (("case", "7m2kq9x4n8w3h5t6v2b7c4d8e9"),)
    yield Sample("refusal-case", RefusalPage("vneid_case", case), ONE_STOP)


def _account(lang: str) -> Iterator[Sample]:
    t = translator(lang)
    me = "Huỳnh Thị Mai"
    since = datetime(2026, 3, 12, 2, 0, tzinfo=UTC)

    def sourced(claims: tuple[str, ...], source: str) -> tuple[SourcedFact, ...]:
        return tuple(SourcedFact(fact, source, since) for fact in facts_of(claims, MAI, t))

    identity = sourced(("name", "qn:pin", "birthdate", "gender", "address"), "counter")
    contacts = (*sourced(("phone_number",), "confirmed"), SourcedFact(Fact("email", "m•••••@example.vn"), "self"))
    full = Profile(
        me,
        Level.SUBSTANTIAL,
        identity,
        contacts,
        second_factor=True,
        password_changed_at=since,
        sessions=3,
        services=2,
        evidence="counter",
        evidence_at=since,
        level_ends_at=datetime(2031, 3, 12, tzinfo=UTC),
        sources=("counter", "self"),
    )
    yield Sample("account-profile", full, person=me)
    yield Sample("account-profile-new", Profile("Y Hyêm", Level.BASIC), person="Y Hyêm")
    here = SessionLine(
        "s1",
        t("device.both", browser="Chrome", system="Android"),
        datetime(2026, 11, 23, 3, 38, tzinfo=UTC),
        AT,
        "c",
        this_one=True,
        services=("Một cửa điện tử", "Cấp phép kinh doanh"),
        address="113.160.•••.•••",
    )
    there = SessionLine("s2", t("device.both", browser="Firefox", system="Windows"), since, AT, "c")
    odd = SessionLine("s3", t("device.unknown"), since, since, "c", services=("Tra cứu hồ sơ đất đai",))
    several = Sessions("/account/sessions", "c", (here, there, odd), notice="session_ended")
    yield Sample("account-sessions", several, person=me)
    yield Sample("account-sessions-one", Sessions("/account/sessions", "c", (here,)), person=me)
    borrowed = replace(here, shared=True)
    yield Sample("account-sessions-shared", Sessions("/account/sessions", "c", (borrowed,)), person=me, shared=True)
    contact = Share("consent", ("phone_number",), "Nhắn tin khi hồ sơ có kết quả", "Luật Bảo vệ dữ liệu cá nhân")
    filing = Share("consent", ("name", "birthdate", "address"), "Tiếp nhận hồ sơ", "Nghị định 168/2025/NĐ-CP")
    duty = Share("task", ("name", "qn:pin"), "Tiếp nhận và trả kết quả", "Nghị định 118/2025/NĐ-CP")
    agreed = ServiceLine("g1", "Cấp phép kinh doanh", "Sở Tài chính", (filing,), since, "c", AT, offline_access=True)
    mixed = ServiceLine("g2", "Một cửa điện tử", "Văn phòng Ủy ban nhân dân tỉnh", (duty, contact), since, "c", AT)
    by_law = ServiceLine("g3", "Tra cứu hồ sơ đất đai", "Sở Nông nghiệp và Môi trường", (duty,), since)
    unnamed = ServiceLine("g4", "Góp ý, kiến nghị", "Văn phòng Ủy ban nhân dân tỉnh", (), since, "c")
    lines = (agreed, mixed, by_law, unnamed)
    yield Sample("account-services", Services("/account/services", lines, "withdrawn"), person=me)
    yield Sample("account-services-empty", Services("/account/services"), person=me)
    yield Sample("account-services-hidden", Services("/account/services", (agreed,), prove_uri="/p"), person=me)
    yield Sample("account-sessions-hidden", Sessions("/account/sessions", "c", (here,), prove_uri="/p"), person=me)


def _guides() -> Iterator[Sample]:
    for topic in Topic:
        yield Sample(f"guide-{topic.value}", Guide(topic))
