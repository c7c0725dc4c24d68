"""A walk through every page in every state that a person can come to, on the real program."""

import json
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.journeys.demo import Citizen, Demo
from tests.journeys.inspection import Inspection
from tests.journeys.landing import Landing
from tests.journeys.relying_party import RelyingParty
from tests.journeys.screens import (
    ALLOW,
    SUBMIT,
    another_browser,
    enter_code,
    fill_in,
    has_arrived,
    sign_in,
)
from tests.journeys.tour_of_codes import codes
from tests.journeys.tour_of_recovery import recovery

_LAW = {"vi": "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15", "en": "Personal Data Protection Law 91/2025/QH15"}
_TERMS = (
    ("profile", "consent", True, "Điền sẵn hồ sơ đăng ký", "To fill in the registration form"),
    ("address", "task", True, "Xác định cơ quan thụ lý", "To find the competent agency"),
    ("phone", "consent", False, "Nhắn tin khi hồ sơ có kết quả", "To text you when there is a result"),
    ("email", "consent", False, "Gửi bản điện tử của kết quả", "To send you the result"),
    ("identity_assurance", "consent", True, "Ghi vào giấy chứng nhận", "To put it on the certificate"),
    ("offline_access", "consent", True, "Báo khi giấy phép sắp hết hạn", "To tell you when the licence ends"),
)
_TO_VNEID = ".vneid a.button"
# One never agrees to the link; the other does, in the first walk of a demo.
_RELUCTANT, _LINKED = "A Blum", "Huỳnh Thị Mai"
_ASSURED = {
    "userinfo": {
        "verified_claims": {
            "verification": {"trust_framework": None, "time": None},
            "claims": {"name": {"purpose": "Tên trên giấy chứng nhận"}, "birthdate": {"essential": False}},
        }
    }
}
EVERYTHING = "openid profile address phone email offline_access"


def licences(landing: Landing, name: str) -> dict[str, Any]:
    """A service with every kind of term, as an administrator writes it down."""
    scopes = [
        {
            "scope": scope,
            "legal_basis": basis,
            "purpose": vietnamese,
            "purpose#en": english,
            "legal_reference": _LAW["vi"],
            "legal_reference#en": _LAW["en"],
            "necessary": necessary,
        }
        for scope, basis, necessary, vietnamese, english in _TERMS
    ]
    return {
        "client_id": name,
        "client_name": "Cấp phép kinh doanh",
        "client_name#en": "Business licences",
        "state": "approved",
        "login_policy": "vneid_or_local",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [landing.callback],
        "post_logout_redirect_uris": [f"{landing.origin}/signed-out"],
        "client_uri": f"{landing.origin}/",
        "logo_uri": f"{landing.origin}/logo.svg",
        "policy_uri": f"{landing.origin}/privacy",
        "tos_uri": f"{landing.origin}/terms",
        "id_token_signed_response_alg": "ES256",
        "sector_identifier": "H48.05",
        "agency": {"code": "H48.05", "name": "Sở Tài chính", "name#en": "Department of Finance"},
        "scopes": scopes,
    }


async def every_state(page: Page, browser: Browser, demo: Demo, landing: Landing, seen: Inspection, lang: str) -> None:
    """In one language; what is found is in `seen`."""
    service = demo.add_client(licences(landing, f"licences-{landing.port}"))
    await page.goto(f"{demo.issuer}/help?lang={lang}")
    await seen.look("help")
    for guide in ("privacy", "accessibility"):
        await page.goto(f"{demo.issuer}/{guide}")
        await seen.look(guide)
    await _to_the_service(page, demo, landing, service, seen)
    await _own_pages(page, demo, service, seen)
    await _problems(page, browser, demo, landing, service, seen)
    await _out(page, demo, service, seen)
    await _as_somebody_else(page, demo, lang)
    await _kept_quiet(page, demo, landing, seen)
    owner = demo.newcomer(totp=True)
    await _as_somebody_else(page, demo, lang)
    await _authenticators(page, demo, seen, owner)
    await _as_somebody_else(page, demo, lang)
    await _on_paper(page, demo, seen, owner)
    await _as_somebody_else(page, demo, lang)
    await codes(page, demo, service, seen)
    await _as_somebody_else(page, demo, lang)
    await _by_vneid(page, demo, service, seen, lang)
    await _as_somebody_else(page, demo, lang)
    await _at_a_public_computer(page, demo, seen)
    await _as_somebody_else(page, demo, lang)
    await recovery(page, demo, seen, lang)


async def _as_somebody_else(page: Page, demo: Demo, lang: str) -> None:
    """In a browser that has met nobody, in the same language."""
    await page.context.clear_cookies()
    await page.goto(f"{demo.issuer}/help?lang={lang}")


async def _to_the_service(page: Page, demo: Demo, landing: Landing, service: RelyingParty, seen: Inspection) -> None:
    citizen = demo.newcomer(totp=True)
    substantial = f"{demo.issuer}/loa/substantial"
    await page.goto(service.address(scope=EVERYTHING, acr_values=substantial))
    await seen.look("login")
    await page.click("details summary")
    await seen.look("login-trouble")
    await page.click(SUBMIT)
    await seen.look("login-empty")
    await sign_in(page, citizen, "không phải mật khẩu này")
    await seen.look("login-wrong")
    await sign_in(page, citizen)
    await page.wait_for_url("**/otp*")
    await seen.look("otp")
    await page.fill("input[name=otp]", "000000")
    await page.click(SUBMIT)
    await seen.look("otp-wrong")
    await enter_code(page, citizen)
    await page.wait_for_url("**/consent*")
    await seen.look("consent")
    await page.check("input[name=optional] >> nth=0")
    await seen.look("consent-ticked")
    await page.click(ALLOW)
    await has_arrived(page, landing)
    await page.goto(service.address(scope="openid identity_assurance", claims=json.dumps(_ASSURED)))
    await seen.look("consent-verified")
    await page.click(ALLOW)
    await has_arrived(page, landing)
    await page.goto(service.address(scope=EVERYTHING, prompt="login"))
    await seen.look("login-again")


async def _own_pages(page: Page, demo: Demo, service: RelyingParty, seen: Inspection) -> None:
    await page.goto(f"{demo.issuer}/account")
    await expect(page.locator("h1")).to_be_visible()
    await seen.look("account-profile")
    await page.goto(f"{demo.issuer}/account/sessions")
    await seen.look("account-sessions")
    await page.goto(f"{demo.issuer}/account/services")
    await seen.look("account-services")
    await page.click("a[href*='/account/receipts/'] >> nth=0")
    await page.click("details summary")
    await seen.look("account-receipt")
    await page.goto(f"{demo.issuer}/account/services")
    await page.click("details.confirm summary")
    await seen.look("account-services-withdrawing")
    await page.click("button[name=withdraw]")
    await page.wait_for_url("**/account/services?done=withdrawn")
    await seen.look("account-services-withdrawn")
    await page.goto(f"{demo.issuer}/account/history")
    await seen.look("account-history")
    await page.click("section.log h3 a >> nth=0")
    await seen.look("account-history-entry")
    await page.goto(f"{demo.issuer}/account/history?show=changes")
    await seen.look("account-history-changes")
    await page.click("section.log h3 a >> nth=1")
    await page.click("main a[href*='/account/receipts/']")
    await seen.look("account-receipt-withdrawn")


async def _kept_quiet(page: Page, demo: Demo, landing: Landing, seen: Inspection) -> None:
    """What a sensitive service leaves on the pages of somebody who signed in by a password alone."""
    told = licences(landing, f"clinic-{landing.port}") | {"sensitive": True, "client_name": "Khám bệnh từ xa"}
    service = demo.add_client(told)
    await page.goto(service.address(scope="openid profile"))
    await sign_in(page, demo.newcomer())
    await page.click(ALLOW)
    await has_arrived(page, landing)
    for name in ("services", "sessions", "history"):
        await page.goto(f"{demo.issuer}/account/{name}")
        await seen.look(f"account-{name}-hidden")
    await page.click("section.log h3 a >> nth=0")
    await seen.look("account-history-entry-hidden")
    await page.goto(f"{demo.issuer}/account/history?show=changes")
    await page.click("a[href*='/account/prove']")
    await seen.look("account-prove")


async def _authenticators(page: Page, demo: Demo, seen: Inspection, citizen: Citizen) -> None:
    security = f"{demo.issuer}/account/security"
    await page.goto(security)
    await sign_in(page, citizen)
    await page.wait_for_url("**/account/security")
    await seen.look("security")
    await page.goto(f"{security}/app")
    await seen.look("security-login-again")
    await sign_in(page, citizen)
    await page.wait_for_url("**/otp*")
    await seen.look("security-otp")
    await enter_code(page, citizen)
    await page.wait_for_url("**/account/security/app")
    await seen.look("security-app")
    await page.fill("input[name=otp]", "000000")
    await page.click(SUBMIT)
    await seen.look("security-app-wrong")
    await page.goto(f"{security}/passkey")
    await seen.look("security-passkey")
    await page.goto(f"{security}/password")
    await seen.look("security-password")
    await page.fill("input[name=password]", "matkhau2026")
    await page.click(SUBMIT)
    await seen.look("security-password-common")
    await page.goto(f"{security}/recovery-codes")
    await seen.look("security-codes")
    await page.click(SUBMIT)
    await page.locator("ol.codes").wait_for()
    await seen.look("security-codes-shown")
    await page.goto(security)
    await seen.look("security-full")
    await page.click("a[href*='/one/'] >> nth=0")
    await seen.look("security-one")


async def _on_paper(page: Page, demo: Demo, seen: Inspection, citizen: Citizen) -> None:
    """The app is lost: a recovery code stands in for it."""
    await page.goto(f"{demo.issuer}/account/security/app")
    await sign_in(page, citizen)
    await page.wait_for_url("**/otp*")
    await seen.look("security-otp-with-other-ways")
    await page.click("a[href*='/recovery-code']")
    await seen.look("recovery-code")
    await page.fill("input[name=recovery_code]", "sai-sai-sai")
    await page.click(SUBMIT)
    await seen.look("recovery-code-wrong")


async def _by_vneid(page: Page, demo: Demo, service: RelyingParty, seen: Inspection, lang: str) -> None:
    """Refused there, known here already, and asked once more by a service that needs more than a password."""
    await page.goto(service.address(scope="openid"))
    await page.click(_TO_VNEID)
    await page.locator("button[value=refuse]").click()
    await seen.look("login-vneid-refused")
    await page.click(_TO_VNEID)
    await _confirm(page, demo.person(_RELUCTANT))
    await page.wait_for_url("**/link*")
    await seen.look("vneid-link")
    await page.fill("input[name=password]", "không phải mật khẩu này")
    await page.click(SUBMIT)
    await seen.look("vneid-link-wrong")
    linked = demo.person(_LINKED)
    await page.goto(service.address(scope="openid"))
    await page.click(_TO_VNEID)
    await _confirm(page, linked)
    if "/link" in page.url:
        await page.fill("input[name=password]", linked.password)
        await page.click(SUBMIT)
    await page.wait_for_url("**/callback?*")
    await page.context.clear_cookies()
    await page.goto(service.address(scope="openid", acr_values=f"{demo.issuer}/loa/substantial", ui_locales=lang))
    await sign_in(page, linked)
    await page.wait_for_url("**/raise*")
    await seen.look("vneid-raise")


async def _confirm(page: Page, citizen: Citizen) -> None:
    await page.select_option("#person", citizen.login)
    await page.locator("button[value=confirm]").click()
    await page.wait_for_load_state()


async def _at_a_public_computer(page: Page, demo: Demo, seen: Inspection) -> None:
    await page.goto(f"{demo.issuer}/account/sessions")
    await page.check("input[name=shared]")
    await sign_in(page, demo.newcomer(), "không phải mật khẩu này")
    await seen.look("login-shared-wrong")
    await sign_in(page, demo.newcomer())
    await page.wait_for_url("**/account/sessions")
    await seen.look("account-sessions-shared")
    await page.click("a.button[href='/logout']")
    await page.click("button[name=logout]")
    await seen.look("logged-out-shared")


async def _problems(
    page: Page, browser: Browser, demo: Demo, landing: Landing, service: RelyingParty, seen: Inspection
) -> None:
    await page.goto(service.address(redirect_uri="https://ke-gian.example/"))
    await seen.look("invalid-request")
    await page.goto(f"{demo.issuer}/khong-co")
    await seen.look("not-found")
    await page.goto(f"{demo.issuer}/i/khong-con?service={service.id}")
    await seen.look("expired")
    await page.goto(f"{demo.issuer}/i/khong-con")
    await seen.look("expired-without-service")
    async with another_browser(browser) as elsewhere:
        other = await elsewhere.new_page()
        await other.goto(service.address())
        sent = other.url
    await page.goto(sent)
    await seen.look("other-browser")
    await page.goto(service.address(prompt="login"))
    begun = page.url
    await page.click("a[href*='/cancel']")
    await has_arrived(page, landing)
    await page.goto(begun)
    await seen.look("finished")


async def _out(page: Page, demo: Demo, service: RelyingParty, seen: Inspection) -> None:
    await page.goto(f"{demo.issuer}/logout?client_id={service.id}")
    await seen.look("logout-for-service")
    await page.goto(f"{demo.issuer}/logout")
    await seen.look("logout")
    await page.click("button[name=logout]")
    await seen.look("logged-out")
    await page.goto(f"{demo.issuer}/account")
    await page.wait_for_url("**/login*")
    await seen.look("account-login")
    citizen = demo.person("Nguyễn Thị Hồng Nhạn")
    await fill_in(page, citizen)
    await page.click(SUBMIT)
    await page.wait_for_url("**/account")
    await seen.look("account-full")
    await page.goto(f"{demo.issuer}/account/services")
    await seen.look("account-services-of-many")
