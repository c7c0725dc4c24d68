"""A dump of the database shows no personal data: every table is read whole, as text and as bytes, and searched."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import asyncpg

from idp.crypto.field_encryption import Undecryptable
from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.life_event import LifeEvent, LifeEventKind, Teller
from idp.identity.matching import Match
from idp.identity.person import PersonState
from idp.identity.personal_history import Entry, Kept
from idp.identity.register import Answer, Purpose, Question, Verdict
from idp.identity.verification import Check, Framework, Piece, PieceKind, Verification
from idp.identity.verification_case import CaseState, VerificationCase
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter
from idp.storage.database import Database, Tx
from idp.storage.register_questions import QuestionState, Stored
from idp.storage.schema import metadata
from idp.storage.url import PostgresUrl, SqliteUrl, parse
from tests.storage.fixtures import AGENT, FAMILY_END, NOW, digest, event, redeem, sign_in

NUMBER, PHONE, EMAIL, CARD = "051168000123", "+84905123456", "hien.nguyen@thu.example.vn", "QN-7421-9"
LOGOUT = b'{"sub_of": "Hien", "phone": "0905123456"}'
PERSONAL = [
    "Nguyễn Thị Thu Hiền", "Hiền", "hien", "nguyen", "1968-02-29", NUMBER, PHONE, "905123456", EMAIL, CARD,
    "thu.example.vn", "Hẻm Lá Dừa",
    AGENT.address, "Mozilla", "điện thoại", "quan.tri@", "argon2id", "JBSWY3DP", "sub_of",
]  # fmt: skip


async def fill(database: Database) -> None:
    """Something personal in every place that may hold it."""
    signed_in = await sign_in(database)
    asked = ClaimsParameter(
        {"email": ClaimRequest(True, (EMAIL,))}, {"birthdate": ClaimRequest(False, ("1968-02-29",))}
    )
    code = digest()
    grant = signed_in.grant(claims=asked)
    assert await database.hot.issue_code(grant, code, signed_in.binding(), event("code_issued"), FAMILY_END)
    redeemed = await redeem(database, code, digest())
    assert redeemed is not None
    assert redeemed.grant.claims == asked
    async with database.unaudited_tx() as tx:
        owner = signed_in.person.id
        for kind, value in {"national_id": NUMBER, "phone_number": PHONE, "email": EMAIL, "code_card": CARD}.items():
            await tx.persons.set_identifiers(owner, kind, [value])
        await tx.persons.set_identifiers(owner, "name_word", ["nguyen", "thi", "thu", "hien"])
        await tx.authenticators.add(
            owner, "password", b"$argon2id$v=19$", NOW, level_cap=Level.HIGH, label="mật khẩu của Hiền"
        )
        await tx.authenticators.add(owner, "totp", b"JBSWY3DPEHPK3PXP", NOW, level_cap=Level.HIGH, label="điện thoại")
        told = {"name": "Nguyễn Thị Thu Hiền", "printed": "12 Hẻm Lá Dừa", "value": NUMBER}
        for kind in Kept:
            entry = Entry(new_id(), kind, "counter", NOW, NOW, told, "1968-02-29", struck_at=NOW)
            await tx.personal_history.add(owner, entry)
            assert entry in await tx.personal_history.of_person(owner)
        event_of_life = LifeEvent(
            *(new_id(), owner, LifeEventKind.NAME_CHANGED, Teller.REGISTER, NOW, NOW, NOW, PersonState.ACTIVE),
            {"name": told},
        )
        await tx.life_events.add(event_of_life)
        assert await tx.life_events.of_person(owner) == [event_of_life]
        await tx.contacts.prove(owner, "sms", PHONE, NOW)
        await tx.contacts.failed("email", EMAIL, NOW)
        await tx.contacts.declare_dead("sms", PHONE, "recycled", NOW)
        await tx.outbox.put("logout", "one_stop_shop", LOGOUT, NOW)
        of_hien = Question(IdentityNumber(NumberKind.PIN, NUMBER), "Nguyễn Thị Thu Hiền", "1968-02-29", "female")
        waiting = QuestionState.WAITING
        question = Stored(
            "q1", "population_register", owner, Purpose.VERIFY_IDENTITY, "officer:o1", "", "", waiting, None, NOW, None,
            NOW, 1, 1, of_hien, None,
        )  # fmt: skip
        await tx.register_questions.add(question, None)
        answer = Answer(Verdict.PARTIAL, {"name": Match.FOLDED}, NOW, "c06-7", "Nguyễn Thị Thu Hiền", NUMBER)
        assert await tx.register_questions.settled(question, answer, NOW)
        await fill_verified(tx, owner, told)
        await tx.used_jti.first_use("one_stop_shop", digest(), NOW + timedelta(minutes=5))


async def fill_verified(tx: Tx, owner: str, told: dict[str, str]) -> None:
    """What a counter gathered, and what came of it."""
    await tx.cases.open_("identity_already_bound", owner, {"number": told}, NOW)
    begun = VerificationCase(
        *(new_id(), owner, "counter", Level.SUBSTANTIAL, CaseState.OPEN, NOW, "officer:o1", NOW),
        details={"papers": told, "consent": {"helper": "Nguyễn Thị Thu Hiền"}},
    )
    assert await tx.verification_cases.add(begun)
    await tx.counter_desks.add(begun.id, owner, "21115")
    details = {"document_details": {"type": "idcard", "document_number": NUMBER}}
    piece = Piece(PieceKind.DOCUMENT, details, (Check("pvp", NOW, by="21115", txn=begun.id),))
    done = Verification(
        *(new_id(), owner, "counter", Level.SUBSTANTIAL, Framework.PROVINCE, NOW),
        process=begun.id,
        claims={"name": "Nguyễn Thị Thu Hiền", "birthdate": "1968-02-29", "qn:pin": NUMBER},
        pieces=(piece,),
    )
    await tx.verifications.add(done)
    assert await tx.verifications.of_person(owner) == [done]


async def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    wanted = {name: f'SELECT * FROM "{name}"' for name in metadata.tables}  # noqa: S608
    match parse(url):
        case PostgresUrl(dsn):
            connection = await asyncpg.connect(dsn)
            dump = {name: [tuple(row) for row in await connection.fetch(sql)] for name, sql in wanted.items()}
            await connection.close()
            return dump
        case SqliteUrl(path):
            with sqlite3.connect(path) as file:
                return {name: file.execute(sql).fetchall() for name, sql in wanted.items()}


def readings(value: object) -> Iterator[str]:
    """What somebody with a dump could read: the text, the bytes, base64 and JSON escapes undone."""
    if isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
        return
    text = str(value)
    yield text
    try:
        document = json.loads(text)
    except ValueError:
        return
    for leaf in leaves(document):
        yield str(leaf)
        if isinstance(leaf, str):
            try:
                yield base64.b64decode(leaf, validate=True).decode("utf-8", "replace")
            except ValueError:
                continue


def leaves(document: object) -> Iterator[object]:
    match document:
        case dict():
            yield from document
            for inner in document.values():
                yield from leaves(inner)
        case list():
            for inner in document:
                yield from leaves(inner)
        case _:
            yield document


async def test_a_dump_shows_no_personal_data(database: Database, database_url: str) -> None:
    await fill(database)
    tables = await everything(database_url)
    assert all(
        tables[name]
        for name in (
            *("persons", "sessions", "authenticators", "clients", "grants", "outbox", "events", "life_events"),
            *("cases", "verification_cases", "counter_desks", "verifications"),
        )
    )
    shown = [
        f"{table}: {word}"
        for table, rows in tables.items()
        for row in rows
        for value in row
        for reading in readings(value)
        for word in PERSONAL
        if word.casefold() in reading.casefold()
    ]
    assert shown == []


async def test_the_search_would_find_what_it_looks_for(database: Database, database_url: str) -> None:
    async with database.unaudited_tx() as tx:
        await tx.events.append(event(changed={"was": base64.b64encode(EMAIL.encode()).decode()}, purpose="Hiền"))
    rows = (await everything(database_url))["events"]
    shown = {
        word for row in rows for value in row for reading in readings(value) for word in PERSONAL if word in reading
    }
    assert {EMAIL, "Hiền"} <= shown


async def test_a_ciphertext_opens_only_where_it_was_written(database: Database, database_url: str) -> None:
    """Whoever can write the database can't move one person's name to another, or an address into a name."""
    one, other = await sign_in(database), await sign_in(database)
    match parse(database_url):
        case PostgresUrl(dsn):
            connection = await asyncpg.connect(dsn)
            await connection.execute(
                "UPDATE persons SET facts = (SELECT facts FROM persons WHERE id = $1) WHERE id = $2",
                one.person.id,
                other.person.id,
            )
            await connection.close()
        case SqliteUrl(path):
            with sqlite3.connect(path) as file:
                copy = "UPDATE persons SET facts = (SELECT facts FROM persons WHERE id = ?) WHERE id = ?"
                file.execute(copy, (one.person.id, other.person.id))
    async with database.read() as tx:
        forged = await tx.persons.get(other.person.id)
    assert forged is not None
    for claim in forged.facts:
        try:
            forged.facts[claim]
        except Undecryptable:
            continue
        raise AssertionError(claim)
