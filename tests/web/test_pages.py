"""Every page in every state: light, safe, complete, with the field names that others rely on."""

import re
from html.parser import HTMLParser

import pytest

from idp.web.context import PageContext, Service
from idp.web.pages import Page
from idp.web.pages.consent import Consent, ConsentItem, Fact
from idp.web.pages.logout import FormPost, LogoutConfirm
from idp.web.pages.problem import InvalidRequestPage, Problem, ProblemPage
from idp.web.pages.sign_in import Login, Otp, SignInError
from tests.web.gallery import LICENCES, ONE_STOP, PAGES, context, samples
from tests.web.sample import Sample

LIMIT = 60_000
EVERY = [pytest.param(lang, s, id=f"{s.name}.{lang}") for lang in ("vi", "en") for s in samples(lang)]
HOSTILE = '"><script>alert(1)</script>'


class Reader(HTMLParser):
    """Tags with their attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [a for t, a in self.tags if t == tag and all(a.get(k) == v for k, v in wanted.items())]


def _html(sample: Sample, lang: str) -> str:
    return PAGES.html(sample.page, context(sample, lang), "NONCE")


def _read(page: Page, service: Service | None = None, lang: str = "vi") -> Reader:
    return Reader(PAGES.html(page, PageContext(lang, "/i/7m2k/x", service=service), "NONCE"))


@pytest.mark.parametrize(("lang", "sample"), EVERY)
def test_a_page_with_its_style_sheet_is_light(lang: str, sample: Sample) -> None:
    html = _html(sample, lang)
    loaded = sum(PAGES.assets.size(name) for name in ("hub.css", "mark.svg", "password.js"))
    assert len(html.encode()) + loaded < LIMIT


@pytest.mark.parametrize(("lang", "sample"), EVERY)
def test_nothing_is_inline_but_what_bears_the_nonce(lang: str, sample: Sample) -> None:
    for tag, attributes in Reader(_html(sample, lang)).tags:
        assert tag != "style"
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert not (attributes.get("href") or "").lower().startswith("javascript:")
        if tag == "script":
            assert attributes["nonce"] == "NONCE"


@pytest.mark.parametrize(("lang", "sample"), EVERY)
def test_a_page_says_its_language_where_one_is_and_how_to_change_it(lang: str, sample: Sample) -> None:
    html = _html(sample, lang)
    reader = Reader(html)
    other = "en" if lang == "vi" else "vi"
    assert reader.all("html", lang=lang)
    assert len(reader.all("a", lang=other, hreflang=other)) == 1
    assert len(reader.all("h1")) == 1
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    assert heading
    assert title
    assert "·" in title.group(1)


@pytest.mark.parametrize(("lang", "sample"), EVERY)
def test_every_page_leads_somewhere_and_names_the_service(lang: str, sample: Sample) -> None:
    reader = Reader(_html(sample, lang))
    assert reader.all("main")
    assert reader.all("form") or len(reader.all("a")) > 4
    if sample.service and sample.person is None:
        assert sample.service.name in _html(sample, lang)


@pytest.mark.parametrize(("lang", "sample"), EVERY)
def test_every_field_has_a_label(lang: str, sample: Sample) -> None:
    reader = Reader(_html(sample, lang))
    labelled = {label["for"] for label in reader.all("label")}
    for field in reader.all("input"):
        assert field["type"] == "hidden" or field["id"] in labelled


@pytest.mark.parametrize(("lang", "sample"), EVERY)
def test_every_id_stands_once(lang: str, sample: Sample) -> None:
    ids = [a["id"] for _, a in Reader(_html(sample, lang)).tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_the_sign_in_page_has_both_fields_and_one_button() -> None:
    reader = _read(Login("/i/7m2k/login", "TOKEN"), ONE_STOP)
    assert len(reader.all("input", name="username", autocomplete="username")) == 1
    assert len(reader.all("input", name="password", type="password", autocomplete="current-password")) == 1
    assert len(reader.all("button", type="submit")) == 1
    assert reader.all("input", name="transition", value="TOKEN")
    assert reader.all("form", method="post", action="/i/7m2k/login")


def test_the_sign_in_page_links_what_the_service_registered() -> None:
    reader = _read(Login("/i/7m2k/login", "t"), ONE_STOP)
    linked = {a["href"] for a in reader.all("a")}
    assert {ONE_STOP.policy_uri, ONE_STOP.tos_uri, ONE_STOP.client_uri, ONE_STOP.return_uri} <= linked
    assert reader.all("img", src=str(ONE_STOP.logo_uri))


def test_a_failed_sign_in_keeps_the_name_drops_the_password_and_takes_focus() -> None:
    page = Login("/i/7m2k/login", "t", username="051 191 990505", errors=(SignInError.CREDENTIALS,))
    reader = _read(page)
    assert reader.all("input", name="username", value="051 191 990505")
    assert "value" not in reader.all("input", name="password")[0]
    summary = reader.all("div", role="alert")[0]
    assert "autofocus" in summary
    assert summary["tabindex"] == "-1"
    assert reader.all("a", href="#username")


def test_the_code_field_tells_the_phone_what_it_is() -> None:
    reader = _read(Otp("/i/7m2k/otp", "t"))
    assert reader.all("input", name="otp", autocomplete="one-time-code", inputmode="numeric")
    assert len(reader.all("button", type="submit")) == 1


def test_consent_asks_with_two_buttons_and_ticks_nothing() -> None:
    page = Consent(
        "/i/7m2k/consent",
        "t",
        "Huỳnh Thị Mai",
        "Mục đích",
        necessary=(ConsentItem("profile", (Fact("name", "Huỳnh Thị Mai"),)),),
        optional=(ConsentItem("phone", (Fact("phone_number", "090•••••02"),)), ConsentItem("email")),
    )
    reader = _read(page, LICENCES)
    assert [b["value"] for b in reader.all("button", name="decision")] == ["allow", "deny"]
    boxes = reader.all("input", name="optional", type="checkbox")
    assert [box["value"] for box in boxes] == ["phone", "email"]
    assert not any("checked" in box for box in boxes)


def test_logout_asks_once_and_offers_to_stay() -> None:
    reader = _read(LogoutConfirm("/logout/confirm", "t", "/account"))
    assert reader.all("button", name="logout", value="yes")
    assert reader.all("a", href="/account")


def test_refused_requests_and_goodbyes_bear_the_agreed_words() -> None:
    html = PAGES.html(InvalidRequestPage("redirect_uri_mismatch"), PageContext("vi", "/authorize"), "n")
    assert "<h1>Yêu cầu không hợp lệ</h1>" in html
    assert "<code>redirect_uri</code>" in html


def test_an_unknown_reason_still_has_a_page() -> None:
    html = PAGES.html(InvalidRequestPage("never_written"), PageContext("vi", "/authorize"), "n")
    assert "Yêu cầu không hợp lệ" in html


def test_hostile_values_stay_text() -> None:
    service = Service(HOSTILE, HOSTILE, return_uri=HOSTILE, logo_uri=HOSTILE, policy_uri=HOSTILE)
    item = ConsentItem(HOSTILE, (Fact(HOSTILE, HOSTILE),), reason=HOSTILE)
    pages: list[Page] = [
        Login(HOSTILE, HOSTILE, username=HOSTILE),
        Otp(HOSTILE, HOSTILE, HOSTILE),
        Consent(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, (item,), (item,), (item,)),
        FormPost(HOSTILE, ((HOSTILE, HOSTILE),)),
        LogoutConfirm(HOSTILE, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,)),
        ProblemPage(Problem.UNEXPECTED, HOSTILE, HOSTILE),
        InvalidRequestPage(HOSTILE),
    ]
    for page in pages:
        html = PAGES.html(page, PageContext("vi", "/" + HOSTILE, HOSTILE, service), "n")
        assert "<script>alert" not in html


def test_the_form_post_page_carries_every_field_and_a_button() -> None:
    reader = _read(FormPost("https://rp.example/cb", (("code", "a&b"), ("state", '"<'), ("iss", "https://op"))))
    assert reader.all("form", method="post", action="https://rp.example/cb")
    assert [(f["name"], f["value"]) for f in reader.all("input", type="hidden")] == [
        ("code", "a&b"),
        ("state", '"<'),
        ("iss", "https://op"),
    ]
    assert reader.all("button", type="submit")


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_words_and_a_way_back_to_the_service(problem: Problem) -> None:
    reader = _read(ProblemPage(problem), ONE_STOP)
    assert reader.all("a", href=str(ONE_STOP.return_uri))
    assert problem.status >= 400
