"""What a register's word does to the account that it is about: death closes it, a revoked number suspends it, at once.

It acts on whoever bears the number, and on nobody who merely typed it: a number of somebody who died is easily found.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from idp.flows import identity_numbers, life_events
from idp.flows.hall import Hall
from idp.flows.life_events import Report
from idp.flows.upstream_health import POPULATION_REGISTER
from idp.identity.life_event import LifeEventKind, Teller
from idp.identity.register import Answer, Verdict
from idp.storage.database import Tx
from idp.storage.register_questions import Stored

ACTOR: Final = f"register:{POPULATION_REGISTER}"
_EVENTS: Final[Mapping[Verdict, LifeEventKind]] = {
    Verdict.DECEASED: LifeEventKind.DEATH,
    Verdict.REVOKED: LifeEventKind.NUMBER_REVOKED,
}


async def act(tx: Tx, hall: Hall, stored: Stored, answer: Answer, now: datetime) -> None:
    """In the transaction that keeps the answer. What stands already is not recorded a second time."""
    kind = _EVENTS.get(answer.verdict)
    if kind is None or await identity_numbers.owner(tx, stored.question.number) != stored.person_id:
        return
    told = await tx.life_events.of_person(stored.person_id)
    if any(one.kind is kind and one.told_by is Teller.REGISTER and one.stands for one in told):
        return
    since = min(answer.as_of or now, now)
    await life_events.take(tx, hall, stored.person_id, Report(kind, Teller.REGISTER, since, now), actor=ACTOR, now=now)
