"""What persons decided about services. Each decision is kept, as proof; a withdrawal marks it and nothing more."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Table, Text, bindparam, select, update

from idp.consent.decision import ConsentDecision
from idp.kernel.ids import new_id
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_row
from idp.storage.types import Instant, Json

consents = Table(
    "consents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("client_id", Text, ForeignKey("clients.client_id"), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("told", Json, nullable=False),
    Column("claims", Json, nullable=False),
    Column("refused", Json, nullable=False),
    Column("withdrawn_at", Instant),
    Index("ix_consents_person_id_client_id_decided_at", "person_id", "client_id", "decided_at"),
)

_COLUMNS = (
    consents.c.person_id,
    consents.c.client_id,
    consents.c.decided_at,
    consents.c.told,
    consents.c.claims,
    consents.c.refused,
)
_STANDING = consents.c.withdrawn_at.is_(None)
_OF = (consents.c.person_id == bindparam("person"), consents.c.client_id == bindparam("client"))
_RECORD = insert_row(consents)
_LATEST = Statement(
    select(*_COLUMNS).where(*_OF, _STANDING).order_by(consents.c.decided_at.desc(), consents.c.id.desc()).limit(1)
)
_OF_PERSON = Statement(
    select(*_COLUMNS)
    .where(consents.c.person_id == bindparam("person"), _STANDING)
    .order_by(consents.c.client_id, consents.c.decided_at, consents.c.id)
)
# All earlier ones too: a withdrawal must not bring the decision before it back to life.
_WITHDRAW = Statement(update(consents).where(*_OF, _STANDING).values(withdrawn_at=bindparam("now")))


class Consents:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def latest(self, person_id: str, client_id: str) -> ConsentDecision | None:
        """The one that counts; never a withdrawn one."""
        row = await self._connection.row(_LATEST, person=person_id, client=client_id)
        return None if row is None else _read(row)

    async def record(self, decision: ConsentDecision) -> None:
        await self._connection.run(
            _RECORD,
            id=new_id(),
            person_id=decision.person_id,
            client_id=decision.client_id,
            decided_at=decision.decided_at,
            told=dict(decision.told),
            claims=sorted(decision.claims),
            refused=sorted(decision.refused),
            withdrawn_at=None,
        )

    async def withdraw(self, person_id: str, client_id: str, now: datetime) -> bool:
        """False when there was nothing to withdraw."""
        return await self._connection.run(_WITHDRAW, person=person_id, client=client_id, now=now) > 0

    async def of_person(self, person_id: str) -> list[ConsentDecision]:
        """The one that counts for each client."""
        rows = await self._connection.rows(_OF_PERSON, person=person_id)
        return [_read(row) for row in {row[1]: row for row in rows}.values()]


def _read(row: Row) -> ConsentDecision:
    return ConsentDecision(row[0], row[1], row[2], row[3], frozenset(row[4]), frozenset(row[5]))
