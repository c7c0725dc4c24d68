"""The PIN of a code card at a counter: on a device of the citizen's, once, and for nobody but whom it is of."""

import re
from collections.abc import AsyncIterator

import pytest

from idp.kernel.level import Level
from tests.doors.counter_house import (
    NAME,
    NUMBER,
    PIN,
    CounterHouse,
    choose_pin,
    open_counter_house,
    printed,
    two,
)


@pytest.fixture
async def counter(sqlite_url: str) -> AsyncIterator[CounterHouse]:
    async with open_counter_house(sqlite_url) as house:
        yield house


async def test_one_officer_alone_makes_no_card_for_an_account_that_was_there(counter: CounterHouse) -> None:
    await counter.citizen("lai.pham@thu.example.vn", more_logins=(NUMBER,), level=Level.LOW)
    first, second = await two(counter)
    page = await counter.handed_over(first)
    case = page.path
    assert "Mở thiết bị" not in page.text
    answer = await first.browser.post(case, {"csrf": "x", "act": "pad"}.items())
    assert answer.status == 403
    await counter.decide(second, case)
    assert "Đã đặt mã PIN" in (await choose_pin(counter, first, case)).text
    assert len((await printed(counter, first, case))[1]) == 40


async def test_the_pad_takes_one_code_once_and_no_pin_that_is_easily_guessed(counter: CounterHouse) -> None:
    first, _ = await two(counter)
    case = (await counter.handed_over(first)).path
    page = await counter.enter(first, case)
    page = await first.browser.submit(page, "csrf", act="pad")
    found = re.search(r'id="pad-code">([^<]+)<', page.response.text)
    assert found is not None
    pad, thief = counter.browser(), counter.browser("198.51.100.9")
    wrong = await thief.submit(await thief.get("/pad"), "code", code="AAAA AAAA")
    assert "Mã không đúng" in wrong.text
    page = await pad.submit(await pad.get("/pad"), "code", code=found[1].lower())
    assert NAME in page.text
    again = await thief.submit(await thief.get("/pad"), "code", code=found[1])
    assert "Mã không đúng" in again.text, "a code opens one device"
    assert (await thief.get(page.path)).status == 410, "the address is of no use elsewhere"
    for pin, words in (("123456", "liên tiếp"), ("12", "6 đến 8"), ("120358", "ngày sinh"), ("111111", "lặp lại")):
        page = await pad.submit(page, "pin", pin=pin, pin_again=pin)
        assert words in page.text
    page = await pad.submit(page, "pin", pin=PIN, pin_again="739155")
    assert "không giống nhau" in page.text
    forged = await pad.post(page.path, {"transition": "x", "pin": PIN, "pin_again": PIN}.items())
    assert "Trang đã cũ" in forged.text
    page = await pad.submit(page, "pin", pin=PIN, pin_again=PIN)
    assert "Đã đặt mã PIN" in page.text
    assert (await pad.get(page.path)).status == 410
    assert PIN not in (await counter.enter(first, case)).response.text


async def test_guessing_codes_of_the_pad_is_slowed_down(counter: CounterHouse) -> None:
    browser, codes = counter.browser("198.51.100.7"), (f"AAAA{n:04}" for n in range(2222, 2999))
    page = await browser.get("/pad")
    for code in codes:
        page = await browser.submit(page, "code", code=code)
        if page.status == 429:
            return
    raise AssertionError("nobody was slowed down")


async def test_one_pin_is_one_card(counter: CounterHouse) -> None:
    first, _ = await two(counter)
    case = (await counter.handed_over(first)).path
    await choose_pin(counter, first, case)
    page = await counter.enter(first, case)
    form = page.form("csrf")
    assert (await first.browser.post(case, {**form.fields, "act": "card"}.items())).status == 200
    assert (await first.browser.post(case, {**form.fields, "act": "card"}.items())).status == 403
