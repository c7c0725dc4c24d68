"""Renewal without a page: by a redirect it succeeds, in a frame of another site it is refused; neither shows one."""

from playwright.async_api import Page

from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import answer_in
from tests.journeys.screens import has_arrived, service_at, sign_in


async def test_a_redirect_renews_silently(page: Page, either_demo: Demo, landing: Landing) -> None:
    citizen, service = either_demo.newcomer(), service_at(landing, either_demo)
    shown: list[str] = []
    page.on("load", lambda loaded: shown.append(loaded.url))
    await page.goto(service.address(scope="openid", prompt="none"))
    await has_arrived(page, landing)
    assert answer_in(page.url)["error"] == "login_required"
    await page.goto(service.address(scope="openid"))
    await sign_in(page, citizen)
    await has_arrived(page, landing)
    before = service.claims(service.tokens(answer_in(page.url))["id_token"])
    shown.clear()
    await page.goto(service.address(scope="openid", prompt="none"))
    await has_arrived(page, landing)
    after = service.claims(service.tokens(answer_in(page.url))["id_token"])
    assert [url for url in shown if url.startswith(either_demo.issuer)] == []
    assert (after["sub"], after["sid"], after["auth_time"]) == (before["sub"], before["sid"], before["auth_time"])


async def test_a_frame_of_another_site_gets_an_answer_and_no_page(page: Page, demo: Demo, landing: Landing) -> None:
    """Cookies stay away from frames of other sites (SameSite=Lax); the service learns that and may redirect instead."""
    service = service_at(landing, demo)
    await page.goto(service.address(scope="openid"))
    await sign_in(page, demo.newcomer())
    await has_arrived(page, landing)
    address = service.address(scope="openid", prompt="none", state="frame").replace("&", "&amp;")
    landing.pages["/frame"] = f'<!doctype html><title>Khung</title><iframe src="{address}"></iframe>'
    landing.arrivals.clear()
    await page.goto(f"{landing.origin}/frame")
    (arrival,) = landing.wait_for("/callback")
    assert arrival.values["error"] == "login_required"
    assert arrival.values["state"] == "frame"


async def test_our_pages_are_never_shown_in_a_frame(page: Page, demo: Demo, landing: Landing) -> None:
    """Clickjacking: whoever frames the sign-in page frames nothing."""
    address = service_at(landing, demo).address().replace("&", "&amp;")
    landing.pages["/frame"] = f'<!doctype html><title>Khung</title><iframe src="{address}"></iframe>'
    await page.goto(f"{landing.origin}/frame")
    await page.wait_for_load_state("networkidle")
    (frame,) = [frame for frame in page.frames if frame.parent_frame is not None]
    assert await frame.locator("input").count() == 0
