"""The chip of a card on the desk: verified by the same workers as from afar, and what it says outranks typing.

With an officer and a second one beside it, it adds to what they saw; alone it would prove the card and not the person.
"""

import base64
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from idp.crypto.base64url import encode
from idp.crypto.chip.policy import CHALLENGE_OCTETS, Demand
from idp.crypto.chip.result import ChipResult, CloneCheck
from idp.flows import chip_trust, counter_case, identity_numbers, verification_cases, verify_by_chip
from idp.flows.counter_case import FIRST_ROLES, Stale, View
from idp.flows.hall import Hall
from idp.flows.officers import Officer
from idp.identity import counter_case as rules
from idp.identity.counter_case import File
from idp.identity.routes import chip, counter
from idp.identity.verification_case import CaseState
from idp.kernel.clock import day_of
from idp.kernel.secret import Digest, Secret

# A genuine card, but not the one that the case is about.
DIFFERS: Final = "identity_number_differs"
_CHALLENGE_TTL: Final = 15 * 60
_PORTRAIT_STAYS: Final = timedelta(minutes=30)


def is_read(hall: Hall, route: str) -> bool:
    """Where the deployment believes chips at all."""
    return route == counter.ROUTE.name and chip.ROUTE.name in hall.policies.cases.routes


async def challenge(hall: Hall, officer: Officer, case_id: str) -> str:
    """Eight octets in base64: of this session and case, for a quarter of an hour, and good for one reading."""
    made = secrets.token_bytes(CHALLENGE_OCTETS)
    await hall.cache.challenges.put(_name(officer, case_id, made), b"1", _CHALLENGE_TTL)
    return base64.b64encode(made).decode()


async def read(
    hall: Hall, officer: Officer, case_id: str, version: int, document: bytes, asked: bytes, now: datetime
) -> str | None:
    """None: it is in the file. Else the stable code for why not; the case stays open, since the card may be read again.

    Raises NoSuchCase, Stale, and `Busy` of the workers.
    """
    known = await hall.cache.challenges.take(_name(officer, case_id, asked)) is not None
    demand = Demand(challenge=asked if known else secrets.token_bytes(CHALLENGE_OCTETS))
    # A number that does not go with sex or year of birth is a question for two officers here, and no refusal.
    policy = replace(hall.policies.chips, active_authentication=demand, refuse_doubts=False, show_face=True)
    result = await hall.chips.verify_chip(document, await chip_trust.files(hall), policy, now)
    if result.code is not None:
        return str(result.code)
    async with hall.db.tx() as tx:
        seen = await counter_case.found(tx, officer, case_id, now)
        file = _open_file(seen, officer, version)
        if result.identity is None or result.identity.number != file.papers.number:
            return DIFFERS
        if not await verify_by_chip.first_seen_by(tx, seen.person.id, result, officer.actor, now):
            return identity_numbers.BOUND
        read_ = _with_chip(file, result, now)
        await verification_cases.move(
            tx, seen.case, CaseState.OPEN, now, actor=officer.actor, details=rules.write(read_)
        )
    if result.face is not None:
        name = _portrait(case_id)
        record = hall.vault.seal(result.face.shown, _context(name))
        await hall.cache.pads.put(name, record, int(_PORTRAIT_STAYS.total_seconds()))
    return None


async def portrait(hall: Hall, officer: Officer, case_id: str, now: datetime) -> bytes | None:
    """The face from the chip as a JPEG, while the first officer compares it; never in a database. Raises NoSuchCase."""
    seen = await counter_case.view(hall, officer, case_id, now)
    if not seen.is_first or seen.case.state is not CaseState.OPEN:
        return None
    name = _portrait(case_id)
    record = await hall.cache.pads.get(name)
    return None if record is None else hall.vault.open_(record, _context(name))


async def forget(hall: Hall, case_id: str) -> None:
    """It was compared, or nobody will."""
    await hall.cache.pads.take(_portrait(case_id))


def _open_file(seen: View, officer: Officer, version: int) -> File:
    may = seen.is_first and officer.unit(*FIRST_ROLES) is not None and seen.case.route == counter.ROUTE.name
    if not may or seen.file is None or seen.case.state is not CaseState.OPEN or seen.case.version != version:
        raise Stale
    return seen.file


def _with_chip(file: File, result: ChipResult, now: datetime) -> File:
    """What is signed stands in place of what was typed. A name without its diacritics stays as the officer wrote it."""
    identity, signer = result.identity, result.document_signer
    if identity is None or signer is None:
        raise ValueError("an accepted chip has an identity and a signer")
    papers = replace(
        file.papers,
        name=identity.name if identity.name_has_diacritics else file.papers.name,
        birthdate=identity.birthdate
        if len(identity.birthdate) == len(file.papers.birthdate)
        else file.papers.birthdate,
        gender=identity.gender,
        expires=identity.expires.isoformat() if identity.expires else None,
    )
    told: dict[str, Any] = {
        verification_cases.SIGNER: {"issuer_sha256": signer.issuer_sha256, "serial": signer.serial},
        "hashes": {str(group): digest for group, digest in result.hashes.items()},
        "sod_sha256": result.sod_sha256,
        "crl": result.crl,
        "clone_check": result.clone_check.value,
        "authority": result.authority.subject if result.authority else None,
        "present": result.clone_check is CloneCheck.PASSED and result.challenge_bound,
    }
    return replace(file, papers=papers, doubts=rules.doubts(papers, day_of(now)), chip=told)


def _name(officer: Officer, case_id: str, asked: bytes) -> bytes:
    return Secret(f"counter chip:{officer.session.id}:{case_id}:{base64.b64encode(asked).decode()}").digest()


def _portrait(case_id: str) -> Digest:
    return Secret(f"portrait:{case_id}").digest()


def _context(name: Digest) -> str:
    return f"pad:{encode(name)}"
