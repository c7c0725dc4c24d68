"""Nobody is flooded by way of VNeID: a browser's trips there, and the links that a number begins, come to an end."""

from idp.authn.throttle import ThrottlePolicy
from tests.doors.little_browser import Page
from tests.doors.machine_house import Service
from tests.doors.people_house import PASSWORD
from tests.doors.vneid_house import HO, LAI, VneidHouse

TOO_OFTEN = "quá nhiều lần thử bằng VNeID"
POLICY = ThrottlePolicy.strict()


async def arrives(house: VneidHouse, service: Service) -> Page:
    """In a browser of its own: who holds somebody's VNeID has as many of them as they like."""
    browser = house.browser()
    return await house.by_vneid(browser, await house.ask(browser, service), LAI)


async def test_a_number_begins_a_few_links_a_day_from_anywhere(vneid: VneidHouse) -> None:
    service = await vneid.service_of()
    await vneid.citizen(LAI.number)
    for _ in range(POLICY.links_a_day):
        assert (await arrives(vneid, service)).step == "link"
    page = await arrives(vneid, service)
    assert page.step == "login"
    assert TOO_OFTEN in page.text
    browser = vneid.browser()
    page = await vneid.by_vneid(browser, await vneid.ask(browser, service), HO)
    assert page.answer["code"], "somebody else's number is another"
    vneid.pass_time(hours=24)
    browser = vneid.browser()
    page = await vneid.by_vneid(browser, await vneid.ask(browser, service), LAI)
    assert (await browser.submit(page, "password", password=PASSWORD)).answer["code"]


async def test_once_linked_a_number_comes_in_as_often_as_it_likes(vneid_town: VneidHouse) -> None:
    service = await vneid_town.service_of()
    for _ in range(POLICY.links_a_day + 2):
        assert (await arrives(vneid_town, service)).answer["code"]


async def test_a_browser_is_sent_there_a_bounded_number_of_times(vneid_town: VneidHouse) -> None:
    service, browser = await vneid_town.service_of(), vneid_town.browser()
    page = await vneid_town.ask(browser, service)
    link = page.link("/vneid?")
    for _ in range(POLICY.trips_limit):
        assert (await browser.get(link)).left_for is not None
    page = await browser.get(link)
    assert page.step == "login"
    assert TOO_OFTEN in page.text
    assert page.has_form("password"), "the other ways are there"
    other = vneid_town.browser()
    assert (await other.get((await vneid_town.ask(other, service)).link("/vneid?"))).left_for is not None
    vneid_town.pass_time(minutes=16)
    assert (await browser.get(link)).left_for is not None
