"""What was verified of a person, as services may read it: OpenID Connect for Identity Assurance 1.0, for one sector.

Loaded only where a grant asks for it: userinfo of everybody else stays one statement.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from idp.crypto import base64url
from idp.crypto.root_keys import Purpose
from idp.flows.hall import Hall
from idp.identity.age import AGES, is_over
from idp.identity.verification import Check, Piece, PieceKind, Verification
from idp.kernel.clock import day_of
from idp.protocol import scope as scopes
from idp.protocol.claim_names import short, wire
from idp.protocol.claims_parameter import VERIFIED_CLAIMS
from idp.protocol.client import Client, ClientState
from idp.protocol.grant import Grant
from idp.protocol.verified_claims import delivery
from idp.protocol.verified_claims.asked import Requested
from idp.protocol.verified_claims.delivery import Attested
from idp.protocol.verified_claims.values import PIN

# 120 bits: enough that no two acts of one sector ever share an id.
_ID_BYTES = 15
_REFERENCE = "reference_number"
_HASH = "qn:national_id_hash"
_AGE_OVER = "qn:age_over_"


async def told(
    hall: Hall,
    client: Client,
    grant: Grant,
    scope: Sequence[str],
    requested: Requested,
    now: datetime,
    *,
    encrypted: bool,
) -> dict[str, Any]:
    """The members for one answer: `verified_claims`, and the identity number where this answer may hold it.

    A number needs the scope that an administrator approved and an answer that only the client can read; else it is
    left out, wherever it stands. What stands for it within a sector needs the scope alone.
    """
    numbers, joined = encrypted and scopes.NATIONAL_ID in scope, scopes.NATIONAL_ID_HASH in scope
    assured = bool(requested) and scopes.IDENTITY_ASSURANCE in client.scopes and client.state is not ClientState.DRAFT
    if not assured and not numbers and not joined:
        return {}
    attested = await of_person(hall, grant.person_id, client.sector, now)
    found: dict[str, Any] = {}
    if assured:
        readable = attested if numbers else [delivery.without_numbers(one) for one in attested]
        answer = delivery.answer(requested, readable, now)
        found |= {} if answer is None else {VERIFIED_CLAIMS: answer}
    number = next((one.claims[PIN] for one in attested if PIN in one.claims), None)
    if number is not None:
        found |= {wire(PIN): number} if numbers else {}
        found |= {wire(_HASH): _joining(hall, number, client.sector)} if joined else {}
    return found


def ages(birthdate: object, now: datetime) -> dict[str, bool]:
    """`qn:age_over_18` and its sisters, as far as the birthday tells."""
    known = {age: is_over(birthdate, age, day_of(now)) for age in AGES} if isinstance(birthdate, str) else {}
    return {f"{_AGE_OVER}{age}": reached for age, reached in known.items() if reached is not None}


def _joining(hall: Hall, number: str, sector: str) -> str:
    """Domain §2: the same for all services of an agency, and of no use to any other, nor to who tries all numbers."""
    message = f"{len(sector)}:{sector}:{number}".encode()
    return base64url.encode(hmac.digest(hall.roots.derive(Purpose.NATIONAL_ID_HASH), message, sha256))


async def of_person(hall: Hall, person_id: str, sector: str, now: datetime) -> list[Attested]:
    """Every verification that stands, the strongest first, of equals the newest."""
    async with hall.db.read() as tx:
        known = await tx.verifications.of_person(person_id)
    return [_attested(hall, one, sector) for one in _standing(known, now)]


async def as_shown(hall: Hall, person_id: str, now: datetime) -> dict[str, Any]:
    """What a consent page shows of them to their owner: each verified claim, and who vouched, by the best of them."""
    async with hall.db.read() as tx:
        known = await tx.verifications.of_person(person_id)
    shown: dict[str, Any] = {}
    for one in _standing(known, now):
        for name, value in one.claims.items():
            shown.setdefault(delivery.PREFIX + name, value)
        shown.setdefault(VERIFIED_CLAIMS, one.framework.value)
    return shown


def names(told_claims: Mapping[str, Any]) -> list[str]:
    """Which claims an answer holds, for the record of the release: by name alone."""
    plain = [short(name) for name in told_claims if name != VERIFIED_CLAIMS]
    return sorted([*plain, *delivery.names(told_claims.get(VERIFIED_CLAIMS))])


def _standing(known: Iterable[Verification], now: datetime) -> list[Verification]:
    return sorted((one for one in known if one.counts(now)), key=lambda one: (one.level, one.at), reverse=True)


def _attested(hall: Hall, one: Verification, sector: str) -> Attested:
    """As it would read in full. Ids are this sector's own: two agencies can't compare them (domain: correlation)."""

    def own(identifier: str) -> str:
        message = f"{len(sector)}:{sector}:{identifier}".encode()
        return base64url.encode(hmac.digest(hall.roots.derive(Purpose.SECTOR_IDS), message, sha256)[:_ID_BYTES])

    return Attested(
        {
            "trust_framework": one.framework.value,
            "assurance_level": one.level.word,
            "assurance_process": {"policy": one.framework.value, "procedure": one.route},
            "time": _instant(one.at),
            "verification_process": own(one.id),
            "evidence": [_piece(piece, own) for piece in one.pieces],
        },
        one.claims,
    )


def _piece(piece: Piece, own: Callable[[str], str]) -> dict[str, Any]:
    """A witness is named to nobody: their name is not the citizen's to give away, and a case's number is ours."""
    told: dict[str, Any] = {**piece.details, "type": piece.kind.value}
    attestation = told.get("attestation")
    if isinstance(attestation, Mapping):
        kept = {name: value for name, value in attestation.items() if name != "voucher"}
        if _REFERENCE in kept:
            kept[_REFERENCE] = own(str(kept[_REFERENCE]))
        told["attestation"] = kept
    # The two instants that a piece itself may have: of a record, and of a signature.
    if isinstance(told.get("record"), Mapping):
        told["record"] = _in_utc(told["record"])
    told = _in_utc(told)
    if piece.checks and piece.kind is not PieceKind.ELECTRONIC_SIGNATURE:
        told["check_details"] = [_check(check, own) for check in piece.checks]
    return told


def _in_utc(details: Mapping[str, Any]) -> dict[str, Any]:
    """`created_at` as routes wrote it down, with whatever offset; what names no offset is no instant."""
    kept = dict(details)
    written = kept.pop("created_at", None)
    moment = datetime.fromisoformat(written) if isinstance(written, str) else None
    return kept if moment is None or moment.tzinfo is None else {**kept, "created_at": _instant(moment)}


def _check(check: Check, own: Callable[[str], str]) -> dict[str, str]:
    said = {"check_method": check.method, "time": _instant(check.at)}
    by = {"organization": check.by} if check.by else {}
    return {**said, **by, **({"check_id": own(check.txn)} if check.txn else {})}


def _instant(moment: datetime) -> str:
    """§9: in UTC, so that no time tells where somebody was; whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
