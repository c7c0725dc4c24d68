"""A verification on its way: begun, moved along, accepted, refused or stopped; each step once, with its event.

Routes gather the evidence; here is what is the same for all of them. A raise from afar stands for a day before it
counts, with notices to every channel, and whoever says "this wasn't me" stops it.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from idp.audit import kinds
from idp.audit.event import event
from idp.flows import (
    account_lock,
    chip_trust,
    evidence_binding,
    notices,
    recovery_running,
    register_check,
    verify_identity,
)
from idp.flows.hall import Hall
from idp.flows.verify_identity import Witnessed
from idp.identity import stored_verification
from idp.identity.assurance import may_sign_in, person_level
from idp.identity.person import Person
from idp.identity.routes import ROUTES
from idp.identity.verification import Verification
from idp.identity.verification_case import CaseState, VerificationCase, may_become
from idp.kernel.clock import epoch
from idp.kernel.errors import Refusal
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.notify import notice
from idp.storage.database import Tx

# Under which kind an officer finds the cases that were refused: another one than who refused looks at them.
REFUSED_KIND: Final = "verification_refused"
# As whom a case that waits for a register waits there.
WAITER: Final = "verification"
# In a piece's details: the signer on which a chip's evidence stands, by what finds it again.
SIGNER: Final = "signer"
HELD: Final = "account_held"
RECOVERING: Final = "recovery_running"
_AT_ONCE: Final = 100


class Overtaken(Exception):
    """Somebody else moved the case meanwhile, or it is over: look at it again."""


async def begin(tx: Tx, case: VerificationCase) -> VerificationCase:
    """The new case, or the one that runs already for this person on this route. Raises AccountLocked.

    While an account is being recovered nothing begins: whoever takes it over would gain by it.
    """
    await refuse_if_held(tx, case.person_id)
    if await recovery_running.living(tx, case.person_id, case.opened_at) is not None:
        raise Refusal(RECOVERING)
    if await tx.verification_cases.add(case):
        await _tell(tx, case, kinds.VERIFICATION_BEGUN, case.opened_by)
        return case
    running = await running_on(tx, case.person_id, case.route)
    if running is None:
        raise Overtaken
    return running


async def refuse_if_held(tx: Tx, person_id: str) -> None:
    """Raises AccountLocked, or Refusal for whoever is suspended or closed: a dead person's card is still a card."""
    await account_lock.refuse_if_locked(tx, person_id)
    person = await tx.persons.get(person_id)
    if person is None or not may_sign_in(person):
        raise Refusal(HELD)


async def running_on(tx: Tx, person_id: str, route: str) -> VerificationCase | None:
    every = await tx.verification_cases.of_person(person_id)
    return next((one for one in every if one.route == route and one.runs), None)


async def move(
    tx: Tx,
    case: VerificationCase,
    state: CaseState,
    now: datetime,
    *,
    actor: str,
    **changes: Any,  # noqa: ANN401 - fields of the case
) -> VerificationCase:
    """The case as it now is. `changes` are fields of it. Raises Overtaken."""
    if state is not case.state and not may_become(case.state, state):
        raise Overtaken
    if state is CaseState.STOPPED and case.state is CaseState.WAITS_FOR_REGISTER:
        # Of nobody who changed their mind is a register asked.
        await register_check.withdraw(tx, WAITER, case.id, actor=actor, now=now)
    moved = replace(case, state=state, updated_at=now, **changes)
    if not await tx.verification_cases.change(moved, case.version):
        raise Overtaken
    moved = replace(moved, version=case.version + 1)
    await _tell(tx, moved, kinds.VERIFICATION_MOVED, actor)
    return moved


async def accept(
    tx: Tx, hall: Hall, case: VerificationCase, done: Verification, by: Witnessed, now: datetime
) -> VerificationCase:
    """What the route found is evidence: at once, or after its day. Set `hall.outbox_due` after the commit.

    From afar a number waits too, whatever the level: else whoever is verified takes one before anybody is told.
    """
    person = await _person(tx, case)
    if ROUTES[done.route].waits:
        code = await evidence_binding.objection(tx, person, done, now)
        if code is not None:
            return await refuse(tx, case, code, now, actor="system")
        if done.level > person_level(person, now) or await evidence_binding.brings_number(tx, person.id, done):
            return await _let_stand(tx, hall, case, person, done, by, now)
    return await _count(tx, hall, case, person, done, by, now)


async def refuse(tx: Tx, case: VerificationCase, code: str, now: datetime, *, actor: str) -> VerificationCase:
    """`code` is a stable word of the route's. Another officer can look at it: a refusal is never the last word."""
    moved = await move(tx, case, CaseState.REFUSED, now, actor=actor, due_at=None, reason=code)
    about = {"case": case.id, "route": case.route, "code": code}
    review, new = await tx.cases.open_(REFUSED_KIND, case.person_id, about, now)
    if new:
        told = {"case_id": review, "reason": REFUSED_KIND}
        await tx.events.append(event(kinds.CASE_OPENED, at=now, actor=actor, person_id=case.person_id, **told))
    return moved


async def stop_all(tx: Tx, hall: Hall, person: Person, why: str, now: datetime, *, actor: str) -> int:
    """Whatever runs, whatever stands its day, and whatever counts until it is decided. How many cases that were."""
    running = [one for one in await tx.verification_cases.of_person(person.id) if one.runs]
    for case in running:
        await move(tx, case, CaseState.STOPPED, now, actor=actor, due_at=None, reason=why, details={})
    stopped = {case.id for case in running}
    known = await tx.verifications.of_person(person.id)
    undecided = frozenset(one.id for one in known if one.process in stopped and one.ended_at is None)
    if undecided:
        await verify_identity.withdraw(tx, hall, person, undecided, why, now, actor=actor)
    return len(running)


async def settle_due(hall: Hall, now: datetime) -> int:
    """Raises that stood their day. How many count from now on."""
    async with hall.db.read() as tx:
        due = await tx.verification_cases.due(now, _AT_ONCE)
    settled = 0
    for case_id in due:
        # Another node may have been quicker: then it is settled all the same.
        with suppress(Overtaken):
            async with hall.db.tx() as tx:
                settled += await _settle(tx, hall, case_id, now)
    if settled:
        hall.outbox_due.set()
    return settled


async def _settle(tx: Tx, hall: Hall, case_id: str, now: datetime) -> bool:
    case = await tx.verification_cases.get(case_id)
    if case is None or case.state is not CaseState.STANDS or case.due_at is None or case.due_at > now:
        return False
    person = await _person(tx, case)
    why = await _in_question(tx, person, now)
    if why is not None:
        await move(tx, case, CaseState.STOPPED, now, actor="system", due_at=None, reason=why, details={})
        return False
    done, by = stored_verification.read(case.details["done"]), case.details["by"]
    witnessed = Witnessed(by["actor"], by["session_id"], frozenset(by["authenticators"]))
    counted = await _count(tx, hall, case, person, replace(done, at=now), witnessed, now)
    return counted.state is CaseState.ACCEPTED


async def _in_question(tx: Tx, person: Person, now: datetime) -> str | None:
    """The word for why nothing may come to count for this account now, though it was begun when all was well."""
    if await tx.account_locks.standing(person.id) is not None:
        return "account_locked"
    if not may_sign_in(person):
        return HELD
    return RECOVERING if await recovery_running.living(tx, person.id, now) is not None else None


async def _count(
    tx: Tx, hall: Hall, case: VerificationCase, person: Person, done: Verification, by: Witnessed, now: datetime
) -> VerificationCase:
    """From now on. While it stood its day another may have brought better evidence for the same number."""
    for piece in done.pieces:
        if SIGNER in piece.details and await chip_trust.is_revoked(tx, **piece.details[SIGNER]):
            return await refuse(tx, case, chip_trust.REVOKED, now, actor="system")
    try:
        await evidence_binding.bind(tx, person, done, now, actor=by.actor)
    except Refusal as refusal:
        return await refuse(tx, case, refusal.key, now, actor="system")
    moved = await move(tx, case, CaseState.ACCEPTED, now, actor=by.actor, due_at=None, details={})
    await verify_identity.record(tx, hall, await _person(tx, case), done, by, now)
    for piece in done.pieces:
        if SIGNER in piece.details:
            await chip_trust.remember_signer(tx, done, **piece.details[SIGNER])
    return moved


async def _let_stand(
    tx: Tx, hall: Hall, case: VerificationCase, person: Person, done: Verification, by: Witnessed, now: datetime
) -> VerificationCase:
    due_at = now + hall.policies.cases.standing
    told = {"actor": by.actor, "session_id": by.session_id, "authenticators": sorted(by.authenticators)}
    details: Mapping[str, Any] = {"done": stored_verification.write(done), "by": told}
    moved = await move(tx, case, CaseState.STANDS, now, actor=by.actor, due_at=due_at, details=details)
    await notices.tell(tx, hall, person, notice.RAISE_WAITS, now, at=epoch(now), due=epoch(due_at))
    return moved


async def _person(tx: Tx, case: VerificationCase) -> Person:
    person = await tx.persons.get(case.person_id)
    if person is None:
        raise LookupError("a case of nobody")
    return person


async def _tell(tx: Tx, case: VerificationCase, kind: str, actor: str) -> None:
    told = {"case_id": case.id, "route": case.route, "state": case.state.value, "reason": case.reason or ""}
    await tx.events.append(event(kind, at=case.updated_at, actor=actor, person_id=case.person_id, **told))


def new_case(
    person: Person,
    route: str,
    now: datetime,
    *,
    actor: str,
    target: Level,
    **fields: Any,  # noqa: ANN401 - fields of the case
) -> VerificationCase:
    """Not stored yet. `fields` are those of the case that are not told by themselves."""
    return VerificationCase(
        id=new_id(),
        person_id=person.id,
        route=route,
        target=target,
        state=CaseState.OPEN,
        opened_at=now,
        opened_by=actor,
        updated_at=now,
        **fields,
    )
