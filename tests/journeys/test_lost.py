"""What is only remembered for a while may vanish at any moment: at worst one begins again, from a page that says so."""

from playwright.async_api import BrowserContext, Page, expect

from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import answer_in
from tests.journeys.screens import ALLOW, SIGN_IN, arrives_at_the_example, has_arrived, service_at, sign_in
from tests.stand.redis import RedisServer


async def test_redis_is_emptied_in_the_middle(
    page: Page, demo_on_postgres: Demo, demo_redis: RedisServer, landing: Landing
) -> None:
    citizen, service = demo_on_postgres.newcomer(), service_at(landing, demo_on_postgres)
    await page.goto(service.address())
    demo_redis.flush()
    await sign_in(page, citizen)
    await _begins_again(page, landing)
    await page.goto(service.address())
    await sign_in(page, citizen)
    await expect(page.locator(ALLOW)).to_be_visible()
    demo_redis.flush()
    await page.click(ALLOW)
    await _begins_again(page, landing)
    # The sign-in itself was not lost: only the question comes again.
    await page.goto(service.address())
    await page.click(ALLOW)
    await has_arrived(page, landing)


async def _begins_again(page: Page, landing: Landing) -> None:
    await expect(page.locator("h1")).to_have_text("Trang này đã hết hạn")
    await page.click("main a.button")
    await page.wait_for_url(f"{landing.origin}/")


async def test_a_restart_signs_nobody_out_and_revives_nothing(
    context: BrowserContext, either_demo: Demo, demo_redis: RedisServer, landing: Landing
) -> None:
    demo, citizen = either_demo, either_demo.newcomer()
    shop, page, waiting = [await context.new_page() for _ in range(3)]
    await shop.goto(demo.service("one_stop_shop"))
    await shop.click(SIGN_IN)
    await sign_in(shop, citizen)
    await arrives_at_the_example(shop, citizen.name)
    kept, ended = service_at(landing, demo), service_at(landing, demo)
    tokens = {}
    for service in (kept, ended):
        await page.goto(service.address())
        await page.click(ALLOW)
        await has_arrived(page, landing)
        tokens[service.id] = service.tokens(answer_in(page.url))
    used = answer_in(page.url)
    assert ended.post("/revoke", token=tokens[ended.id]["refresh_token"]).status_code == 200
    rotated = kept.refresh(tokens[kept.id]["refresh_token"]).json()
    await waiting.goto(service_at(landing, demo).address())

    demo.kill_provider()
    demo_redis.flush()

    # Nobody was signed out.
    await page.goto(kept.address(prompt="none"))
    await has_arrived(page, landing)
    assert "code" in answer_in(page.url)
    await shop.reload()
    await expect(shop.locator("#signed-in-name")).to_have_text(citizen.name)
    await shop.click("#applications")
    await expect(shop.locator("#api-result")).to_be_visible()
    assert kept.userinfo(rotated["access_token"]).status_code == 200
    # What was begun begins again, or is asked at once.
    await waiting.click(ALLOW)
    await _begins_again(waiting, landing)
    # What was over stays over.
    assert ended.refresh(tokens[ended.id]["refresh_token"]).json()["error"] == "invalid_grant"
    assert ended.userinfo(tokens[ended.id]["access_token"]).status_code == 401
    assert ended.redeem(used).json()["error"] == "invalid_grant"
    assert kept.refresh(rotated["refresh_token"]).status_code == 200
    # An old member of the family is still known to be old, and ends it.
    assert kept.refresh(tokens[kept.id]["refresh_token"]).json()["error"] == "invalid_grant"
    assert kept.userinfo(rotated["access_token"]).status_code == 401


async def test_an_ended_session_stays_ended_over_a_restart(
    context: BrowserContext, demo: Demo, landing: Landing
) -> None:
    page, service = await context.new_page(), service_at(landing, demo)
    await page.goto(service.address(scope="openid"))
    await sign_in(page, demo.newcomer())
    await has_arrived(page, landing)
    stolen = [cookie for cookie in await context.cookies() if cookie["name"].endswith("session")]
    await page.goto(f"{demo.issuer}/logout")
    await page.click("button[name=logout]")
    await expect(page.locator("h1")).to_have_text("Đã đăng xuất")
    demo.kill_provider()
    await context.add_cookies([{"name": one["name"], "value": one["value"], "url": demo.issuer} for one in stolen])
    await page.goto(service.address(scope="openid", prompt="none"))
    await has_arrived(page, landing)
    assert answer_in(page.url)["error"] == "login_required"
