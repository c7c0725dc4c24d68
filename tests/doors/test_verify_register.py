"""Verified by the population register from one's own pages: at once, when it is back, or not at all."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idp.app import create_app
from idp.audit import kinds
from idp.flows import register_check, verification_cases
from idp.flows.jobs.registers import WAITERS
from idp.identity.verification_case import CasePolicy
from idp.kernel.level import Level
from idp.ops.health import Readiness
from idp.ops.metrics import Metrics
from idp.settings import load
from sandbox.population_register.faults import Fault
from tests.doors.little_browser import Browser, Page
from tests.doors.people_house import Citizen
from tests.doors.register_house import LAI, RegisterHouse, open_register_house

PATH = "/account/verify/register"
SAID = {
    "number": LAI.number,
    "name": LAI.name,
    "birthdate": LAI.birthdate,
    "gender": LAI.gender,
    "agree": "yes",
}
MAIL = "lai@basic.example"


@pytest.fixture
async def town(stores: tuple[str, str | None], tmp_path: Path) -> AsyncIterator[RegisterHouse]:
    async with open_register_house(*stores, tmp_path) as house:
        policies = replace(house.hall.policies, cases=CasePolicy(routes=frozenset({"register"})))
        house.hall = replace(house.hall, policies=policies)
        settings = load({"ISSUER": house.origin})
        house.app = create_app(house.hall, settings, lambda: house.now, Metrics(), Readiness({}))
        yield house


async def newcomer(town: RegisterHouse, login: str = MAIL, **facts: Any) -> Citizen:
    """Somebody who has an e-mail address here, and nothing that anybody verified."""
    return await town.citizen(login, level=Level.BASIC, email=login, **facts)


async def send(town: RegisterHouse, browser: Browser, citizen: Citizen, **said: str) -> Page:
    page = await browser.get(PATH)
    page = await town.sign_in(browser, page, citizen) if page.step == "login" else page
    return await browser.post(PATH, {**page.form("csrf").fields, **SAID, **said}.items())


async def come_back(town: RegisterHouse) -> None:
    waiters = {kind: resume(town.hall) for kind, resume in WAITERS.items()}
    await register_check.ask_due(town.hall, waiters, town.now)


async def level_of(town: RegisterHouse, citizen: Citizen) -> Level:
    async with town.hall.db.read() as tx:
        person = await tx.persons.get(citizen.person.id)
    assert person is not None
    return person.level


async def test_what_agrees_counts_after_its_day_and_the_number_is_theirs(town: RegisterHouse) -> None:
    lai, browser = await newcomer(town), town.browser()
    page = await send(town, browser, lai)
    assert "Đã khớp, đang chờ đủ thời gian" in page.text
    async with town.hall.db.read() as tx:
        assert await tx.persons.find("national_id", LAI.number) is None, "what waits reserves nothing"
    town.pass_time(days=1)
    assert await verification_cases.settle_due(town.hall, town.now) == 1
    assert await level_of(town, lai) is Level.LOW
    async with town.hall.db.read() as tx:
        assert await tx.persons.find("national_id", LAI.number) == lai.person.id
        [done] = await tx.verifications.of_person(lai.person.id)
    assert done.claims["qn:pin"] == LAI.number
    assert done.pieces[0].details["record"]["type"] == "population_register"


async def test_a_register_that_is_away_is_waited_for_and_nothing_is_sent_again(town: RegisterHouse) -> None:
    lai, browser = await newcomer(town), town.browser()
    await town.stop()
    page = await send(town, browser, lai)
    assert "Đang chờ cơ sở dữ liệu" in page.text
    again = await send(town, browser, lai)
    assert again.path == page.path, "whoever comes again finds what waits"
    await town.start()
    town.pass_time(minutes=10)
    await come_back(town)
    assert "Đã khớp" in (await browser.get(page.path)).text
    assert len(await town.events(kinds.REGISTER_ASKED)) == 1


@pytest.mark.parametrize(
    ("said", "fault", "told"),
    [
        ({"name": "Phạm Thị Lan"}, None, "không khớp với Cơ sở dữ liệu"),
        ({"name": "Pham Thi Lai"}, None, "gần khớp"),
        ({}, Fault.REVOKED, "đã bị hủy"),
        ({}, Fault.DECEASED, "đã mất"),
    ],
)
async def test_what_does_not_agree_is_refused_with_its_basis_and_the_way_to_complain(
    town: RegisterHouse, said: dict[str, str], fault: Fault | None, told: str
) -> None:
    lai, browser = await newcomer(town), town.browser()
    if fault is not None:
        await town.fault(fault)
    page = await send(town, browser, lai, **said)
    assert told in page.text
    assert "Khiếu nại" in page.text
    assert "Nghị định" in page.text
    async with town.hall.db.read() as tx:
        [review] = await tx.cases.of_person(lai.person.id)
    assert review.kind == verification_cases.REFUSED_KIND
    assert await level_of(town, lai) is Level.BASIC


async def test_another_persons_number_opens_a_dispute_at_once(town: RegisterHouse) -> None:
    bearer = await town.lai()
    thief, browser = await newcomer(town), town.browser()
    page = await send(town, browser, thief)
    assert "đã thuộc về một tài khoản khác" in page.text
    async with town.hall.db.read() as tx:
        [dispute] = await tx.cases.of_person(bearer)
    assert dispute.kind == "identity_already_bound"
    assert await town.events(kinds.REGISTER_ASKED) == [], "nobody asks about a stranger's number"


async def test_it_is_no_way_to_guess_somebodys_birthday(town: RegisterHouse) -> None:
    lai, browser = await newcomer(town), town.browser()
    for day in range(1, 4):
        page = await send(town, browser, lai, birthdate=f"1958-04-0{day}")
        assert "không khớp" in page.text
    assert "Bạn đã thử 3 lần" in (await send(town, browser, lai)).text
    assert len(await town.events(kinds.REGISTER_ASKED)) == 3


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"number": "12"}, "đúng 12 chữ số"),
        ({"gender": "male"}, "không hợp với ngày sinh"),
        ({"birthdate": "1985-02-30"}, "Ngày sinh không đúng"),
        ({"agree": ""}, "Cần có sự đồng ý"),
        ({"name": " "}, "Chưa điền"),
        ({"number": "051158990137\u0661", "gender": "\x7f"}, "Chưa điền"),
    ],
)
async def test_what_can_not_be_asked_is_said_in_the_form(town: RegisterHouse, said: dict[str, str], told: str) -> None:
    lai = await newcomer(town)
    page = await send(town, town.browser(), lai, **said)
    assert page.path == PATH
    assert told in page.text
    assert await town.events(kinds.VERIFICATION_BEGUN) == []


async def test_whoever_no_notice_would_reach_is_asked_for_an_address_first(town: RegisterHouse) -> None:
    lai, browser = await newcomer(town, email_verified=False), town.browser()
    page = await town.sign_in(browser, await browser.get(PATH), lai)
    assert "Trước hết hãy thêm" in page.text
    assert 'name="number"' not in page.text


async def test_its_owner_stops_it_and_a_stranger_does_not_find_it(town: RegisterHouse) -> None:
    lai, browser = await newcomer(town), town.browser()
    page = await send(town, browser, lai)
    other, stranger = await newcomer(town, "khac@basic.example"), town.browser()
    theirs = await town.sign_in(stranger, await stranger.get(page.path), other)
    assert theirs.status == 404
    assert "Đã dừng" in (await browser.submit(page, "csrf", act="stop")).text
    town.pass_time(days=2)
    assert await verification_cases.settle_due(town.hall, town.now) == 0
    assert await level_of(town, lai) is Level.BASIC


async def test_nobody_is_asked_about_whoever_stopped_waiting(town: RegisterHouse) -> None:
    lai, browser = await newcomer(town), town.browser()
    await town.stop()
    page = await send(town, browser, lai)
    assert "Đã dừng" in (await browser.submit(page, "csrf", act="stop")).text
    await town.start()
    town.pass_time(minutes=10)
    await come_back(town)
    assert await town.events(kinds.REGISTER_ANSWERED) == []
    assert len(await town.events(kinds.REGISTER_WITHDRAWN)) == 1


async def test_a_service_that_waits_is_one_click_away(town: RegisterHouse) -> None:
    service = await town.register(offers_verification=True)
    lai, browser = await newcomer(town), town.browser()
    page = await town.ask(browser, service, acr_values=f"{town.origin}/loa/low")
    page = await town.sign_in(browser, page, lai)
    assert page.step == "verify"
    page = await browser.get(page.link("/account/verify/register"))
    page = await browser.post(PATH, {**page.form("csrf").fields, **SAID}.items())
    town.pass_time(days=1)
    await verification_cases.settle_due(town.hall, town.now)
    page = await town.sign_in(browser, await browser.get(page.path), lai)
    assert "Tiếp tục với Một cửa" in page.text
    answered = await town.ask(browser, service, acr_values=f"{town.origin}/loa/low")
    assert answered.answer["code"]
