"""Claims with their verification: asked by name, agreed to one by one, told where they were asked, and recorded."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from idp.audit import kinds
from idp.flows.vneid_facts import as_evidence
from idp.identity.verification import Check, Piece, PieceKind
from idp.kernel.level import Level
from idp.protocol.claim_names import NAMESPACE, wire
from idp.protocol.client import ClientState
from idp.upstream.vneid import Vouched
from tests.doors.people_house import PeopleHouse, open_people_house, terms_of
from tests.doors.verified_people import ASKED, ENCRYPTED, NUMBER, asking, assured, opened, told, verified
from tests.protocol.test_verified_claims import is_valid


@pytest.fixture
async def town(stores: tuple[str, str | None]) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(*stores) as house:
        yield house


@pytest.fixture
async def hamlet(sqlite_url: str) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url) as house:
        yield house


async def test_what_was_asked_and_agreed_to_is_told_and_recorded_by_name(town: PeopleHouse) -> None:
    service = await assured(town)
    lai, browser = await town.citizen(), town.browser()
    done = await verified(town, lai)
    tokens = await town.tokens_of(browser, service, lai, scope="openid identity_assurance", claims=asking())
    answer = await told(town, tokens)
    found = answer["verified_claims"]
    assert is_valid({"verified_claims": found}, "verified_claims.json")
    # The number is asked for, but this service may not have it, and its answers are not encrypted either.
    assert found["claims"] == {"name": "Phạm Thị Lài", "birthdate": "1958-03-12"}
    assert NUMBER not in str(answer)
    verification = found["verification"]
    assert verification["trust_framework"] == "qn_counter_2026"
    assert verification["assurance_level"] == "substantial"
    assert verification["time"].endswith("Z")
    [piece] = verification["evidence"]
    assert piece["document_details"] == {"type": "idcard"}
    [check] = piece["check_details"]
    assert (check["check_method"], check["organization"]) == ("pvp", "Xã Ba Tơ")
    # Ids of acts are each sector's own.
    assert done.id not in str(answer)
    assert "17" not in check["check_id"]
    [event] = await town.events(kinds.USERINFO_RELEASED)
    assert event.changed["claims"] == ["sub", "verified_claims.birthdate", "verified_claims.name"]
    assert event.purpose == "identity_assurance=consent"


async def test_another_sector_gets_other_ids_of_the_same_act(hamlet: PeopleHouse) -> None:
    lai = await hamlet.citizen()
    await verified(hamlet, lai)
    ids = []
    for sector in ("mot", "hai", "mot"):
        service = await assured(hamlet, sector=sector)
        tokens = await hamlet.tokens_of(hamlet.browser(), service, lai, claims=asking())
        ids.append((await told(hamlet, tokens))["verified_claims"]["verification"]["verification_process"])
    assert ids[0] == ids[2] != ids[1]


async def test_the_number_of_a_written_word_is_another_in_each_sector(hamlet: PeopleHouse) -> None:
    """It is the case's own: two agencies could compare it, and a hotline would answer to it."""
    lai = await hamlet.citizen()
    word = {"attestation": {"type": "written_attestation", "reference_number": "vu-1"}}
    await verified(hamlet, lai, pieces=(Piece(PieceKind.VOUCH, word),))
    entry = {"type": {"value": "vouch"}, "attestation": {"type": None, "reference_number": None}}
    asked = {"verification": {"trust_framework": None, "evidence": [entry]}, "claims": {"name": None}}
    numbers = []
    for sector in ("mot", "hai", "mot"):
        service = await assured(hamlet, sector=sector)
        tokens = await hamlet.tokens_of(hamlet.browser(), service, lai, claims=asking(asked))
        [piece] = (await told(hamlet, tokens))["verified_claims"]["verification"]["evidence"]
        numbers.append(piece["attestation"]["reference_number"])
    assert numbers[0] == numbers[2] != numbers[1]
    assert "vu-1" not in numbers


async def test_the_id_token_holds_it_only_where_it_was_asked_there(hamlet: PeopleHouse) -> None:
    service = await assured(hamlet)
    lai = await hamlet.citizen()
    await verified(hamlet, lai)
    tokens = await hamlet.tokens_of(hamlet.browser(), service, lai, claims=asking(delivery="id_token"))
    in_token = await opened(hamlet, tokens["id_token"])
    assert in_token["verified_claims"]["claims"] == {"name": "Phạm Thị Lài", "birthdate": "1958-03-12"}
    assert "verified_claims" not in await told(hamlet, tokens)
    renewed = (await hamlet.refresh(service, tokens["refresh_token"])).json()
    assert (await opened(hamlet, renewed["id_token"]))["verified_claims"] == in_token["verified_claims"]
    released = [one.changed["claims"] for one in await hamlet.events(kinds.USERINFO_RELEASED)]
    assert released.count(["verified_claims.birthdate", "verified_claims.name"]) == 2
    silent = await hamlet.tokens_of(hamlet.browser(), service, lai, scope="openid identity_assurance")
    assert "verified_claims" not in {*(await told(hamlet, silent)), *(await opened(hamlet, silent["id_token"]))}


@pytest.mark.parametrize(
    ("scopes", "encrypted", "may"),
    [
        (("qn:national_id",), ENCRYPTED, True),
        (("qn:national_id",), {}, False),
        (("qn:national_id",), {"userinfo_signed_response_alg": "ES256"}, False),
        ((), ENCRYPTED, False),
    ],
)
async def test_a_number_needs_an_approved_scope_and_an_encrypted_answer(
    hamlet: PeopleHouse, scopes: tuple[str, ...], encrypted: dict[str, Any], may: bool
) -> None:
    service = await assured(hamlet, *scopes, **encrypted)
    lai = await hamlet.citizen()
    await verified(hamlet, lai)
    scope = " ".join(("openid", "identity_assurance", *scopes))
    asked = json.dumps({"userinfo": {"verified_claims": ASKED}, "id_token": {"verified_claims": ASKED}})
    tokens = await hamlet.tokens_of(hamlet.browser(), service, lai, scope=scope, claims=asked)
    answer, in_token = await told(hamlet, tokens), await opened(hamlet, tokens["id_token"])
    for one in (answer["verified_claims"], in_token["verified_claims"]):
        [piece] = one["verification"]["evidence"]
        assert (one["claims"].get(wire("qn:pin")) == NUMBER) is may
        assert (piece["document_details"].get("document_number") == NUMBER) is may
        assert (NUMBER in str(one)) is may
    assert (answer.get(NAMESPACE + "pin") == NUMBER) is may
    assert NUMBER not in tokens["access_token"]
    # By name alone, in the log too.
    assert NUMBER not in str(await hamlet.events(kinds.USERINFO_RELEASED))


@pytest.mark.parametrize("number", [NUMBER, "051158000999"])
async def test_a_number_that_may_not_be_told_may_not_be_tried_either(hamlet: PeopleHouse, number: str) -> None:
    service = await assured(hamlet)
    lai = await hamlet.citizen()
    await verified(hamlet, lai)
    trying = {
        "verification": {
            "trust_framework": None,
            "evidence": [{"type": {"value": "document"}, "document_details": {"document_number": {"value": number}}}],
        },
        "claims": {"name": None},
    }
    tokens = await hamlet.tokens_of(hamlet.browser(), service, lai, claims=asking(trying))
    assert (await told(hamlet, tokens)).keys() == {"sub"}


async def test_the_page_says_what_with_which_purpose_and_what_is_left_open_may_be_left_out(
    hamlet: PeopleHouse,
) -> None:
    service = await assured(hamlet)
    lai, browser = await hamlet.citizen(), hamlet.browser()
    await verified(hamlet, lai)
    voluntary = {**ASKED, "claims": {"name": {"purpose": "<b>Cấp giấy</b>"}, "birthdate": {"essential": False}}}
    page = await hamlet.ask(browser, service, claims=asking(voluntary))
    page = await hamlet.sign_in(browser, page, lai)
    assert page.step == "consent"
    for words in ("Họ và tên (đã xác minh)", "Ngày sinh (đã xác minh)", "Do tỉnh xác minh", "12/03/1958"):
        assert words in page.text, words
    assert "&lt;b&gt;Cấp giấy&lt;/b&gt;" in page.response.text
    assert "<b>Cấp giấy" not in page.response.text
    assert 'value="claim:verified_claims.birthdate"' in page.response.text
    answer = await hamlet.allow(browser, page)
    told_then = await told(hamlet, await hamlet.exchanged(service, answer))
    assert told_then["verified_claims"]["claims"] == {"name": "Phạm Thị Lài"}
    # The same question again is answered; another purpose is another question.
    again = await hamlet.ask(browser, service, claims=asking(voluntary))
    assert again.is_answer
    changed = {**voluntary, "claims": {"name": {"purpose": "Quảng cáo"}}}
    assert (await hamlet.ask(browser, service, claims=asking(changed))).step == "consent"
    shown = await browser.get("/account/services")
    assert shown.path == "/account/services"
    assert "Họ và tên (đã xác minh)" in shown.text
    history = await browser.get("/account/history")
    assert "Họ và tên (đã xác minh)" in history.text
    receipt = await browser.get(shown.link("/account/receipts/"))
    assert "Họ và tên (đã xác minh)" in receipt.text
    assert "<b>Cấp giấy</b>" in receipt.text


async def test_who_refuses_gives_nothing_and_the_service_is_told_so(hamlet: PeopleHouse) -> None:
    service = await assured(hamlet)
    lai, browser = await hamlet.citizen(), hamlet.browser()
    page = await hamlet.sign_in(browser, await hamlet.ask(browser, service, claims=asking()), lai)
    assert (await hamlet.deny(browser, page)).answer["error"] == "access_denied"


async def test_evidence_that_ended_or_lapsed_vouches_for_nothing(town: PeopleHouse) -> None:
    service = await assured(town)
    lai = await town.citizen()
    done = await verified(town, lai, ends_at=town.now + timedelta(minutes=2))
    tokens = await town.tokens_of(town.browser(), service, lai, claims=asking())
    assert "verified_claims" in await told(town, tokens)
    town.pass_time(minutes=3)
    assert "verified_claims" not in await told(town, tokens)
    other = await verified(town, lai)
    assert "verified_claims" in await told(town, tokens)
    async with town.hall.db.unaudited_tx() as tx:
        assert await tx.verifications.end(other.id, lai.person.id, "signer_revoked", town.now)
    assert "verified_claims" not in await told(town, tokens)
    assert done.id != other.id


async def test_without_registration_or_approval_nothing_verified_is_asked_or_told(hamlet: PeopleHouse) -> None:
    lai = await hamlet.citizen()
    await verified(hamlet, lai)
    stranger = await hamlet.register(terms=terms_of(profile="consent"))
    tokens = await hamlet.tokens_of(hamlet.browser(), stranger, lai, claims=asking())
    assert "verified_claims" not in await told(hamlet, tokens)
    service = await assured(hamlet)
    tokens = await hamlet.tokens_of(hamlet.browser(), service, lai, claims=asking())
    assert "verified_claims" in await told(hamlet, tokens)
    await hamlet.change(service, replace(service.client, scopes=frozenset({"openid"})))
    assert "verified_claims" not in await told(hamlet, tokens)
    await hamlet.change(service, replace(service.client, state=ClientState.DRAFT))
    assert "verified_claims" not in await told(hamlet, tokens)


@pytest.mark.parametrize("asked", [{}, {"verification": {}, "claims": {}}, [ASKED] * 11, "x"])
async def test_a_malformed_request_is_told_at_once(hamlet: PeopleHouse, asked: Any) -> None:
    page = await hamlet.ask(hamlet.browser(), await assured(hamlet), claims=asking(asked))
    assert page.answer["error"] == "invalid_request"


async def test_a_record_and_a_sign_in_with_vneid_are_told_as_what_they_are(hamlet: PeopleHouse) -> None:
    service = await assured(hamlet)
    lai = await hamlet.citizen()
    record = {"type": "population_register", "created_at": "2026-03-01T09:00:00+07:00", "source": {"name": "CSDL"}}
    seen = Check("data", hamlet.now, "Population register", "e-1")
    await verified(hamlet, lai, pieces=(Piece(PieceKind.ELECTRONIC_RECORD, {"record": record}, (seen,)),))
    vouched = Vouched("https://vneid.example", "s", NUMBER, Level.SUBSTANTIAL, {"name": "PHẠM THỊ LÀI"})
    async with hamlet.hall.db.unaudited_tx() as tx:
        await tx.verifications.add(as_evidence(lai.person.id, vouched, hamlet.now))
    piece = {
        "type": {"value": "electronic_record"},
        "record": {"type": None, "created_at": None, "source": {"name": None}},
        "check_details": [{"check_method": None, "organization": None}],
    }
    asked = [
        {"verification": {"trust_framework": {"value": one}, "evidence": [piece]}, "claims": {"name": None}}
        for one in ("qn_counter_2026", "vn_nd69_2024")
    ]
    tokens = await hamlet.tokens_of(hamlet.browser(), service, lai, claims=asking(asked))
    found = (await told(hamlet, tokens))["verified_claims"]
    assert is_valid({"verified_claims": found}, "verified_claims.json")
    ours, theirs = (one["verification"]["evidence"] for one in found)
    assert ours[0]["record"]["created_at"] == "2026-03-01T02:00:00Z"
    assert theirs[0] == {
        "type": "electronic_record",
        "record": {"type": "vneid", "source": {"name": "VNeID"}},
        "check_details": [{"check_method": "auth", "organization": "VNeID"}],
    }
    promised = (await hamlet.http.get("/.well-known/openid-configuration")).json()
    assert {ours[0]["record"]["type"], "vneid"} <= set(promised["electronic_records_supported"])
