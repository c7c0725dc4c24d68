"""Sensitive services: whoever finds a session that a password alone opened learns nothing of them, anywhere."""

import base64
import json
from dataclasses import dataclass

import pytest

from idp.kernel.level import Level
from idp.storage.agencies import Agency
from tests.doors.little_browser import Browser, Page
from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, terms_of

CLINIC = {"vi": "Phòng khám tâm thần Trà Bồng", "en": "Trà Bồng psychiatric clinic"}
HEALTH = Agency("H48.77", {"vi": "Sở Y tế tỉnh", "en": "Provincial health department"})
NEUTRAL = "một dịch vụ được bảo vệ"


@dataclass(frozen=True, slots=True)
class Patient:
    """A citizen who was at the clinic from one browser, and whose password somebody else now uses in another."""

    citizen: Citizen
    clinic: Service
    own: Browser
    found: Browser

    @property
    def telling(self) -> tuple[str, ...]:
        """What must stand on no page of the other one's."""
        client = self.clinic.client
        words = (*CLINIC.values(), *HEALTH.name.values(), HEALTH.id, client.client_id, client.sector)
        return (*words, "Lấy kết quả xét nghiệm", "Trà Bồng", "tam-than", "Điều 9", "clinic")


@pytest.fixture
async def patient(town: PeopleHouse) -> Patient:
    citizen = await town.citizen(totp=True)
    clinic = await town.register(
        "tam-than-1",
        terms=terms_of(HEALTH.id, "Lấy kết quả xét nghiệm", profile="consent", email="consent"),
        agency=HEALTH,
        client_name=CLINIC,
        sector=HEALTH.id,
        sensitive=True,
        client_uri="https://tam-than.example.vn/",
        redirect_uris=("https://tam-than.example.vn/cb",),
    )
    own, found = town.browser(), town.browser()
    page = await town.walk(own, clinic, citizen, scope="openid profile email")
    assert page.is_answer
    page = await found.get("/account")
    await town.sign_in(found, page, citizen)
    return Patient(citizen, clinic, own, found)


async def everywhere(browser: Browser) -> dict[str, Page]:
    """Every own page that one can come to by following links, in both languages."""
    seen: dict[str, Page] = {}
    # The language stays as it was chosen: English comes last.
    waiting = [
        "/account/history?lang=en",
        "/account/services?lang=en",
        "/account",
        *(f"/account/{part}" for part in ("sessions", "services", "history", "security")),
        "/account/history?show=releases",
        "/logout",
    ]
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 120:
            continue
        page = seen[path] = await browser.get(path)
        for href, _ in page.links:
            if href.startswith(("/account/history/", "/account/receipts/", "/account/prove", "/not-me/")):
                waiting.append(href)
    return seen


async def test_nothing_in_any_page_gives_a_sensitive_service_away_at_low(town: PeopleHouse, patient: Patient) -> None:
    pages = await everywhere(patient.found)
    assert any("/account/history/" in path for path in pages)
    for path, page in pages.items():
        shown = f"{path} {page.url} {page.response.text} {page.response.headers}".casefold()
        assert not [word for word in patient.telling if word.casefold() in shown], path
    assert NEUTRAL in pages["/account/sessions"].text
    assert "Dịch vụ được bảo vệ" in pages["/account/services"].text
    assert "0 dịch vụ" in pages["/account"].text, "nobody counts what is not shown"
    assert NEUTRAL in pages["/account/history"].text
    for path in ("/account/sessions", "/account/services", "/account/history"):
        assert pages[path].leads_to("/account/prove"), path


async def test_the_logout_pages_do_not_either(town: PeopleHouse, patient: Patient) -> None:
    page = await patient.own.get("/logout")
    assert NEUTRAL in page.text
    done = await patient.own.submit(page, "logout", logout="yes")
    for shown in (page, done):
        assert not [word for word in patient.telling if word.casefold() in shown.response.text.casefold()]
    assert NEUTRAL in done.text


async def test_a_receipt_that_somebody_saw_elsewhere_opens_nothing_at_low(town: PeopleHouse, patient: Patient) -> None:
    receipt = (await town.events("consent_given"))[0].changed["receipt_id"]
    page = await patient.found.get(f"/account/receipts/{receipt}")
    file = await patient.found.get(f"/account/receipts/{receipt}/file")
    assert file.path == f"/account/receipts/{receipt}", "the file is not handed out"
    for shown in (page, file):
        assert shown.leads_to("/account/prove")
        assert not [word for word in patient.telling if word.casefold() in shown.response.text.casefold()]


async def test_a_consent_of_a_hidden_service_cannot_be_withdrawn_by_guessing(
    town: PeopleHouse, patient: Patient
) -> None:
    page = await patient.found.get("/account/services")
    assert not page.has_form("withdraw")
    forged = [("withdraw", patient.clinic.client.client_id), ("csrf", "x")]
    assert (await patient.found.post("/account/services", forged)).status == 403


async def test_whoever_proves_more_sees_everything_and_comes_back_to_where_they_were(
    town: PeopleHouse, patient: Patient
) -> None:
    page = await patient.found.get("/account/history")
    page = await patient.found.get(page.link("/account/prove"))
    assert page.step == "otp"
    page = await town.step_up(patient.found, page, patient.citizen)
    assert page.path == "/account/history"
    assert CLINIC["vi"] in page.text
    assert NEUTRAL not in page.text
    services = await patient.found.get("/account/services")
    assert HEALTH.name["vi"] in services.text
    assert services.has_form("withdraw")
    file = await patient.found.get(services.link("/account/receipts/") + "/file")
    payload = file.response.text.split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert told["consent_receipt"]["sensitive"] is True
    assert (await patient.found.get("/account/prove?to=/account/services")).path == "/account/services"


async def test_a_level_that_lapsed_hides_them_again(town: PeopleHouse, patient: Patient) -> None:
    page = await patient.found.get("/account/prove?to=/account/services")
    assert CLINIC["vi"] in (await town.step_up(patient.found, page, patient.citizen)).text
    town.pass_time(minutes=31)
    page = await patient.found.get("/account/services")
    assert page.status == 200
    assert CLINIC["vi"] not in page.response.text


@pytest.mark.parametrize(
    ("level", "totp"), [(Level.LOW, True), (Level.SUBSTANTIAL, False)], ids=["not verified", "no strong authenticator"]
)
async def test_whoever_cannot_prove_more_is_told_where_they_can(town: PeopleHouse, level: Level, totp: bool) -> None:
    citizen, browser = await town.citizen(level=level, totp=totp), town.browser()
    page = await town.sign_in(browser, await browser.get("/account"), citizen)
    page = await browser.get("/account/prove?to=/account/history")
    assert page.path == "/account/prove"
    assert "Bộ phận Một cửa" in page.text
    assert page.leads_to("/account/history")


async def test_the_way_to_prove_more_leads_to_own_pages_only(town: PeopleHouse, patient: Patient) -> None:
    for odd in (
        "https://evil.example/",
        "//evil.example/account",
        "/account/../logout",
        "/account//evil.example",
        "/account\\evil",
        "/account/history?x=1",
        "/accountant",
        "",
        "/account/" + "a" * 200,
        "/account/%0d%0aset-cookie:x",
    ):
        page = await patient.found.get("/account/prove", to=odd)
        page = await town.step_up(patient.found, page, patient.citizen) if page.step == "otp" else page
        assert page.url == f"{town.origin}/account", odd
        town.pass_time(seconds=31)


async def test_other_services_keep_their_names_at_low(town: PeopleHouse, patient: Patient) -> None:
    plain = await town.register(terms=terms_of(profile="consent"))
    await town.walk(patient.found, plain, patient.citizen, scope="openid profile")
    page = await patient.found.get("/account/services")
    assert "Một cửa" in page.text
    assert page.has_form("withdraw")
