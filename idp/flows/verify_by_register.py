"""The register's route: what somebody says of themselves, asked of the population register, now or when it is back.

The register's word resumes the case in the transaction that stores it: nobody has to come and send anything again, and
nobody is refused because it was away.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from idp.flows import evidence_binding, identity_numbers, own_verification, register_check, verification_cases
from idp.flows.hall import Hall
from idp.flows.own_pages import Owner
from idp.flows.own_verification import Wish
from idp.flows.register_check import Resume, Waiter
from idp.flows.verify_identity import Witnessed
from idp.identity import national_id
from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.register import Answer, Purpose, Question, Verdict
from idp.identity.routes import register
from idp.identity.verification import Check, Piece, PieceKind, Verification
from idp.identity.verification_case import CaseState, VerificationCase
from idp.kernel.errors import Refusal
from idp.kernel.ids import new_id
from idp.storage.database import Tx
from idp.storage.register_questions import Stored

WAITER: Final = verification_cases.WAITER
_REGISTER: Final = {"vi": "Cơ sở dữ liệu quốc gia về dân cư", "en": "National population database"}
_REFUSED: Final = {
    Verdict.PARTIAL: "register_partial",
    Verdict.MISMATCH: "register_mismatch",
    Verdict.NOT_FOUND: "register_not_found",
    Verdict.REVOKED: "number_revoked",
    Verdict.DECEASED: "person_deceased",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the person says: number, name and birthdate as on the card."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    birthdate: date = field(repr=False)
    gender: str = field(repr=False)


async def verify(hall: Hall, owner: Owner, told: Told, wish: Wish, now: datetime) -> VerificationCase:
    """The case as it stands after the first question. Raises Refusal for what can be no number, or is tried too often.

    May raise AccountLocked, and Absent where there is no register.
    """
    number = _number(told, now)
    async with hall.db.tx() as tx:
        await own_verification.refuse_too_often(tx, owner.person.id, register.ROUTE.name, now)
        case = await _begin(tx, owner, told, wish, now)
        if case.state is not CaseState.OPEN:
            return case
        code = await evidence_binding.refusal(tx, owner.person.id, number)
        if code is not None:
            return await _refuse_number(tx, case, number, code, now)
        case = await verification_cases.move(tx, case, CaseState.WAITS_FOR_REGISTER, now, actor=case.opened_by)
    question = Question(number, told.name, told.birthdate.isoformat(), told.gender)
    waiter = Waiter(WAITER, case.id, resume(hall))
    actor = f"person:{owner.person.id}"
    await register_check.ask(
        hall, owner.person.id, question, Purpose.VERIFY_IDENTITY, actor=actor, now=now, waiter=waiter
    )
    hall.outbox_due.set()
    async with hall.db.read() as tx:
        return await tx.verification_cases.get(case.id) or case


def resume(hall: Hall) -> Resume:
    """What the register's word does to the case that waits for it; one that was stopped meanwhile stays so."""

    async def go_on(tx: Tx, stored: Stored, answer: Answer, now: datetime) -> None:
        case = await tx.verification_cases.get(stored.waiter_id)
        if case is None or case.state is not CaseState.WAITS_FOR_REGISTER:
            return
        code = _REFUSED.get(answer.verdict)
        if code is not None:
            await verification_cases.refuse(tx, case, code, now, actor="system")
            return
        by = Witnessed(case.opened_by, case.details["session"], frozenset(case.details["proven"]))
        await verification_cases.accept(tx, hall, case, _evidence(case, answer, now), by, now)
        hall.outbox_due.set()

    return go_on


def _number(told: Told, now: datetime) -> IdentityNumber:
    """Raises Refusal: from afar a number that contradicts its bearer is refused (domain §4)."""
    parsed = national_id.parse(told.number, now.date())
    doubts = national_id.warnings(parsed, gender=told.gender, birth_year=told.birthdate.year)
    if set(doubts) - {"national_id_place_unknown"}:
        raise Refusal("id_number_inconsistent")
    return IdentityNumber(NumberKind.PIN, parsed.number)


async def _begin(tx: Tx, owner: Owner, told: Told, wish: Wish, now: datetime) -> VerificationCase:
    by = own_verification.witnessed(owner)
    said = {"number": told.number, "name": told.name, "birthdate": told.birthdate.isoformat(), "gender": told.gender}
    details: dict[str, Any] = {"told": said, "session": by.session_id, "proven": sorted(by.authenticators)}
    case = verification_cases.new_case(
        owner.person,
        register.ROUTE.name,
        now,
        actor=by.actor,
        target=register.ROUTE.ceiling,
        client_id=wish.client_id,
        interaction_id=wish.interaction_id,
        details=details,
    )
    return await verification_cases.begin(tx, case)


async def _refuse_number(
    tx: Tx, case: VerificationCase, number: IdentityNumber, code: str, now: datetime
) -> VerificationCase:
    """The number's bearer may be a thief who came first: the dispute is opened at once (domain §4)."""
    if code == identity_numbers.BOUND:
        owner = await identity_numbers.owner(tx, number)
        if owner is not None:
            await identity_numbers.open_dispute(tx, owner, number, actor=case.opened_by, now=now)
    return await verification_cases.refuse(tx, case, code, now, actor="system")


def _evidence(case: VerificationCase, answer: Answer, now: datetime) -> Verification:
    told = case.details["told"]
    record: dict[str, Any] = {
        "type": "population_register",
        "source": {"name": _REGISTER["vi"], "country_code": "VNM"},
    }
    if answer.as_of is not None:
        record["created_at"] = answer.as_of.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    seen = Check("data", now, by=_REGISTER["en"], txn=answer.evidence_id)
    return Verification(
        id=new_id(),
        person_id=case.person_id,
        route=register.ROUTE.name,
        level=register.ROUTE.ceiling,
        framework=register.ROUTE.framework,
        at=now,
        process=case.id,
        claims={
            "name": told["name"],
            "birthdate": told["birthdate"],
            "gender": told["gender"],
            evidence_binding.NUMBER: national_id.canonical(told["number"]) or told["number"],
        },
        pieces=(Piece(PieceKind.ELECTRONIC_RECORD, {"record": record}, (seen,)),),
    )
