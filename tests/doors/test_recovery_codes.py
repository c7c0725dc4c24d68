"""Codes on paper: each once, only where people replace what they lost, and worth no level."""

from datetime import timedelta

import pytest

from idp.kernel.level import Level
from tests.doors.own_authenticators import LIST, enrolled, make_codes, options, soft_passkey
from tests.doors.people_house import Citizen, PeopleHouse


@pytest.fixture
async def lai(town: PeopleHouse) -> Citizen:
    return await town.citizen(totp=True)


async def test_a_code_on_paper_replaces_what_was_lost_and_is_worth_nothing_else(people: PeopleHouse) -> None:
    lai, home = await people.citizen(totp=True), people.browser()
    codes = await make_codes(people, home, lai)
    lost = people.browser()
    page = await people.sign_in(lost, await lost.get(f"{LIST}/app"), lai)
    page = await lost.get(page.link("/recovery-code"))
    page = await lost.submit(page, "recovery_code", recovery_code="aaaa-bbbb-cccc")
    assert "Mã không đúng" in page.text
    page = await lost.submit(page, "recovery_code", recovery_code=codes[3].upper().replace("-", " "))
    assert page.path == f"{LIST}/app"
    service = await people.register()
    page = await people.ask(lost, service, acr_values=f"{people.origin}/loa/substantial")
    assert page.step == "otp", "it raises no level"
    assert not page.leads_to("/recovery-code")
    again = people.browser()
    page = await people.sign_in(again, await again.get(f"{LIST}/app"), lai)
    page = await again.get(page.link("/recovery-code"))
    page = await again.submit(page, "recovery_code", recovery_code=codes[3])
    assert page.step == "recovery-code", "each counts once"
    sheet = next(one for one in await enrolled(people, lai) if one.kind == "recovery_code")
    assert sheet.last_step == 1
    assert codes[0].encode() not in sheet.secret


async def test_what_a_paper_lets_in_enrols_is_low(town: PeopleHouse, lai: Citizen) -> None:
    codes = await make_codes(town, town.browser(), lai)
    lost = town.browser()
    page = await town.sign_in(lost, await lost.get(f"{LIST}/passkey"), lai)
    page = await lost.get(page.link("/recovery-code"))
    page = await lost.submit(page, "recovery_code", recovery_code=codes[0])
    await lost.submit(page, "credential", credential=soft_passkey(town).create(options(page)))
    assert [one.level_cap for one in await enrolled(town, lai) if one.kind == "passkey"] == [Level.LOW]


async def test_a_new_sheet_ends_the_old_one(town: PeopleHouse, lai: Citizen) -> None:
    browser = town.browser()
    old, new = await make_codes(town, browser, lai), await make_codes(town, browser, lai)
    assert not set(old) & set(new)
    town.now += timedelta(minutes=6)
    page = await town.sign_in(browser, await browser.get(f"{LIST}/app"), lai)
    page = await browser.get(page.link("/recovery-code"))
    assert (await browser.submit(page, "recovery_code", recovery_code=old[0])).step == "recovery-code"
    assert (await browser.submit(page, "recovery_code", recovery_code=new[0])).path == f"{LIST}/app"
