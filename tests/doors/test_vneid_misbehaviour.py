"""What VNeID, a browser or a thief may do wrong: nobody is signed in, and the page says why and what else there is."""

from urllib.parse import parse_qs, urlsplit

import pytest

from idp.audit import kinds
from sandbox.vneid.faults import Fault
from tests.doors.little_browser import Browser, Page
from tests.doors.vneid_house import HO, VneidHouse


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(Fault.TIMEOUT, "chưa trả lời", marks=pytest.mark.slow),
        (Fault.ERROR_500, "chưa trả lời"),
        (Fault.WRONG_ISS, "không hợp lệ"),
        (Fault.WRONG_TOKEN_ISS, "không hợp lệ"),
        (Fault.WRONG_AUDIENCE, "không hợp lệ"),
        (Fault.WRONG_NONCE, "không hợp lệ"),
        (Fault.WRONG_SIGNATURE, "không hợp lệ"),
        (Fault.REUSED_CODE, "không hợp lệ"),
        (Fault.LEVEL_MISSING, "mức độ"),
    ],
)
async def test_misbehaviour_signs_nobody_in_and_leads_back(vneid_town: VneidHouse, fault: Fault, words: str) -> None:
    browser = vneid_town.browser()
    page = await vneid_town.ask(browser, await vneid_town.service_of())
    page = await vneid_town.by_vneid(browser, page, fault=fault)
    assert page.step == "login"
    assert words in page.text
    assert page.has_form("username")
    assert page.leads_to("/vneid?")
    assert browser.cookie("session") is None
    assert not await vneid_town.events(kinds.PERSON_ADDED)
    [failed] = await vneid_town.events(kinds.SIGN_IN_FAILED)
    assert failed.changed["method"] == "vneid"


async def test_an_organisation_is_no_person(vneid_town: VneidHouse) -> None:
    browser = vneid_town.browser()
    page = await vneid_town.ask(browser, await vneid_town.service_of())
    page = await vneid_town.by_vneid(browser, page, level="organisation")
    assert "tổ chức" in page.text
    assert not await vneid_town.events(kinds.PERSON_ADDED)


async def test_who_refuses_at_vneid_has_other_ways(vneid_town: VneidHouse) -> None:
    browser = vneid_town.browser()
    location = await vneid_town.to_vneid(browser, await vneid_town.ask(browser, await vneid_town.service_of()))
    page = await browser.get(await vneid_town.choose(location, HO, decision="refuse"))
    assert page.step == "login"
    assert "từ chối" in page.text


async def test_a_sign_in_of_this_morning_is_no_fresh_one(vneid_town: VneidHouse) -> None:
    browser, service = vneid_town.browser(), await vneid_town.service_of()
    page = await vneid_town.by_vneid(browser, await vneid_town.ask(browser, service, prompt="login"), fault=Fault.STALE)
    assert page.step == "login"
    page = await vneid_town.by_vneid(browser, page)
    assert page.answer["code"]


async def test_an_answer_is_heard_once_and_only_where_it_was_asked_for(vneid: VneidHouse) -> None:
    service = await vneid.service_of()
    browser, thief = vneid.browser(), vneid.browser()
    await vneid.ask(thief, service)
    location = await vneid.to_vneid(browser, await vneid.ask(browser, service))
    back = await vneid.choose(location, HO)
    stolen = await thief.get(back)
    assert stolen.status == 403
    assert thief.cookie("session") is None
    assert (await browser.get(back)).status == 410
    page = await vneid.ask(browser, service)
    back = await vneid.choose(await vneid.to_vneid(browser, page), HO)
    assert (await browser.get(back)).answer["code"]
    assert (await browser.get(back)).status == 410


async def test_a_code_of_another_answer_is_refused(vneid_town: VneidHouse) -> None:
    """The same code under two states: ours remembers it before VNeID is even asked."""
    service = await vneid_town.service_of()
    first, second = vneid_town.browser(), vneid_town.browser()
    backs = []
    for browser in (first, second):
        location = await vneid_town.to_vneid(browser, await vneid_town.ask(browser, service))
        backs.append(parse_qs(urlsplit(await vneid_town.choose(location, HO)).query))
    assert (await _back(first, backs[0])).answer["code"]
    page = await _back(second, {**backs[1], "code": backs[0]["code"]})
    assert page.step == "login"
    assert "không hợp lệ" in page.text


async def test_a_lost_interaction_says_so(vneid_town: VneidHouse) -> None:
    browser, service = vneid_town.browser(), await vneid_town.service_of()
    page = await vneid_town.ask(browser, service)
    back = await vneid_town.choose(await vneid_town.to_vneid(browser, page), HO)
    await vneid_town.lose_interaction(page)
    assert (await browser.get(back)).status == 410
    assert (await browser.get("/vneid/callback")).status == 410


@pytest.mark.parametrize("fault", [Fault.CHANGED_SUBJECT, Fault.CHANGED_NUMBER])
async def test_whatever_changes_in_a_link_is_a_case(vneid: VneidHouse, fault: Fault) -> None:
    service = await vneid.service_of()
    browser = vneid.browser()
    assert (await vneid.by_vneid(browser, await vneid.ask(browser, service))).answer["code"]
    for _ in range(2):
        other = vneid.browser()
        page = await vneid.by_vneid(other, await vneid.ask(other, service), fault=fault)
        [case] = await vneid.cases_of(HO.number)
        assert case.id in page.text
        assert page.status == 403
        assert other.cookie("session") is None
    [case] = await vneid.cases_of(HO.number)
    assert case.details["sub"].startswith(HO.sub)
    assert len(await vneid.events(kinds.CASE_OPENED)) == 1


async def _back(browser: Browser, parameters: dict[str, list[str]]) -> Page:
    return await browser.get("/vneid/callback", **{name: values[0] for name, values in parameters.items()})
