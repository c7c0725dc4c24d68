"""The chip's route from one's own pages: a reader's upload, verified in another process, against approved anchors."""

import base64
import secrets
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from idp.audit import kinds
from idp.audit.event import event
from idp.crypto.chip.policy import CHALLENGE_OCTETS, Demand
from idp.crypto.chip.result import ChipResult, CloneCheck
from idp.flows import chip_trust, evidence_binding, identity_numbers, own_verification, verification_cases
from idp.flows.hall import Hall
from idp.flows.own_pages import Owner
from idp.flows.own_verification import Wish
from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.routes import chip, counter
from idp.identity.verification import Check, Piece, PieceKind, Verification
from idp.identity.verification_case import CaseState, VerificationCase
from idp.kernel.clock import VIET_NAM
from idp.kernel.ids import new_id
from idp.kernel.secret import Secret
from idp.storage.database import Tx
from idp.storage.errors import AlreadyExists

# A case for officers: one card's object came under two accounts.
COPIED: Final = "chip_copied"
_CHALLENGE_TTL: Final = 15 * 60
SOD: Final = "chip_sod"


async def challenge(hall: Hall, owner: Owner) -> bytes:
    """Eight octets for the chip to sign: of this session, for a quarter of an hour, and good for one upload."""
    made = secrets.token_bytes(CHALLENGE_OCTETS)
    await hall.cache.challenges.put(_name(owner, made), b"1", _CHALLENGE_TTL)
    return made


async def verify(
    hall: Hall, owner: Owner, document: bytes, asked: bytes, wish: Wish, now: datetime
) -> VerificationCase:
    """The case as it stands. `asked`: the challenge that the page showed; one that is not ours, or used, is no answer.

    Raises Refusal for too many tries, AccountLocked, and `Busy` of the workers.
    """
    async with hall.db.read() as tx:
        # Before the work: a reading keeps a worker from everybody else.
        await own_verification.refuse_too_often(tx, owner.person.id, chip.ROUTE.name, now)
        running = await verification_cases.running_on(tx, owner.person.id, chip.ROUTE.name)
    if running is not None:
        return running
    known = await hall.cache.challenges.take(_name(owner, asked)) is not None
    # An answer to nothing that we asked is refused; a reader that can't do it is not, at this level.
    demand = Demand(challenge=asked if known else secrets.token_bytes(CHALLENGE_OCTETS))
    files = await chip_trust.files(hall)
    result = await hall.chips.verify_chip(
        document, files, replace(hall.policies.chips, active_authentication=demand), now
    )
    try:
        case = await _decided(hall, owner, result, wish, now)
    except AlreadyExists:
        # Another account was faster with the same card: now it is found.
        case = await _decided(hall, owner, result, wish, now)
    hall.outbox_due.set()
    return case


async def _decided(hall: Hall, owner: Owner, result: ChipResult, wish: Wish, now: datetime) -> VerificationCase:
    async with hall.db.tx() as tx:
        await own_verification.refuse_too_often(tx, owner.person.id, chip.ROUTE.name, now)
        case = await _begin(tx, owner, wish, now)
        if case.state is not CaseState.OPEN:
            return case
        code = str(result.code) if result.code is not None else await _objection(tx, owner, result, now)
        if code is not None:
            case = await verification_cases.refuse(tx, case, code, now, actor="system")
        else:
            by = own_verification.witnessed(owner)
            case = await verification_cases.accept(tx, hall, case, _evidence(case, result, now), by, now)
    return case


async def _begin(tx: Tx, owner: Owner, wish: Wish, now: datetime) -> VerificationCase:
    case = verification_cases.new_case(
        owner.person,
        chip.ROUTE.name,
        now,
        actor=f"person:{owner.person.id}",
        target=chip.ROUTE.ceiling,
        client_id=wish.client_id,
        interaction_id=wish.interaction_id,
    )
    return await verification_cases.begin(tx, case)


async def _objection(tx: Tx, owner: Owner, result: ChipResult, now: datetime) -> str | None:
    """Why a genuine card can't be this person's. The same object under another account is an alarm (evidence §1)."""
    if result.identity is None:
        raise ValueError("an accepted chip has an identity")
    number, actor = IdentityNumber(NumberKind.PIN, result.identity.number), f"person:{owner.person.id}"
    own = await first_seen_by(tx, owner.person.id, result, actor, now)
    code = await evidence_binding.refusal(tx, owner.person.id, number)
    if code == identity_numbers.BOUND:
        bearer = await identity_numbers.owner(tx, number)
        if bearer is not None:
            await identity_numbers.open_dispute(tx, bearer, number, actor=actor, now=now)
    return identity_numbers.BOUND if code is None and not own else code


async def first_seen_by(tx: Tx, person_id: str, result: ChipResult, actor: str, now: datetime) -> bool:
    """Whether no other account gained by this very object, or waits to; if it came under one, an officer is told."""
    seen = result.sod_sha256 or ""
    first = await tx.persons.find(SOD, seen)
    if first == person_id:
        return True
    if first is not None:
        await _alarm(tx, first, actor, now)
        if await _gained(tx, first):
            return False
        # Whoever came first and gained nothing keeps nobody from their own card.
        await tx.persons.unidentify(first, SOD, seen)
    await tx.persons.identify(person_id, SOD, seen)
    return True


async def _gained(tx: Tx, person_id: str) -> bool:
    every = await tx.verification_cases.of_person(person_id)
    routes = (chip.ROUTE.name, counter.ROUTE.name)
    return any(one.route in routes and (one.runs or one.state is CaseState.ACCEPTED) for one in every)


async def _alarm(tx: Tx, first: str, actor: str, now: datetime) -> None:
    case_id, new = await tx.cases.open_(COPIED, first, {"also_by": actor}, now)
    if new:
        told = {"case_id": case_id, "reason": COPIED}
        await tx.events.append(event(kinds.CASE_OPENED, at=now, actor="system", person_id=first, **told))


def _evidence(case: VerificationCase, result: ChipResult, now: datetime) -> Verification:
    """What was read is told as it was read; the face is not kept, its hash is."""
    identity, signer = result.identity, result.document_signer
    if identity is None or signer is None:
        raise ValueError("an accepted chip has an identity and a signer")
    document: dict[str, Any] = {
        "type": "idcard",
        "document_number": identity.number,
        "issuer": {"country_code": identity.nationality},
        "date_of_issuance": identity.issued.isoformat() if identity.issued else None,
        "date_of_expiry": identity.expires.isoformat() if identity.expires else None,
    }
    details: dict[str, Any] = {
        "document_details": {member: value for member, value in document.items() if value is not None},
        # For us alone: what finds this verification again when its signer turns out to be revoked.
        verification_cases.SIGNER: {"issuer_sha256": signer.issuer_sha256, "serial": signer.serial},
        "hashes": {str(group): digest for group, digest in result.hashes.items()},
        "sod_sha256": result.sod_sha256,
        "crl": result.crl,
        "clone_check": result.clone_check.value,
    }
    checks = [Check("vcrypt", now, by=result.authority.subject if result.authority else None)]
    if result.clone_check is CloneCheck.PASSED and result.challenge_bound:
        checks.append(Check("vri", now))
    claims = {"birthdate": identity.birthdate, "gender": identity.gender, evidence_binding.NUMBER: identity.number}
    if identity.name_has_diacritics:
        claims["name"] = identity.name
    return Verification(
        id=new_id(),
        person_id=case.person_id,
        route=chip.ROUTE.name,
        level=chip.ROUTE.ceiling,
        framework=chip.ROUTE.framework,
        at=now,
        ends_at=_end(identity.expires) if identity.expires else None,
        process=case.id,
        claims=claims,
        pieces=(Piece(PieceKind.DOCUMENT, details, tuple(checks)),),
    )


def _end(last: date) -> datetime:
    """The card counts through its last day, as the clock stands in Viet Nam."""
    return datetime.combine(last + timedelta(days=1), time.min, VIET_NAM).astimezone(UTC)


def _name(owner: Owner, asked: bytes) -> bytes:
    return Secret(f"chip:{owner.session.id}:{base64.b64encode(asked).decode()}").digest()
