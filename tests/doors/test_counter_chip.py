"""The chip of a card at the desk: what is signed outranks typing, and no reading is taken for another card's."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from idp.audit import kinds
from idp.flows import chip_trust
from idp.kernel.level import Level
from sandbox.chip.forgeries import FORGERIES
from sandbox.chip.issue import Issued, Plan, issue, plan
from sandbox.vneid.people import citizens
from tests.doors.counter_house import BA_TO, DUC_PHO, NUMBER, CounterHouse, Seat, open_counter_house, two
from tests.doors.little_browser import Page
from tests.doors.own_authenticators import enrolled


@pytest.fixture
async def counter(sqlite_url: str) -> AsyncIterator[CounterHouse]:
    async with open_counter_house(sqlite_url, chip=True) as house:
        files = [(str(number), octets) for number, octets in enumerate(issue(card(house)).anchors)]
        proposed = await chip_trust.propose(house.hall, files, "cli:an", house.now)
        await chip_trust.approve(house.hall, proposed.proposal.anchors.fingerprint, "cli:binh", house.now)
        yield house
        await house.hall.chips.close()


def card(house: CounterHouse, number: str = NUMBER, chip: str | None = None) -> Plan:
    return plan(citizens()[number], house.now, chip=chip)


def answering(house: CounterHouse, page: Page, **more: Any) -> Issued:
    asked = base64.b64decode(page.form("challenge").fields["challenge"])
    return issue(replace(card(house, chip="ec"), challenge=asked, **more))


async def send(seat: Seat, page: Page, document: bytes, **changes: str) -> Page:
    form = page.form("challenge")
    return await seat.browser.send_file(form.action, {**form.fields, **changes}, "upload", document)


async def test_what_the_chip_says_stands_in_the_evidence_with_its_signer(counter: CounterHouse) -> None:
    first, second = await two(counter)
    page = await counter.opened(first, birthdate="13/03/1958")
    case = page.path
    page = await send(first, page, answering(counter, page).document)
    assert "Chip đã được đọc" in page.text
    assert "không phải bản sao" in page.text
    assert "12/03/1958" in page.text, "what was mistyped is put right by what is signed"
    picture = await first.browser.http.get(f"{case}/portrait")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["cache-control"] == "no-store"
    assert picture.content.startswith(b"\xff\xd8\xff")
    assert f"{case}/portrait" in page.response.text
    await counter.prepared(first, page)
    assert (await first.browser.http.get(f"{case}/portrait")).status_code == 404, "compared, and gone"
    page = await counter.enter(second, case)
    assert "Chip đã được đọc" in page.text
    assert (await second.browser.http.get(f"{case}/portrait")).status_code == 404
    await counter.decide(second, case)
    assert await counter.level_of() is Level.SUBSTANTIAL
    async with counter.hall.db.read() as tx:
        person_id = await tx.persons.find("national_id", NUMBER)
        rows = await tx.verifications.of_person(person_id or "")
    piece = max(rows, key=lambda row: row.level).pieces[0]
    assert [check.method for check in piece.checks] == ["vpip", "pvp", "vcrypt", "vri"]
    assert piece.details["clone_check"] == "passed"
    assert set(piece.details["signer"]) == {"issuer_sha256", "serial"}


@pytest.mark.parametrize("name", ["bent-signature", "self-made"])
async def test_a_forgery_is_told_and_leaves_the_case_as_it_was(counter: CounterHouse, name: str) -> None:
    first = await counter.seat(BA_TO, "reception")
    page = await counter.opened(first)
    page = await send(first, page, issue(FORGERIES[name].change(card(counter))).document)
    assert page.status == 200
    assert page.has_form("challenge")
    assert "Chip đã được đọc" not in page.text


async def test_another_persons_card_is_no_reading_of_this_case(counter: CounterHouse) -> None:
    first = await counter.seat(BA_TO, "reception")
    page = await counter.opened(first)
    other = next(number for number in citizens() if number != NUMBER)
    page = await send(first, page, issue(card(counter, other)).document)
    assert page.has_form("challenge")
    assert "Chip đã được đọc" not in page.text


async def test_an_upload_is_of_this_session_and_this_state(counter: CounterHouse) -> None:
    first = await counter.seat(BA_TO, "reception")
    page = await counter.opened(first)
    document = answering(counter, page).document
    assert (await send(first, page, document, csrf="x")).status == 403
    for hostile in (b"", b"[" * 5000, b"\x00" * 100, b"{}"):
        answer = await send(first, page, hostile)
        assert answer.status == 200
        assert answer.has_form("challenge")
    assert "Chip đã được đọc" not in (await send(first, page, document)).text, "its challenge was used up"
    page = await counter.enter(first, page.path)
    document = answering(counter, page).document
    assert "Chip đã được đọc" in (await send(first, page, document)).text
    assert (await send(first, page, document)).status == 403
    other = await counter.seat(DUC_PHO, "reception")
    await counter.enter(other)
    assert (await send(other, page, document)).status == 404


async def test_after_a_refusal_the_same_card_is_read_again(counter: CounterHouse) -> None:
    """A refused case leaves nothing that stands in the way of the card's owner."""
    first = await counter.seat(BA_TO, "reception")
    page = await counter.opened(first)
    page = await send(first, page, answering(counter, page).document)
    await first.browser.submit(page, "helper", act="refuse", reason="consent_missing")
    page = await counter.opened(first)
    page = await send(first, page, answering(counter, page).document)
    assert "Chip đã được đọc" in page.text


async def test_a_signer_that_is_revoked_before_the_second_looked_takes_nothing_of_the_account(
    counter: CounterHouse,
) -> None:
    lai = await counter.citizen("lai.pham@thu.example.vn", more_logins=(NUMBER,), level=Level.LOW)
    first, second = await two(counter)
    page = await counter.opened(first)
    case = page.path
    made = card(counter)
    await counter.prepared(first, await send(first, page, issue(made).document))
    revoking = issue(replace(made, revoked=(made.dsc.serial,)))
    await chip_trust.import_crl(counter.hall, revoking.crls[0], "cli:an", counter.now)
    await counter.decide(second, case)
    ended = [one.changed["reason"] for one in await counter.events(kinds.VERIFICATION_MOVED) if one.changed["reason"]]
    assert ended == ["document_suspect"]
    assert await counter.level_of() is Level.LOW
    assert [one.kind for one in await enrolled(counter, lai)] == ["password"], "what was not accepted drops nothing"
