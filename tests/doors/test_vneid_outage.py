"""When VNeID is away: several are turned away before anybody says so; what stands in is capped and labelled."""

from typing import Any

import jwt as pyjwt

from idp.audit import kinds
from idp.authn.login_policy import LoginPolicy
from idp.authn.sign_in_route import CLAIM
from sandbox.vneid.faults import Fault
from tests.doors.machine_house import Service
from tests.doors.people_house import PASSWORD, Citizen
from tests.doors.vneid_house import HO, LAI, VneidHouse


async def linked(house: VneidHouse, service: Service) -> Citizen:
    """Lài, who has a password and a code app, and joined them with VNeID."""
    lai = await house.citizen(LAI.number, totp=True)
    browser = house.browser()
    page = await house.by_vneid(browser, await house.ask(browser, service), LAI)
    assert (await browser.submit(page, "password", password=PASSWORD)).answer["code"]
    return lai


async def turn_away(house: VneidHouse, service: Service, browsers: int = 3, times: int = 5) -> None:
    """So many failed tries, from so many browsers."""
    house.simulator.fault = Fault.ERROR_500
    visitors = [house.browser() for _ in range(browsers)]
    for visitor in visitors:
        # The page of an outage is a 503.
        visitor.may_fail = True
    for turn in range(times):
        visitor = visitors[turn % browsers]
        page = await house.ask(visitor, service)
        sent = await visitor.get(page.link("/vneid?"))
        if sent.left_for is not None:
            await visitor.get(await house.choose(sent.left_for, HO))


def claims_of(tokens: dict[str, Any]) -> dict[str, Any]:
    claims: dict[str, Any] = pyjwt.decode(tokens["id_token"], options={"verify_signature": False})
    return claims


async def test_one_visitor_who_fails_ten_times_declares_no_outage(vneid_town: VneidHouse) -> None:
    service = await vneid_town.service_of()
    await turn_away(vneid_town, service, browsers=1, times=10)
    assert not await vneid_town.events(kinds.OUTAGE_DECLARED)
    vneid_town.simulator.fault = Fault.NONE
    browser = vneid_town.browser()
    assert (await vneid_town.by_vneid(browser, await vneid_town.ask(browser, service))).answer["code"]


async def test_what_a_browser_brings_declares_no_outage(vneid_town: VneidHouse) -> None:
    """Whoever forges errors, codes and issuers in many browsers turns nobody else away."""
    service = await vneid_town.service_of()
    for turn in range(8):
        browser = vneid_town.browser()
        location = await vneid_town.to_vneid(browser, await vneid_town.ask(browser, service))
        back = await vneid_town.choose(location, HO)
        forged = back.replace("code=", "error=server_error&odd=") if turn % 2 else back.replace("code=", "code=x")
        assert (await browser.get(forged)).step == "login"
    assert not await vneid_town.events(kinds.OUTAGE_DECLARED)


async def test_in_an_outage_the_account_of_a_linked_person_stands_in_capped_and_labelled(vneid: VneidHouse) -> None:
    service = await vneid.service_of(grant_types=frozenset({"authorization_code", "refresh_token"}))
    lai = await linked(vneid, service)
    await turn_away(vneid, service)
    assert len(await vneid.events(kinds.OUTAGE_DECLARED)) == 1

    browser = vneid.browser()
    page = await vneid.ask(browser, service, acr_values=f"{vneid.origin}/loa/substantial {vneid.origin}/loa/low")
    assert "gián đoạn" in page.text
    assert not page.leads_to("/vneid?")
    tokens = await vneid.exchanged(service, await vneid.sign_in(browser, page, lai))
    assert claims_of(tokens)[CLAIM] == "outage"
    assert claims_of(tokens)["acr"] == f"{vneid.origin}/loa/low"
    higher = await vneid.ask(browser, service, acr_values=f"{vneid.origin}/loa/substantial")
    assert higher.answer["error"] == "unmet_authentication_requirements"
    renewed = (await vneid.refresh(service, tokens["refresh_token"])).json()
    assert claims_of(renewed)["acr"] == f"{vneid.origin}/loa/low"

    # Its rest is over, and the next visitor comes through: what stood in ends with the outage.
    vneid.simulator.fault = Fault.NONE
    vneid.pass_time(seconds=31)
    first = vneid.browser()
    page = await vneid.ask(first, service)
    assert "gián đoạn" in page.text
    assert (await vneid.by_vneid(first, page, HO)).answer["code"]
    assert len(await vneid.events(kinds.OUTAGE_ENDED)) == 1
    lapsed = (await vneid.refresh(service, renewed["refresh_token"])).json()
    assert claims_of(lapsed)["acr"] == f"{vneid.origin}/loa/basic"
    assert claims_of(lapsed)[CLAIM] == "outage"


async def test_who_was_never_vouched_for_by_vneid_loses_nothing_in_an_outage(vneid_town: VneidHouse) -> None:
    rin = await vneid_town.citizen("rin.dinh@thu.example.vn", totp=True)
    service = await vneid_town.service_of()
    await turn_away(vneid_town, service)
    substantial = f"{vneid_town.origin}/loa/substantial"
    tokens = await vneid_town.tokens_of(vneid_town.browser(), service, rin, acr_values=substantial)
    assert claims_of(tokens)["acr"] == substantial
    assert claims_of(tokens)[CLAIM] == "local"


async def test_a_service_of_vneid_alone_gets_the_outage_page(vneid_town: VneidHouse) -> None:
    only = await vneid_town.service_of(LoginPolicy.VNEID_ONLY)
    await turn_away(vneid_town, only)
    browser = vneid_town.browser()
    browser.may_fail = True
    page = await vneid_town.ask(browser, only)
    assert page.status == 503
    assert "gián đoạn" in page.text
    assert page.leads_to("/cancel")
    assert not page.has_form("username")
    silent = await vneid_town.ask(browser, only, prompt="none")
    assert silent.answer["error"] == "temporarily_unavailable"
    vneid_town.simulator.fault = Fault.NONE
    vneid_town.pass_time(seconds=31)
    page = await vneid_town.ask(browser, only)
    assert (await vneid_town.by_vneid(browser, page)).answer["code"]


async def test_during_its_rest_nobody_is_sent_there(vneid_town: VneidHouse) -> None:
    service = await vneid_town.service_of()
    browser = vneid_town.browser()
    page = await vneid_town.ask(browser, service)
    await turn_away(vneid_town, service)
    page = await browser.get(page.link("/vneid?"))
    assert page.step == "login"
    assert "chưa trả lời" in page.text
