"""A citizen's own history: what stands in it, for whom, and how one gets through it."""

import re

import pytest

from idp.audit import kinds
from idp.audit.event import Event, event
from idp.flows import history
from tests.doors.little_browser import Browser, Page
from tests.doors.own_authenticators import add_app, go
from tests.doors.people_house import Citizen, PeopleHouse, terms_of

PATH = "/account/history"
ANDROID = {"user-agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36"}


@pytest.fixture
async def lai(town: PeopleHouse) -> Citizen:
    return await town.citizen()


async def at_history(town: PeopleHouse, browser: Browser, citizen: Citizen, query: str = "") -> Page:
    town.pass_time(seconds=1)
    page = await browser.get(PATH + query)
    return await town.sign_in(browser, page, citizen) if page.step == "login" else page


def entries(page: Page) -> list[str]:
    """The addresses of the lines, top to bottom."""
    return [href for href, _ in page.links if re.fullmatch(PATH + r"/\d+-[\w-]+", href)]


async def open_entry(browser: Browser, page: Page, words: str) -> Page:
    """The first line that says this, in full."""
    found = re.search(rf'<a href="({PATH}/[\w-]+)">[^<]*{words}', page.response.text)
    assert found, page.text
    return await browser.get(found[1])


async def test_what_a_service_learned_stands_there_with_purpose_and_legal_basis(people: PeopleHouse) -> None:
    lai = await people.citizen()
    service = await people.register(terms=terms_of(profile="task", email="consent"))
    browser = people.browser(headers=ANDROID)
    tokens = await people.tokens_of(browser, service, lai, scope="openid profile email")
    for _ in range(3):
        assert (await people.userinfo(tokens["access_token"])).status_code == 200
    page = await at_history(people, browser, lai)
    assert page.response.headers["cache-control"] == "no-store"
    for said in (
        "Hôm nay",
        "Một cửa nhận:",
        "Họ và tên, Ngày sinh",
        "Email",
        "Bạn cho phép chia sẻ thông tin",
        "Đăng nhập",
        "Mật khẩu",
        "Chrome trên Android",
    ):
        assert said in page.text
    one = await open_entry(browser, page, "Một cửa nhận")
    assert one.status == 200
    for said in ("Nhiệm vụ theo luật", "Bạn đồng ý", "Điền sẵn tờ khai", "Điều 9 Luật mẫu", "Dịch vụ", "Email"):
        assert said in one.text
    assert lai.person.id not in one.response.text
    issued = await open_entry(browser, page, "Dịch vụ nhận xác nhận đăng nhập")
    for said in ("Dịch vụ được phép nhận", "Nhiệm vụ theo luật", "Điều 9 Luật mẫu"):
        assert said in issued.text
    await people.refresh(service, tokens["refresh_token"])
    for kind in (kinds.CODE_ISSUED, kinds.TOKENS_ISSUED, kinds.TOKENS_REFRESHED, kinds.USERINFO_RELEASED):
        [event] = await people.events(kind)
        assert event.purpose == "profile=task email=consent", kind


async def test_the_words_are_those_of_the_day_though_the_service_has_others_by_now(
    town: PeopleHouse, lai: Citizen
) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    browser = town.browser()
    tokens = await town.tokens_of(browser, service, lai, scope="openid profile")
    await town.userinfo(tokens["access_token"])
    await town.change(service, terms=terms_of(purpose="Mục đích khác hẳn", profile="task"))
    page = await at_history(town, browser, lai)
    one = await open_entry(browser, page, "Một cửa nhận")
    assert "Điền sẵn tờ khai" in one.text
    assert "Mục đích khác hẳn" not in one.text
    assert "Bạn đồng ý" in one.text


async def test_failed_tries_are_one_line_and_a_change_names_its_method(town: PeopleHouse) -> None:
    lai = await town.citizen(totp=True)
    service, thief, browser = await town.register(), town.browser("198.51.100.3"), town.browser()
    page = await town.ask(thief, service)
    for _ in range(3):
        page = await thief.submit(page, "username", username=lai.login, password="sai rồi")
    await add_app(town, browser, lai)
    page = await at_history(town, browser, lai)
    assert "Đăng nhập không thành công 3 lần từ" in page.text
    assert "Thêm cách đăng nhập" in page.text
    one = await open_entry(browser, page, "Thêm cách đăng nhập")
    assert "Ứng dụng xác thực" in one.text
    assert "Bạn" in one.text


async def test_filters_show_one_kind_alone_and_say_when_there_is_nothing(town: PeopleHouse, lai: Citizen) -> None:
    service, browser = await town.register(terms=terms_of(profile="consent")), town.browser()
    await town.tokens_of(browser, service, lai, scope="openid profile")
    sign_ins = await at_history(town, browser, lai, "?show=sign_ins")
    assert "Đăng nhập" in sign_ins.text
    assert "Bạn cho phép chia sẻ thông tin" not in sign_ins.text
    changes = await at_history(town, browser, lai, "?show=changes")
    assert "Bạn cho phép chia sẻ thông tin" in changes.text
    assert "Dịch vụ nhận xác nhận đăng nhập" not in changes.text
    assert 'aria-current="true"' in changes.response.text
    newcomer = await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin", email="rin@thu.example.vn")
    other = town.browser()
    await at_history(town, other, newcomer)
    assert "Không có mục nào" in (await other.get(PATH + "?show=releases")).text
    assert (await other.get(PATH + "?show=<script>&before=x'--")).status == 200


async def test_one_comes_through_all_of_it_page_by_page_and_meets_every_entry_once(
    town: PeopleHouse, lai: Citizen
) -> None:
    browser = town.browser()
    await at_history(town, browser, lai)
    for _ in range(70):
        town.pass_time(minutes=1)
        async with town.hall.db.tx() as tx:
            await tx.events.append(_renamed(town, lai))
    town.pass_time(days=1)
    page, seen = await at_history(town, browser, lai), []
    for _ in range(10):
        seen += entries(page)
        older = [href for href, said in page.links if "before=" in href and "hreflang" not in said]
        if not older:
            break
        page = await browser.get(older[0])
    assert len(seen) == len(set(seen)) == 73
    assert "Về mới nhất" in page.text


async def test_a_day_of_renewals_takes_one_line_and_does_not_hide_what_was_before(
    town: PeopleHouse, lai: Citizen
) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    browser = town.browser()
    tokens = await town.tokens_of(browser, service, lai, scope="openid profile")
    for _ in range(45):
        answer = await town.refresh(service, tokens["refresh_token"])
        tokens = answer.json()
    page = await at_history(town, browser, lai)
    assert "Dịch vụ gia hạn quyền truy cập 45 lần" in page.text
    assert "Bạn cho phép chia sẻ thông tin" in page.text


def _renamed(town: PeopleHouse, citizen: Citizen) -> Event:
    me = citizen.person.id
    told = {"method": "totp", "authenticator_id": "a"}
    return event(kinds.AUTHENTICATOR_RENAMED, at=town.now, actor=f"person:{me}", person_id=me, **told)


async def test_nobody_reads_an_entry_of_somebody_else_by_any_address(town: PeopleHouse, lai: Citizen) -> None:
    browser, other = town.browser(), town.browser()
    rin = await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin", email="rin@thu.example.vn")
    theirs = entries(await at_history(town, browser, lai))[0]
    own = entries(await at_history(town, other, rin))[0]
    number, _, tag = theirs.removeprefix(PATH + "/").partition("-")
    forged = (theirs, theirs[:-1], f"{PATH}/{number}", f"{PATH}/{number}-", f"{PATH}/0{number}-{tag}", f"{PATH}/x-y")
    more = (f"{PATH}/{'9' * 50}-{tag}", f"{PATH}/٣-{tag}", f"{PATH}/{number}-{own.rpartition('-')[2]}")
    for address in (*forged, *more):
        assert (await other.get(address)).status == 404, address
    for address in forged:
        cursor = address.removeprefix(PATH + "/")
        assert entries(await other.get(PATH, before=cursor)) == entries(await other.get(PATH))
    assert (await other.get(own)).status == 200
    hall = town.hall
    assert await history.one(hall, rin.person.id, theirs.removeprefix(PATH + "/"), town.now) is None


async def test_an_event_that_is_not_for_people_has_no_page(town: PeopleHouse, lai: Citizen) -> None:
    service, browser = await town.register(terms=terms_of(profile="consent")), town.browser()
    await town.tokens_of(browser, service, lai, scope="openid profile")
    async with town.hall.db.read() as tx:
        [made] = await tx.events.page(person_id=lai.person.id, kind=kinds.PSEUDONYM_MADE)
    handle = history.handle_of(town.hall, lai.person.id, made.id)
    assert await history.one(town.hall, lai.person.id, handle, town.now) is None
    assert (await go(town, browser, f"{PATH}/{handle}", lai)).status == 404


async def test_an_entry_asks_for_a_sign_in_and_then_comes_back_to_itself(town: PeopleHouse, lai: Citizen) -> None:
    address = entries(await at_history(town, town.browser(), lai))[0]
    browser = town.browser()
    page = await browser.get(address)
    assert page.step == "login"
    assert (await town.sign_in(browser, page, lai)).path == address
