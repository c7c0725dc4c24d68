"""Consent as people meet it: allow, deny, choose, come back later, and be asked again when the words have changed."""

import pytest
from playwright.async_api import Page, expect

from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import answer_in
from tests.journeys.screens import ALLOW, DENY, has_arrived, service_at, sign_in
from tests.journeys.tour import EVERYTHING, licences


async def test_allow_releases_what_was_listed(page: Page, either_demo: Demo, landing: Landing) -> None:
    citizen, service = either_demo.newcomer(), service_at(landing, either_demo)
    await page.goto(service.address())
    await sign_in(page, citizen)
    await expect(page.locator("main")).to_contain_text(citizen.name)
    await page.click(ALLOW)
    await has_arrived(page, landing)
    told = service.userinfo(service.tokens(answer_in(page.url))["access_token"]).json()
    assert (told["name"], told["birthdate"]) == (citizen.name, "1968-04-30")
    # Remembered: neither page again.
    await page.goto(service.address())
    await has_arrived(page, landing)


async def test_deny_gives_nothing_and_asks_again_next_time(page: Page, demo: Demo, landing: Landing) -> None:
    service = service_at(landing, demo)
    await page.goto(service.address())
    await sign_in(page, demo.newcomer())
    await page.click(DENY)
    await has_arrived(page, landing)
    assert answer_in(page.url)["error"] == "access_denied"
    await page.goto(service.address())
    await expect(page.locator(ALLOW)).to_be_visible()


@pytest.mark.parametrize("chosen", [(), ("phone",), ("phone", "email")], ids=["nothing", "one", "both"])
async def test_what_is_optional_is_given_only_when_it_is_ticked(
    page: Page, demo: Demo, landing: Landing, chosen: tuple[str, ...]
) -> None:
    citizen = demo.person("Nguyễn Thị Hồng Nhạn")
    service = demo.add_client(licences(landing, f"optional-{landing.port}"))
    await page.goto(service.address(scope=EVERYTHING))
    await sign_in(page, citizen)
    boxes = page.locator("input[name=optional]")
    await expect(boxes).to_have_count(2)
    assert [await boxes.nth(n).is_checked() for n in range(2)] == [False, False]
    for value in chosen:
        # By its label, as a hand does.
        await page.click(f"label[for={await page.get_attribute(f'input[value={value}]', 'id')}]")
    await page.click(ALLOW)
    await has_arrived(page, landing)
    told = service.userinfo(service.tokens(answer_in(page.url))["access_token"]).json()
    assert ("phone_number" in told, "email" in told) == ("phone" in chosen, "email" in chosen)
    assert {"name", "address"} <= set(told)


async def test_back_after_allow_is_no_dead_end(page: Page, demo: Demo, landing: Landing) -> None:
    service = service_at(landing, demo)
    await page.goto(service.address())
    await sign_in(page, demo.newcomer())
    await page.click(ALLOW)
    await has_arrived(page, landing)
    await page.go_back()
    if await page.locator(DENY).count():
        # A page from the browser's memory: the answer comes too late, and changes nothing.
        await page.click(DENY)
    await expect(page.locator("h1")).to_have_text("Bước này đã xong")
    await page.click("main a.button")
    await page.wait_for_url(f"{landing.origin}/")
    await page.goto(service.address(prompt="none"))
    await has_arrived(page, landing)
    assert "code" in answer_in(page.url)


async def test_a_double_click_on_allow_answers_once(page: Page, demo: Demo, landing: Landing) -> None:
    service = service_at(landing, demo)
    await page.goto(service.address())
    await sign_in(page, demo.newcomer())
    await page.dblclick(ALLOW, no_wait_after=True)
    await has_arrived(page, landing)
    assert service.redeem(answer_in(page.url)).status_code == 200


async def test_a_reload_asks_the_same_question(page: Page, demo: Demo, landing: Landing) -> None:
    await page.goto(service_at(landing, demo).address())
    await sign_in(page, demo.newcomer())
    await page.wait_for_url("**/consent*")
    before = await page.inner_text("main")
    await page.reload()
    assert await page.inner_text("main") == before
    await page.click(ALLOW)
    await has_arrived(page, landing)


async def test_changed_terms_are_asked_again_and_said_so(page: Page, demo: Demo, landing: Landing) -> None:
    document = licences(landing, f"changing-{landing.port}")
    service, citizen = demo.add_client(document), demo.newcomer()
    await page.goto(service.address(scope="openid profile"))
    await sign_in(page, citizen)
    await page.click(ALLOW)
    await has_arrived(page, landing)
    document["scopes"][0] |= {"purpose": "Gửi bản tin hằng tuần", "purpose#en": "To send a weekly letter"}
    demo.apply_client(document)
    await page.goto(service.address(scope="openid profile", prompt="none"))
    await has_arrived(page, landing)
    assert answer_in(page.url)["error"] == "consent_required"
    await page.goto(service.address(scope="openid profile"))
    await expect(page.locator("main")).to_contain_text("Gửi bản tin hằng tuần")
    await expect(page.locator("main .note").first).to_contain_text("đã thay đổi")
    await page.click(ALLOW)
    await has_arrived(page, landing)


async def test_lasting_access_is_a_question_with_its_own_purpose(page: Page, demo: Demo, landing: Landing) -> None:
    citizen, service = demo.newcomer(), demo.add_client(licences(landing, f"lasting-{landing.port}"))
    await page.goto(service.address(scope="openid profile offline_access"))
    await sign_in(page, citizen)
    await expect(page.locator("main .note")).to_contain_text("Báo khi giấy phép sắp hết hạn")
    # Beside what the law orders it is no mere notice.
    await page.goto(service.address(scope="openid address offline_access"))
    await expect(page.locator("main")).to_contain_text("Cả khi bạn không đăng nhập")
    await expect(page.locator(ALLOW)).to_have_text("Đồng ý và tiếp tục")
    await page.click(DENY)
    await has_arrived(page, landing)
    assert answer_in(page.url)["error"] == "access_denied"


async def test_the_one_stop_shop_tells_what_it_receives_by_law_and_once(page: Page, demo: Demo) -> None:
    citizen = demo.newcomer()
    await page.goto(demo.service("api"))
    await page.click("#sign-in")
    await sign_in(page, citizen)
    await expect(page.locator("main")).to_contain_text("Thông tin chia sẻ theo quy định của pháp luật")
    await page.click(ALLOW)
    await expect(page.locator("#signed-in-name")).to_have_text(citizen.name)
    await page.click("#sign-out")
    await page.click("#sign-in")
    await sign_in(page, citizen)
    await expect(page.locator("#signed-in-name")).to_have_text(citizen.name)
