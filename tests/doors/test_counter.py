"""Verification at a counter over HTTP: two officers, a citizen, a pad; and everybody who tries to get round them."""

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.audit import kinds
from idp.kernel.level import Level
from tests.doors.counter_house import (
    BA_TO,
    CONSENT,
    DUC_PHO,
    MANG_RI,
    NAME,
    NUMBER,
    PAPERS,
    PIN,
    QR,
    TICKS,
    CounterHouse,
    choose_pin,
    open_counter_house,
    printed,
    sign_in_by_card,
    two,
)
from tests.doors.own_authenticators import enrolled


@pytest.fixture
async def either(stores: tuple[str, str | None]) -> AsyncIterator[CounterHouse]:
    async with open_counter_house(*stores) as house:
        yield house


@pytest.fixture
async def counter(sqlite_url: str) -> AsyncIterator[CounterHouse]:
    async with open_counter_house(sqlite_url) as house:
        yield house


async def test_from_nothing_to_a_level_that_a_service_accepts(either: CounterHouse) -> None:
    counter = either
    first, second = await two(counter)
    page = await counter.opened(first)
    case = page.path
    page = await counter.prepared(first, page)
    assert "Đang chờ người thứ hai" in page.text
    assert DUC_PHO in page.text
    assert await counter.level_of() is Level.LOW
    page = await choose_pin(counter, first, case)
    assert "Đã đặt mã PIN" in page.text
    number, codes = await printed(counter, first, case)
    assert len(codes) == 40
    queue = await counter.enter(second)
    assert queue.leads_to(case)
    page = await counter.decide(second, case)
    assert "Danh tính đã được xác minh" in page.text
    assert await counter.level_of() is Level.SUBSTANTIAL
    service, browser = await counter.register(), counter.browser()
    page = await counter.ask(browser, service, acr_values=f"{counter.origin}/loa/substantial")
    page = await sign_in_by_card(page, browser, number, codes)
    tokens = await counter.exchanged(service, page)
    told = await counter.introspect(service, tokens["access_token"])
    assert told["acr"] == f"{counter.origin}/loa/substantial"
    receipt = await counter.enter(first, f"{case}/receipt")
    assert case.rpartition("/")[2] in receipt.text
    assert BA_TO in receipt.text
    assert DUC_PHO in receipt.text
    assert "khiếu nại" in receipt.text.lower()
    async with counter.hall.db.read() as tx:
        person_id = await tx.persons.find("national_id", NUMBER)
        rows = sorted(await tx.verifications.of_person(person_id or ""), key=lambda row: row.level)
    assert [(row.route, row.level, row.ended_why) for row in rows] == [
        ("counter", Level.LOW, "superseded"),
        ("counter", Level.SUBSTANTIAL, None),
    ]
    assert [check.method for check in rows[1].pieces[0].checks] == ["vpip", "pvp"]
    assert {check.by for check in rows[1].pieces[0].checks} == {BA_TO}
    assert rows[1].process == case.rpartition("/")[2]
    assert [event.changed["unit"] for event in await counter.events(kinds.SECOND_DRAWN)] == [DUC_PHO]
    assert len(await counter.events(kinds.COUNTER_PIN_SET)) == 1


async def test_a_scan_fills_in_the_form_and_proves_nothing(counter: CounterHouse) -> None:
    first, _ = await two(counter)
    page = await counter.enter(first, "/admin/open/counter")
    page = await first.browser.submit(page, "scan", scan=QR, act="read")
    form = page.form("name")
    assert form.fields["number"] == NUMBER
    assert form.fields["name"] == NAME
    assert form.fields["birthdate"] == "12/03/1958"
    assert "không có chữ ký" in page.text
    assert await counter.level_of() is None, "nothing was stored"
    page = await first.browser.submit(page, "scan", scan="051158990137", act="read")
    assert "Không đọc được" in page.text


@given(scan=st.text(max_size=300), fields=st.dictionaries(st.sampled_from(sorted(PAPERS)), st.text(max_size=60)))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_whatever_is_typed_at_a_desk_is_answered_by_the_form(
    counter: CounterHouse, scan: str, fields: dict[str, str]
) -> None:
    seat = counter.seats.get("desk") or await counter.seat(BA_TO, "reception")
    counter.seats["desk"] = seat
    page = await counter.enter(seat, "/admin/open/counter")
    form = page.form("name")
    hostile = {name: text.encode("utf-8", "replace").decode().replace("\0", "") for name, text in fields.items()}
    scanned = scan.encode("utf-8", "replace").decode().replace("\0", "")
    read = await seat.browser.post(form.action, {**form.fields, "scan": scanned, "act": "read"}.items())
    assert read.status == 200
    typed = {**form.fields, **PAPERS, "number": "12", **hostile, "act": "open"}
    answer = await seat.browser.post(form.action, typed.items())
    assert answer.status == 200
    assert answer.has_form("number")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"number": "0511589901"}, "12 chữ số"),
        ({"number": "051958990137"}, "12 chữ số"),
        ({"name": " "}, "Họ tên"),
        ({"birthdate": "31/02/1958"}, "Ngày sinh"),
        ({"birthdate": "12/03/2958"}, "Ngày sinh"),
        ({"gender": "x"}, "giới tính"),
        ({"endless": "no"}, "ngày hết hạn"),
        ({"expires": "01/01/2040"}, "ngày hết hạn"),
    ],
)
async def test_papers_that_can_not_be_are_told_and_nothing_is_stored(
    counter: CounterHouse, changed: dict[str, str], words: str
) -> None:
    first = await counter.seat(BA_TO, "reception")
    page = await counter.opened(first, **changed)
    assert words in page.text
    assert page.path == "/admin/open/counter"
    assert await counter.level_of() is None


async def test_every_box_and_the_consent_are_asked_for(counter: CounterHouse) -> None:
    first, _ = await two(counter)
    page = await counter.opened(first)
    case = page.path
    for ticks in (TICKS[1:], TICKS[:-1], ()):
        page = await counter.prepared(first, await counter.enter(first, case), ticks)
        assert "Còn việc chưa làm" in page.text
    for missing, words in (
        ({"reading": ""}, "bằng cách nào"),
        ({"helper": ""}, "người phiên dịch"),
        ({"mark": "witness_signature"}, "đã ký thay"),
    ):
        page = await counter.prepared(first, await counter.enter(first, case), **missing)
        assert words in page.text
    assert await counter.level_of() is Level.BASIC
    assert "Đang chờ người thứ hai" in (await counter.prepared(first, await counter.enter(first, case))).text


async def test_an_expired_card_is_refused_with_its_basis_and_its_number_is_free_again(counter: CounterHouse) -> None:
    first, _ = await two(counter)
    page = await counter.opened(first, endless="no", expires="21/09/2025")
    assert "hết hạn" in page.text
    assert "Luật Căn cước" in page.text
    assert "khiếu nại" in page.text.lower()
    assert await counter.level_of() is None
    opened = await counter.events(kinds.CASE_OPENED)
    assert [event.changed["reason"] for event in opened] == ["verification_refused"]
    assert opened[0].changed["case_id"] in page.text


async def test_a_doubt_about_the_number_is_a_question_for_two_and_no_refusal(counter: CounterHouse) -> None:
    first, second = await two(counter)
    page = await counter.opened(first, gender="male")
    case = page.path
    assert "giới tính khác với thẻ" in page.text
    page = await counter.prepared(first, page)
    assert "lời giải thích" in page.text
    page = await counter.prepared(first, page, doubts_reason="Quyết định cải chính 12/2019")
    assert "Đang chờ người thứ hai" in page.text
    page = await counter.enter(second, case)
    assert "Quyết định cải chính 12/2019" in page.text
    await counter.decide(second, case)
    assert await counter.level_of() is Level.SUBSTANTIAL


async def test_a_refusal_says_why_on_what_basis_and_leaves_nothing_half_made(counter: CounterHouse) -> None:
    first, second = await two(counter)
    page = await counter.opened(first)
    case = page.path
    await counter.prepared(first, page)
    await choose_pin(counter, first, case)
    number, codes = await printed(counter, first, case)
    page = await counter.decide(second, case, act="refuse", reason="portrait_differs", note="Người lạ")
    assert "Khuôn mặt chưa được nhận" in page.text
    assert "so chân dung" in page.text
    assert await counter.level_of() is None
    receipt = await counter.enter(first, f"{case}/receipt")
    assert "Khuôn mặt chưa được nhận" in receipt.text
    assert "khiếu nại" in receipt.text.lower()
    service, browser = await counter.register(), counter.browser()
    page = await counter.ask(browser, service)
    page = await browser.submit(page, "username", username=number, password=PIN)
    assert not page.is_answer
    assert (await counter.opened(first)).path.startswith("/admin/cases/"), "the number is free again"
    assert codes


async def test_somebody_elses_account_is_a_dispute_at_once(counter: CounterHouse) -> None:
    thief = await counter.citizen("0905990137", more_logins=(NUMBER,), name="Trần Văn Trộm", birthdate="1990-01-01")
    first, _ = await two(counter)
    page = await counter.opened(first)
    assert "họ tên hoặc ngày sinh khác" in page.text
    page = await counter.prepared(first, page)
    assert page.has_form("reading") or page.has_form("helper"), "it can't be ticked away"
    page = await first.browser.submit(page, "helper", act="dispute")
    assert "một tài khoản khác" in page.text
    async with counter.hall.db.read() as tx:
        (dispute,) = [one for one in await tx.cases.of_person(thief.person.id) if one.kind == "identity_already_bound"]
        assert await tx.persons.find("national_id", NUMBER) == thief.person.id
    assert dispute.id in page.text
    assert await counter.level_of() is Level.SUBSTANTIAL, "nothing of the account was changed by one hand"


async def test_what_the_citizen_does_not_recognise_is_gone_and_what_they_do_stays(counter: CounterHouse) -> None:
    known = await counter.citizen(
        "lai.pham@thu.example.vn", more_logins=(NUMBER,), level=Level.LOW, totp=True, phone_number_verified=True
    )
    before = counter.browser()
    page = await before.get("/account")
    await counter.sign_in(before, page, known)
    first, second = await two(counter)
    page = await counter.opened(first)
    assert "đăng nhập ở 1 nơi" in page.text
    boxes = dict(
        re.findall(
            r'name="kept" value="([^"]+)"[^>]*><label[^>]*>\s*([^<·]+?)\s*(?:·[^<]*)?</label>', page.response.text
        )
    )
    mine = [key for key, word in boxes.items() if html.unescape(word) in ("Mật khẩu", "Số điện thoại")]
    assert len(mine) == 2, boxes
    case = page.path
    await counter.prepared(first, page, kept=mine)
    page = await counter.enter(second, case)
    assert "Sẽ bị xóa" in page.text
    await counter.decide(second, case)
    assert [one.kind for one in await enrolled(counter, known)] == ["password"]
    async with counter.hall.db.read() as tx:
        person = await tx.persons.get(known.person.id)
        assert await tx.persons.find("email", "lai.pham@thu.example.vn") is None
        (kept,) = await tx.authenticators.of_person(known.person.id)
    assert person is not None
    assert person.level is Level.SUBSTANTIAL
    assert "email" not in person.facts
    assert "phone_number" in person.facts
    assert kept.level_cap is Level.HIGH
    assert (await before.get("/account")).step == "login", "whoever was signed in before is not any more"


async def test_witnesses_and_a_supervisor_give_low_and_never_more(counter: CounterHouse) -> None:
    first = await counter.seat(BA_TO, "reception")
    await counter.ready(await counter.seat(DUC_PHO, "verification"))
    manager = await counter.seat(MANG_RI, "supervisor")
    await counter.ready(manager)
    seen = [await counter.citizen(f"lc{n}@thu.example.vn", name=name) for n, name in enumerate(("Y Nga", "A Blum"))]
    await counter.citizen("nho@thu.example.vn", level=Level.LOW)
    page = await counter.opened(first, "witness", number="")
    case = page.path
    ticks = ("present", "values_compared", "witnesses_heard")
    for one, two_ in (("", ""), (seen[0].login, seen[0].login), (seen[0].login, "nho@thu.example.vn")):
        page = await counter.prepared(first, page, ticks, witness1=one, witness2=two_)
        assert "hai người làm chứng khác nhau" in page.text
    page = await counter.prepared(first, page, ticks, witness1=seen[0].login, witness2=seen[1].login)
    assert MANG_RI in page.text, "a manager, not just any second officer"
    await choose_pin(counter, first, case)
    number, codes = await printed(counter, first, case)
    await counter.decide(manager, case)
    service, browser = await counter.register(), counter.browser()
    page = await counter.ask(browser, service, acr_values=f"{counter.origin}/loa/low")
    page = await sign_in_by_card(page, browser, number, codes)
    told = await counter.introspect(service, (await counter.exchanged(service, page))["access_token"])
    assert told["acr"] == f"{counter.origin}/loa/low"


async def test_the_level_ends_with_the_card(counter: CounterHouse) -> None:
    first, second = await two(counter)
    last = counter.now + timedelta(days=30)
    case = (await counter.handed_over(first, endless="no", expires=f"{last:%d/%m/%Y}")).path
    await counter.decide(second, case)
    async with counter.hall.db.read() as tx:
        person = await tx.persons.get(await tx.persons.find("national_id", NUMBER) or "")
    assert person is not None
    assert person.level_ends_at is not None
    assert timedelta(days=29) < person.level_ends_at - counter.now <= timedelta(days=31)


async def test_consent_words_are_kept_for_the_second_and_then_no_longer(counter: CounterHouse) -> None:
    first, second = await two(counter)
    case = (await counter.handed_over(first)).path
    page = await counter.enter(second, case)
    assert CONSENT["helper"] in page.text
    assert "Điểm chỉ" in page.text
    await counter.decide(second, case)
    async with counter.hall.db.read() as tx:
        stored = await tx.verification_cases.get(case.rpartition("/")[2])
    assert stored is not None
    assert stored.details == {}
