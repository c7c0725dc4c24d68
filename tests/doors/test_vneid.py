"""Sign-in with VNeID as citizens meet it: the first time, again, with an account of old, and with what goes wrong."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt as pyjwt

from idp.audit import kinds
from idp.authn.login_policy import LoginPolicy
from idp.authn.sign_in_route import CLAIM
from idp.identity.person import PersonState
from idp.kernel.level import Level
from sandbox.vneid.faults import Fault
from tests.doors.little_browser import Browser, Page
from tests.doors.machine_house import Service
from tests.doors.people_house import PASSWORD
from tests.doors.vneid_house import HO, LAI, VneidHouse


async def test_vneid_is_another_way_beside_a_code_of_an_app(vneid_town: VneidHouse) -> None:
    lai, browser = await vneid_town.citizen(LAI.number, totp=True), vneid_town.browser()
    page = await vneid_town.by_vneid(browser, await browser.get("/account"), LAI)
    page = await browser.submit(page, "password", password=PASSWORD)
    assert page.path == "/account"
    vneid_town.pass_time(minutes=6)
    page = await vneid_town.sign_in(browser, await browser.get("/account/security/password"), lai)
    assert page.step == "otp"
    page = await browser.get(page.link("/raise"))
    assert page.step == "raise"
    assert (await vneid_town.by_vneid(browser, page, LAI)).path == "/account/security/password"


async def test_somebody_new_comes_in_and_is_one_person_from_then_on(vneid: VneidHouse) -> None:
    service = await vneid.service_of()
    for _ in range(2):
        browser = vneid.browser()
        page = await vneid.ask(browser, service)
        assert page.step == "login"
        assert page.has_form("username")
        tokens = await vneid.exchanged(service, await vneid.by_vneid(browser, page))
        claims = payload_of(tokens["id_token"])
        assert claims["acr"] == f"{vneid.origin}/loa/substantial"
        assert claims[CLAIM] == "vneid"
        assert claims["amr"] == []
    assert len(await vneid.events(kinds.PERSON_ADDED)) == 1
    assert "vneid_linked" not in await told(vneid), "whoever came to be just now knows of it"
    [linked] = await vneid.events(kinds.UPSTREAM_LINKED)
    async with vneid.hall.db.read() as tx:
        person = await tx.persons.get(str(linked.person_id))
    assert person is not None
    assert person.level is Level.SUBSTANTIAL
    facts = {claim: (fact.value, fact.source) for claim, fact in person.facts.items()}
    assert facts["name"] == (HO.name, "vneid")
    assert facts["phone_number_verified"] == (False, "vneid")
    assert await _find(vneid, "phone_number", HO.phone_number or "") is None


async def test_level_one_bears_low(vneid_town: VneidHouse) -> None:
    service = await vneid_town.service_of()
    browser = vneid_town.browser()
    answered = await vneid_town.by_vneid(browser, await vneid_town.ask(browser, service), level="1")
    claims = payload_of((await vneid_town.exchanged(service, answered))["id_token"])
    assert claims["acr"] == f"{vneid_town.origin}/loa/low"


async def test_the_question_is_bound_to_its_answer(vneid_town: VneidHouse) -> None:
    browser = vneid_town.browser()
    location = await vneid_town.to_vneid(browser, await vneid_town.ask(browser, await vneid_town.service_of()))
    asked = parse_qs(urlsplit(location).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) == len(asked["nonce"][0]) == 43
    assert "prompt" not in asked


async def test_many_first_sign_ins_at_once_make_one_person(vneid: VneidHouse) -> None:
    service = await vneid.service_of()
    browsers = [vneid.browser() for _ in range(6)]
    backs = []
    for browser in browsers:
        location = await vneid.to_vneid(browser, await vneid.ask(browser, service))
        backs.append(await vneid.choose(location, HO))
    answered = await asyncio.gather(*(b.get(back) for b, back in zip(browsers, backs, strict=True)))
    assert all(page.answer["code"] for page in answered)
    assert len(await vneid.events(kinds.PERSON_ADDED)) == len(await vneid.events(kinds.UPSTREAM_LINKED)) == 1


async def test_an_account_of_old_agrees_once_with_its_password(vneid: VneidHouse) -> None:
    service = await vneid.service_of()
    lai = await vneid.citizen(LAI.number, totp=True)
    browser = vneid.browser()
    page = await vneid.by_vneid(browser, await vneid.ask(browser, service), LAI)
    assert page.step == "link"
    assert "051•••••0137" in page.text
    assert not await vneid.events(kinds.UPSTREAM_LINKED)
    page = await browser.submit(page, "password", password="không phải mật khẩu này")
    assert page.step == "link"
    page = await browser.submit(page, "password", password=PASSWORD)
    assert page.answer["code"]
    [linked] = await vneid.events(kinds.UPSTREAM_LINKED)
    assert linked.person_id == lai.person.id
    assert (await told(vneid)).count("vneid_linked") == 1
    again = vneid.browser()
    assert (await vneid.by_vneid(again, await vneid.ask(again, service), LAI)).answer["code"]


async def test_whoever_has_no_password_at_hand_agrees_by_another_way(vneid_town: VneidHouse) -> None:
    """A passkey, a card or a code proves the account as well as its password; somebody else's sign-in joins nothing."""
    service = await vneid_town.service_of()
    lai = await vneid_town.citizen(LAI.number)
    other = await vneid_town.citizen("051199990001")
    for who, linked in ((other, 0), (lai, 1)):
        browser = vneid_town.browser()
        page = await vneid_town.by_vneid(browser, await vneid_town.ask(browser, service), LAI)
        assert page.step == "link"
        page = await browser.get(page.link("/login"))
        assert (await vneid_town.sign_in(browser, page, who)).is_answer
        assert len(await vneid_town.events(kinds.UPSTREAM_LINKED)) == linked


async def test_level_one_does_not_open_an_account_of_old(vneid_town: VneidHouse) -> None:
    await vneid_town.citizen(LAI.number)
    browser = vneid_town.browser()
    page = await vneid_town.ask(browser, await vneid_town.service_of())
    page = await vneid_town.by_vneid(browser, page, LAI, level="1")
    assert page.step == "login"
    assert "mức độ 2" in page.text
    assert not await vneid_town.events(kinds.UPSTREAM_LINKED)


async def test_whoever_is_signed_in_with_a_password_needs_no_second_one(vneid_town: VneidHouse) -> None:
    lai = await vneid_town.citizen(LAI.number)
    service = await vneid_town.service_of()
    browser = vneid_town.browser()
    assert (await vneid_town.sign_in(browser, await vneid_town.ask(browser, service), lai)).answer["code"]
    page = await vneid_town.by_vneid(browser, await vneid_town.ask(browser, service, prompt="login"), LAI)
    assert page.answer["code"]
    assert len(await vneid_town.events(kinds.UPSTREAM_LINKED)) == 1


async def raising(house: VneidHouse, browser: Browser, service: Service) -> Page:
    """Whom VNeID vouched for once has signed in by password, and the service needs more."""
    lai = await house.citizen(LAI.number, level=Level.LOW)
    first = house.browser()
    page = await house.by_vneid(first, await house.ask(first, service), LAI)
    assert (await first.submit(page, "password", password=PASSWORD)).answer["code"]
    page = await house.ask(browser, service, acr_values=f"{house.origin}/loa/substantial")
    page = await house.sign_in(browser, page, lai)
    assert page.step == "raise"
    return page


async def test_a_service_that_needs_more_asks_vneid_again(vneid: VneidHouse) -> None:
    browser, service = vneid.browser(), await vneid.service_of()
    location = await vneid.to_vneid(browser, await raising(vneid, browser, service))
    asked = parse_qs(urlsplit(location).query)
    assert asked["acr_values"] == ["vneid:2"]
    assert asked["prompt"] == ["login"]
    answered = await browser.get(await vneid.choose(location, LAI))
    claims = payload_of((await vneid.exchanged(service, answered))["id_token"])
    assert claims["acr"] == f"{vneid.origin}/loa/substantial"
    assert claims[CLAIM] == "vneid"
    assert len(await vneid.events(kinds.STEP_UP)) == 1


async def test_a_step_up_by_somebody_else_is_refused(vneid_town: VneidHouse) -> None:
    browser, service = vneid_town.browser(), await vneid_town.service_of()
    page = await vneid_town.by_vneid(browser, await raising(vneid_town, browser, service), HO)
    assert page.step == "raise"
    assert "người khác" in page.text
    assert len(await vneid_town.events(kinds.UPSTREAM_LINKED)) == 1


async def test_a_step_up_that_brings_level_one_is_not_enough(vneid_town: VneidHouse) -> None:
    browser, service = vneid_town.browser(), await vneid_town.service_of()
    page = await vneid_town.by_vneid(browser, await raising(vneid_town, browser, service), LAI, level="1")
    assert page.answer["error"] == "unmet_authentication_requirements"


async def test_whom_vneid_never_vouched_for_is_not_sent_there_in_the_middle(vneid_town: VneidHouse) -> None:
    """People with a password alone reach what a password bears, and no page stands in their way."""
    rin = await vneid_town.citizen("rin.dinh@thu.example.vn")
    substantial, low = f"{vneid_town.origin}/loa/substantial", f"{vneid_town.origin}/loa/low"
    browser, service = vneid_town.browser(), await vneid_town.service_of()
    page = await vneid_town.sign_in(browser, await vneid_town.ask(browser, service, acr_values=substantial), rin)
    assert page.answer["error"] == "unmet_authentication_requirements"
    assert (await vneid_town.ask(browser, service, acr_values=f"{substantial} {low}")).answer["code"]


async def test_changed_contact_data_stays_unverified_and_a_name_that_differs_is_noted(vneid_town: VneidHouse) -> None:
    lai = await vneid_town.citizen(LAI.number)
    service = await vneid_town.service_of()
    browser = vneid_town.browser()
    page = await vneid_town.by_vneid(browser, await vneid_town.ask(browser, service), LAI, fault=Fault.CHANGED_NAME)
    await browser.submit(page, "password", password=PASSWORD)
    other = vneid_town.browser()
    await vneid_town.by_vneid(other, await vneid_town.ask(other, service), LAI, fault=Fault.CHANGED_CONTACT)
    async with vneid_town.hall.db.read() as tx:
        person = await tx.persons.get(lai.person.id)
    assert person is not None
    assert person.facts["name"].value == "Phạm Thị Lài"
    assert person.facts["vneid:name"].value == "Phạm Thị Lài Anh"
    assert person.facts["vneid:name"].source == "vneid"
    assert person.facts["email"].value == "lai.pham@thu.example.vn"
    assert person.facts["email_verified"].value is True


async def test_contact_data_from_vneid_follows_vneid_and_proves_nothing(vneid_town: VneidHouse) -> None:
    service = await vneid_town.service_of()
    for fault in (Fault.NONE, Fault.CHANGED_CONTACT):
        browser = vneid_town.browser()
        await vneid_town.by_vneid(browser, await vneid_town.ask(browser, service), fault=fault)
    person_id = await _find(vneid_town, "national_id", HO.number)
    async with vneid_town.hall.db.read() as tx:
        person = await tx.persons.get(person_id or "")
    assert person is not None
    assert person.facts["phone_number"].value == "+84905990001"
    assert person.facts["phone_number_verified"].value is False
    assert (await vneid_town.events(kinds.PERSON_FACTS_CHANGED))[0].changed["claims"] == ["email", "phone_number"]


async def test_who_may_not_sign_in_may_not_by_vneid_either(vneid_town: VneidHouse) -> None:
    await vneid_town.citizen(LAI.number, state=PersonState.SUSPENDED)
    service = await vneid_town.service_of()
    browser = vneid_town.browser()
    page = await vneid_town.by_vneid(browser, await vneid_town.ask(browser, service), LAI)
    page = await browser.submit(page, "password", password=PASSWORD)
    assert page.step == "link"
    assert not await vneid_town.events(kinds.UPSTREAM_LINKED)


async def test_a_level_is_raised_and_never_lowered(vneid_town: VneidHouse) -> None:
    service = await vneid_town.service_of()
    for level in ("1", "2", "1"):
        browser = vneid_town.browser()
        await vneid_town.by_vneid(browser, await vneid_town.ask(browser, service), level=level)
    [raised] = await vneid_town.events(kinds.PERSON_LEVEL_RAISED)
    assert raised.changed == {"before": "low", "after": "substantial", "source": "vneid"}


async def test_what_each_policy_accepts(vneid_town: VneidHouse) -> None:
    lai = await vneid_town.citizen(LAI.number)
    local = await vneid_town.service_of(LoginPolicy.LOCAL)
    only = await vneid_town.service_of(LoginPolicy.VNEID_ONLY)
    browser = vneid_town.browser()
    page = await vneid_town.ask(browser, local)
    assert not page.leads_to("/vneid?")
    assert (await browser.get(page.path + "/../vneid")).step == "login"
    assert (await vneid_town.sign_in(browser, page, lai)).answer["code"]
    page = await vneid_town.ask(browser, only)
    assert page.step == "login"
    assert not page.has_form("username")
    silent = await vneid_town.ask(browser, only, prompt="none")
    assert silent.answer["error"] == "login_required"
    page = await vneid_town.by_vneid(browser, await vneid_town.ask(browser, only), LAI)
    assert page.answer["code"]
    assert (await vneid_town.ask(browser, only, prompt="none")).answer["code"]


async def test_a_password_sent_to_a_service_of_vneid_alone_is_not_looked_at(vneid_town: VneidHouse) -> None:
    lai = await vneid_town.citizen(LAI.number)
    browser = vneid_town.browser()
    page = await vneid_town.ask(browser, await vneid_town.service_of(LoginPolicy.VNEID_ONLY))
    page = await browser.post(page.url, [("username", lai.login), ("password", lai.password)])
    assert page.step == "login"
    assert browser.cookie("session") is None


async def test_nothing_that_vneid_told_stands_in_clear(vneid: VneidHouse, stores: tuple[str, str | None]) -> None:
    from tests.storage.test_privacy import everything, readings

    service = await vneid.service_of()
    for fault in (Fault.NONE, Fault.CHANGED_SUBJECT):
        browser = vneid.browser()
        await vneid.by_vneid(browser, await vneid.ask(browser, service), fault=fault)
    secrets = (HO.number, HO.sub, HO.name, "Hơ̆", HO.birthdate, HO.phone_number or "", HO.email or "")
    for name, rows in (await everything(stores[0])).items():
        for row in rows:
            for value in row:
                assert not [s for s in secrets for read in readings(value) if s in read], name


def payload_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = pyjwt.decode(token, options={"verify_signature": False})
    return claims


async def told(house: VneidHouse) -> list[str]:
    """The kinds of all notices."""
    return [event.changed["notice"] for event in await house.events(kinds.NOTICE_SENT)]


async def _find(house: VneidHouse, kind: str, value: str) -> str | None:
    async with house.hall.db.read() as tx:
        return await tx.persons.find(kind, value)
