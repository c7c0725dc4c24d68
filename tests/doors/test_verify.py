"""A service that needs more than a person has verified: the person is taken through it, or the service is told so."""

from datetime import timedelta

import pytest

from idp.audit import kinds
from idp.authn.recovery_rules import Recovery, State
from idp.flows import own_pages, own_verification, verification_cases
from idp.flows.visitor import Visitor
from idp.identity.verification import Framework, Verification
from idp.identity.verification_case import CaseState
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from tests.doors.little_browser import Browser, Page
from tests.doors.machine_house import Service
from tests.doors.own_authenticators import add_passkey, sign_in_by, soft_passkey
from tests.doors.people_house import Citizen
from tests.doors.vneid_house import HO, LAI, VneidHouse


async def arrive(town: VneidHouse, browser: Browser, service: Service, citizen: Citizen, **changes: str) -> Page:
    asked = {"acr_values": f"{town.origin}/loa/substantial", **changes}
    return await town.sign_in(browser, await town.ask(browser, service, **asked), citizen)


async def test_whoever_wants_is_verified_on_the_way_and_comes_back_with_the_level(vneid: VneidHouse) -> None:
    service = await vneid.service_of(offers_verification=True)
    lai, browser = await vneid.citizen(LAI.number, level=Level.LOW), vneid.browser()
    page = await arrive(vneid, browser, service, lai)
    assert page.step == "verify"
    assert "Đã đối chiếu thông tin" in page.text
    answered = await vneid.by_vneid(browser, page, LAI)
    assert answered.answer["code"]
    tokens = await vneid.exchanged(service, answered)
    assert (await vneid.introspect(service, tokens["access_token"]))["acr"] == f"{vneid.origin}/loa/substantial"
    [raised] = await vneid.events(kinds.PERSON_LEVEL_RAISED)
    assert raised.changed == {"before": "low", "after": "substantial", "source": "vneid"}


async def test_whoever_turns_back_leaves_the_service_with_the_specified_error(vneid_town: VneidHouse) -> None:
    service = await vneid_town.service_of(offers_verification=True)
    lai, browser = await vneid_town.citizen(LAI.number, level=Level.LOW), vneid_town.browser()
    page = await arrive(vneid_town, browser, service, lai)
    assert (await browser.get(page.link("/cancel"))).answer["error"] == "unmet_authentication_requirements"


async def test_somebody_elses_vneid_verifies_nobody_here(vneid_town: VneidHouse) -> None:
    service = await vneid_town.service_of(offers_verification=True)
    lai, browser = await vneid_town.citizen(LAI.number, level=Level.LOW), vneid_town.browser()
    page = await vneid_town.by_vneid(browser, await arrive(vneid_town, browser, service, lai), HO)
    assert page.step == "verify"
    assert "người khác" in page.text
    assert await vneid_town.events(kinds.PERSON_LEVEL_RAISED) == []


async def test_whoever_has_no_number_yet_gets_the_one_that_vneid_says(vneid: VneidHouse) -> None:
    """With level 2 and their own name; once it is theirs, it is found by it, and nobody else's can be added."""
    service = await vneid.service_of(offers_verification=True)
    new = await vneid.citizen("ho@moi.example", level=Level.BASIC, name=HO.name)
    browser = vneid.browser()
    page = await vneid.by_vneid(browser, await arrive(vneid, browser, service, new), HO, level="1")
    assert page.step == "verify"
    assert (await vneid.by_vneid(browser, page, HO)).answer["code"]
    async with vneid.hall.db.read() as tx:
        assert await tx.persons.find("national_id", HO.number) == new.person.id
        [done] = await tx.verifications.of_person(new.person.id)
    assert (done.route, done.claims["qn:pin"]) == ("vneid", HO.number)


async def test_another_name_gets_no_number_by_somebodys_open_session(vneid_town: VneidHouse) -> None:
    service = await vneid_town.service_of(offers_verification=True)
    new, browser = await vneid_town.citizen("lai@moi.example", level=Level.BASIC), vneid_town.browser()
    page = await vneid_town.by_vneid(browser, await arrive(vneid_town, browser, service, new), HO)
    assert page.step == "verify"
    assert "người khác" in page.text
    async with vneid_town.hall.db.read() as tx:
        assert await tx.persons.find("national_id", HO.number) is None


@pytest.mark.parametrize("held", ["verified as another", "being recovered", "switched off"])
async def test_a_number_is_given_by_what_counts_and_to_nobody_who_is_verified_as_another(
    vneid_town: VneidHouse, held: str
) -> None:
    """Thousands share a name; and while an account is recovered, or VNeID is switched off, nothing is evidence."""
    town, service = vneid_town, await vneid_town.service_of(offers_verification=True)
    level = Level.LOW if held == "verified as another" else Level.BASIC
    new, browser = await town.citizen("ho@moi.example", level=level, name=HO.name), town.browser()
    page = await arrive(town, browser, service, new)
    async with town.hall.db.unaudited_tx() as tx:
        if held == "being recovered":
            times = (town.now, town.now + timedelta(days=1), town.now + timedelta(days=8))
            begun = Recovery(new_id(), new.person.id, State.RUNNING, *times, b"theirs")
            assert await tx.recoveries.begin(begun, ("phone", "paper"))
        if held == "switched off":
            await tx.switched_off.add(new.person.id, "vneid", town.now)
    await town.by_vneid(browser, page, HO)
    async with town.hall.db.read() as tx:
        assert await tx.persons.find("national_id", HO.number) is None


async def test_only_a_service_that_offers_it_gets_the_page(vneid_town: VneidHouse) -> None:
    lai = await vneid_town.citizen(LAI.number, level=Level.LOW)
    plain, offering = (
        await vneid_town.service_of(),
        await vneid_town.service_of(offers_verification=True, sector="H48.02"),
    )
    page = await arrive(vneid_town, vneid_town.browser(), plain, lai)
    assert page.answer["error"] == "unmet_authentication_requirements"
    browser = vneid_town.browser()
    await vneid_town.walk(browser, plain, lai)
    page = await vneid_town.ask(browser, offering, prompt="none", acr_values=f"{vneid_town.origin}/loa/substantial")
    assert page.answer["error"] == "unmet_authentication_requirements"


async def test_what_no_verification_could_give_is_refused_at_once(vneid_town: VneidHouse) -> None:
    """`high` is beyond every way that is open here, and somebody verified enough lacks a second factor instead."""
    service = await vneid_town.service_of(offers_verification=True)
    lai = await vneid_town.citizen(LAI.number, level=Level.LOW)
    page = await arrive(vneid_town, vneid_town.browser(), service, lai, acr_values=f"{vneid_town.origin}/loa/high")
    assert page.answer["error"] == "unmet_authentication_requirements"
    verified = await vneid_town.citizen("051199990001", level=Level.SUBSTANTIAL)
    page = await arrive(vneid_town, vneid_town.browser(), service, verified)
    assert page.answer["error"] == "unmet_authentication_requirements"


async def test_what_was_there_before_a_raise_is_confirmed_by_its_owner(vneid_town: VneidHouse) -> None:
    """The application's code stays at what it was worth, until whoever was just verified says that it is theirs."""
    service = await vneid_town.service_of()
    lai, browser = await vneid_town.citizen(LAI.number, totp=True, level=Level.BASIC), vneid_town.browser()
    page = await vneid_town.by_vneid(browser, await vneid_town.ask(browser, service), LAI)
    assert (await browser.submit(page, "password", password=lai.password)).is_answer
    page = await browser.get("/account/security")
    assert "Dùng được đến mức" in page.text
    page = await browser.get(page.link("/one/"))
    page = await vneid_town.by_vneid(browser, page, LAI) if page.step in ("raise", "login") else page
    assert "Cách này có phải của bạn?" in page.text
    page = await browser.submit(page, "csrf", act="confirm")
    assert page.url.endswith("?done=confirmed")
    assert "Dùng được đến mức" not in page.text
    [confirmed] = await vneid_town.events(kinds.WAY_CONFIRMED)
    assert (confirmed.changed["method"], confirmed.changed["level"]) == ("totp", "substantial")


async def test_whoever_comes_back_into_the_session_of_a_waiting_raise_gains_nothing(
    vneid_town: VneidHouse,
) -> None:
    """The browser stands at a kiosk: she asked by her password, and a day later a passkey from before came in there."""
    service, lai = await vneid_town.service_of(), await vneid_town.citizen(LAI.number, level=Level.BASIC)
    passkey, kiosk = soft_passkey(vneid_town), vneid_town.browser()
    await add_passkey(vneid_town, vneid_town.browser(), lai, passkey)
    await vneid_town.walk(kiosk, service, lai)
    case_id = await waits(vneid_town, kiosk)
    vneid_town.pass_time(hours=23, minutes=50)
    page = await sign_in_by(kiosk, await vneid_town.ask(kiosk, service), passkey)
    assert page.is_answer
    vneid_town.pass_time(minutes=20)
    assert await verification_cases.settle_due(vneid_town.hall, vneid_town.now) == 1
    assert [one.changed["verification_id"] for one in await vneid_town.events(kinds.IDENTITY_VERIFIED)] == [case_id]
    assert (await vneid_town.ask(kiosk, service)).step == "login", "whose session it is now, nobody verified"
    page = await sign_in_by(kiosk, await vneid_town.ask(kiosk, service), passkey)
    tokens = await vneid_town.exchanged(service, page)
    assert (await vneid_town.introspect(service, tokens["access_token"]))["acr"] == f"{vneid_town.origin}/loa/basic"


async def test_whoever_asked_goes_on_in_the_session_of_a_raise_that_stood_its_day(vneid_town: VneidHouse) -> None:
    service, lai = await vneid_town.service_of(), await vneid_town.citizen(LAI.number, level=Level.BASIC)
    browser = vneid_town.browser()
    await vneid_town.walk(browser, service, lai)
    await waits(vneid_town, browser)
    vneid_town.pass_time(hours=23, minutes=50)
    await vneid_town.walk(browser, service, lai)
    vneid_town.pass_time(minutes=20)
    assert await verification_cases.settle_due(vneid_town.hall, vneid_town.now) == 1
    tokens = await vneid_town.exchanged(service, await vneid_town.ask(browser, service))
    assert (await vneid_town.introspect(service, tokens["access_token"]))["acr"] == f"{vneid_town.origin}/loa/low"


async def waits(town: VneidHouse, browser: Browser) -> str:
    """A raise to `low` that somebody asked for in this browser and that stands its day; the verification's number."""
    visitor = Visitor(session=Secret(browser.cookie("session") or ""))
    owner = await own_pages.owner(town.hall, visitor, town.now)
    assert owner is not None
    by = own_verification.witnessed(owner)
    done = Verification(new_id(), owner.person.id, "register", Level.LOW, Framework.PROVINCE, town.now)
    async with town.hall.db.tx() as tx:
        new = verification_cases.new_case(owner.person, "register", town.now, actor=by.actor, target=Level.LOW)
        case = await verification_cases.begin(tx, new)
        stands = await verification_cases.accept(tx, town.hall, case, done, by, town.now)
    assert stands.state is CaseState.STANDS
    return done.id
