"""Verified by the chip of one's card from one's own pages: a genuine one, forgeries, hostile files."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from idp.app import create_app
from idp.audit import kinds
from idp.flows import chip_trust, verification_cases
from idp.flows.verify_by_chip import COPIED
from idp.identity.verification_case import CasePolicy, CaseState
from idp.kernel.level import Level
from idp.ops.health import Readiness
from idp.ops.metrics import Metrics
from idp.settings import load
from idp.storage.errors import AlreadyExists
from idp.storage.persons import Persons
from sandbox.chip.forgeries import FORGERIES
from sandbox.chip.issue import Issued, Plan, issue, plan
from sandbox.vneid.people import citizens
from tests.doors.little_browser import Browser, Page
from tests.doors.people_house import Citizen, PeopleHouse, open_people_house

PATH = "/account/verify/chip"
NUMBER = "051158990137"
MAIL = "lai@basic.example"


@pytest.fixture
async def town(stores: tuple[str, str | None]) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(*stores) as house:
        policies = replace(house.hall.policies, cases=CasePolicy(routes=frozenset({"chip"})))
        house.hall = replace(house.hall, policies=policies)
        house.app = create_app(house.hall, load({"ISSUER": house.origin}), lambda: house.now, Metrics(), Readiness({}))
        made = issue(card(house))
        files = [(str(number), octets) for number, octets in enumerate(made.anchors)]
        proposed = await chip_trust.propose(house.hall, files, "cli:an", house.now)
        await chip_trust.approve(house.hall, proposed.proposal.anchors.fingerprint, "cli:binh", house.now)
        yield house
        await house.hall.chips.close()


def card(house: PeopleHouse, number: str = NUMBER, chip: str | None = None) -> Plan:
    return plan(citizens()[number], house.now, chip=chip)


async def newcomer(town: PeopleHouse, login: str = MAIL, **facts: Any) -> Citizen:
    return await town.citizen(login, level=Level.BASIC, email=login, **facts)


async def arrive(town: PeopleHouse, browser: Browser, citizen: Citizen) -> Page:
    page = await browser.get(PATH)
    return await town.sign_in(browser, page, citizen) if page.step == "login" else page


async def send(browser: Browser, page: Page, document: bytes, **changes: str) -> Page:
    fields = {**page.form("csrf").fields, "agree": "yes", **changes}
    return await browser.send_file(PATH, fields, "upload", document)


async def level_of(town: PeopleHouse, citizen: Citizen) -> Level:
    async with town.hall.db.read() as tx:
        person = await tx.persons.get(citizen.person.id)
    assert person is not None
    return person.level


def answering(town: PeopleHouse, page: Page, **more: Any) -> Issued:
    """The reader has the chip answer the challenge that stands on the page."""
    asked = base64.b64decode(page.form("csrf").fields["challenge"])
    return issue(replace(card(town, chip="ec"), challenge=asked, **more))


async def test_a_genuine_card_counts_after_its_day_and_until_it_expires(town: PeopleHouse) -> None:
    lai, browser = await newcomer(town), town.browser()
    page = await arrive(town, browser, lai)
    page = await send(browser, page, answering(town, page).document)
    assert "Đã khớp, đang chờ đủ thời gian" in page.text
    town.pass_time(days=1)
    assert await verification_cases.settle_due(town.hall, town.now) == 1
    assert await level_of(town, lai) is Level.LOW
    async with town.hall.db.read() as tx:
        assert await tx.persons.find("national_id", NUMBER) == lai.person.id
        [done] = await tx.verifications.of_person(lai.person.id)
    assert done.claims["qn:pin"] == NUMBER
    assert done.pieces[0].details["clone_check"] == "passed"
    assert done.ends_at is None or done.ends_at > town.now


@pytest.mark.parametrize("name", ["bent-signature", "another-face", "self-made", "no-dg13"])
async def test_every_forgery_says_what_is_wrong_and_how_to_complain(town: PeopleHouse, name: str) -> None:
    """One of each kind; all of them are tried in tests/crypto/chip."""
    lai, browser = await newcomer(town), town.browser()
    page = await send(browser, await arrive(town, browser, lai), issue(FORGERIES[name].change(card(town))).document)
    assert "Chưa xác minh được" in page.text
    assert "Khiếu nại" in page.text
    [moved] = await town.events(kinds.VERIFICATION_MOVED)
    assert moved.changed["reason"] == FORGERIES[name].code
    assert await level_of(town, lai) is Level.BASIC


async def test_a_challenge_is_answered_once_and_by_whom_it_was_shown(town: PeopleHouse) -> None:
    lai, browser = await newcomer(town), town.browser()
    page = await arrive(town, browser, lai)
    other, elsewhere = await newcomer(town, "khac@basic.example"), town.browser()
    theirs = await arrive(town, elsewhere, other)
    made = answering(town, page)
    copied = await send(elsewhere, theirs, made.document, challenge=page.form("csrf").fields["challenge"])
    assert "Chưa xác minh được" in copied.text
    [moved] = [one for one in await town.events(kinds.VERIFICATION_MOVED) if one.changed["state"] == "refused"]
    assert moved.changed["reason"] == "aa_challenge_mismatch"


async def test_one_card_under_two_accounts_is_an_alarm(town: PeopleHouse) -> None:
    made = issue(card(town)).document
    lai, browser = await newcomer(town), town.browser()
    await send(browser, await arrive(town, browser, lai), made)
    thief, elsewhere = await newcomer(town, "khac@basic.example"), town.browser()
    page = await send(elsewhere, await arrive(town, elsewhere, thief), made)
    assert "đã thuộc về một tài khoản khác" in page.text
    async with town.hall.db.read() as tx:
        assert [one.kind for one in await tx.cases.of_person(lai.person.id)] == [COPIED]


async def test_a_signer_that_is_revoked_while_the_card_stands_its_day_gives_nothing(town: PeopleHouse) -> None:
    lai, browser = await newcomer(town), town.browser()
    made = card(town)
    await send(browser, await arrive(town, browser, lai), issue(made).document)
    revoking = issue(replace(made, revoked=(made.dsc.serial,)))
    await chip_trust.import_crl(town.hall, revoking.crls[0], "cli:an", town.now)
    town.pass_time(days=1)
    assert await verification_cases.settle_due(town.hall, town.now) == 0
    assert await level_of(town, lai) is Level.BASIC
    [moved] = [one for one in await town.events(kinds.VERIFICATION_MOVED) if one.changed["state"] == "refused"]
    assert moved.changed["reason"] == "dsc_revoked"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (b"", "Chưa chọn tệp"),
        (b"\x00\xff{", "Dữ liệu gửi lên không đúng"),
        (b"[" * 100_000, "Dữ liệu gửi lên không đúng"),
    ],
)
async def test_a_hostile_file_is_refused_and_nothing_is_half_made(
    town: PeopleHouse, document: bytes, told: str
) -> None:
    lai, browser = await newcomer(town), town.browser()
    assert told in (await send(browser, await arrive(town, browser, lai), document)).text
    async with town.hall.db.read() as tx:
        assert [one.runs for one in await tx.verification_cases.of_person(lai.person.id)] in ([], [False])


async def test_what_is_too_large_is_not_read(town: PeopleHouse) -> None:
    lai, browser = await newcomer(town), town.browser()
    page = await send(browser, await arrive(town, browser, lai), b" " * (5 * 1024 * 1024))
    assert "tối đa 4 MiB" in page.text
    assert await town.events(kinds.VERIFICATION_BEGUN) == []


async def test_whoever_tried_too_often_or_waits_already_costs_no_work(
    town: PeopleHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a chip takes a worker from everybody else."""
    lai, browser = await newcomer(town), town.browser()
    page = await arrive(town, browser, lai)
    made = issue(card(town)).document
    page = await send(browser, page, made)
    work: list[bytes] = []
    monkeypatch.setattr(town.hall.chips, "verify_chip", lambda document, *_: work.append(document))
    assert (await send(browser, await browser.get(PATH), made)).path == page.path
    await browser.submit(page, "csrf", act="stop")
    async with town.hall.db.unaudited_tx() as tx:
        for _ in range(2):
            case = verification_cases.new_case(lai.person, "chip", town.now, actor="test", target=Level.LOW)
            begun = await verification_cases.begin(tx, case)
            await verification_cases.move(tx, begun, CaseState.STOPPED, town.now, actor="test")
    assert "Bạn đã thử 3 lần" in (await send(browser, await browser.get(PATH), made)).text
    assert work == []


async def test_of_two_accounts_at_once_the_second_finds_the_card_taken(
    town: PeopleHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    lai, browser = await newcomer(town), town.browser()
    page = await arrive(town, browser, lai)
    true, tried = Persons.identify, []

    async def beaten(self: Persons, person_id: str, kind: str, value: str) -> None:
        tried.append(kind)
        if len(tried) == 1:
            raise AlreadyExists
        await true(self, person_id, kind, value)

    monkeypatch.setattr(Persons, "identify", beaten)
    assert "Đã khớp, đang chờ đủ thời gian" in (await send(browser, page, issue(card(town)).document)).text


async def test_who_came_first_with_a_copy_and_stopped_keeps_nobody_from_their_own_card(town: PeopleHouse) -> None:
    """A claimed number reserves nothing; that the same card came twice is an alarm all the same."""
    made = issue(card(town)).document
    thief, elsewhere = await newcomer(town, "khac@basic.example"), town.browser()
    page = await send(elsewhere, await arrive(town, elsewhere, thief), made)
    await elsewhere.submit(page, "csrf", act="stop")
    lai, browser = await newcomer(town), town.browser()
    page = await send(browser, await arrive(town, browser, lai), made)
    assert "Đã khớp, đang chờ đủ thời gian" in page.text
    async with town.hall.db.read() as tx:
        assert [one.kind for one in await tx.cases.of_person(thief.person.id)] == [COPIED]
    page = await send(elsewhere, await elsewhere.get(PATH), made)
    assert "đã thuộc về một tài khoản khác" in page.text, "now it is whose owner waits their day"
