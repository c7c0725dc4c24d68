"""Recoveries of accounts: who began one when, from when on it may be finished, and how it ended. At most one runs."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text, bindparam, select, update

from idp.authn.recovery_rules import Recovery, State
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_unless_exists
from idp.storage.types import Instant, Json

recoveries = Table(
    "recoveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("persons.id"), nullable=False),
    Column("state", Text, nullable=False),
    # The roots that were proven, as words: they say nothing of any number or address.
    Column("roots", Json, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("ended_at", Instant),
    # The digest of the browser's cookie, made for this recovery alone.
    Column("browser", LargeBinary, nullable=False),
    Index("ix_recoveries_person_id", "person_id"),
)
# Two at once would be two clocks: the second joins the first.
Index(
    "uq_recoveries_running",
    recoveries.c.person_id,
    unique=True,
    postgresql_where=recoveries.c.state == State.RUNNING.value,
    sqlite_where=recoveries.c.state == State.RUNNING.value,
)

_COLUMNS = (
    recoveries.c.id,
    recoveries.c.person_id,
    recoveries.c.state,
    recoveries.c.begun_at,
    recoveries.c.due_at,
    recoveries.c.ends_at,
    recoveries.c.browser,
)
_RUNNING = recoveries.c.state == State.RUNNING.value
_ADD = insert_unless_exists(recoveries)
_GET = Statement(select(*_COLUMNS).where(recoveries.c.id == bindparam("key")))
_OF_PERSON = Statement(select(*_COLUMNS).where(recoveries.c.person_id == bindparam("person"), _RUNNING))
_END = Statement(
    update(recoveries)
    .where(recoveries.c.id == bindparam("key"), _RUNNING)
    .values(state=bindparam("new_state"), ended_at=bindparam("now"))
)
_MOVE = Statement(
    update(recoveries).where(recoveries.c.id == bindparam("key"), _RUNNING).values(browser=bindparam("new_browser"))
)


class Recoveries:
    """The repository. When one may be finished is authn's rule."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, recovery: Recovery, roots: tuple[str, ...]) -> bool:
        """False where one runs already."""
        added = await self._connection.run(
            _ADD,
            id=recovery.id,
            person_id=recovery.person_id,
            state=recovery.state.value,
            roots=list(roots),
            begun_at=recovery.begun_at,
            due_at=recovery.due_at,
            ends_at=recovery.ends_at,
            ended_at=None,
            browser=recovery.browser,
        )
        return added == 1

    async def get(self, recovery_id: str) -> Recovery | None:
        row = await self._connection.row(_GET, key=recovery_id)
        return None if row is None else _recovery(row)

    async def running(self, person_id: str) -> Recovery | None:
        """The one that nobody ended; it may be past its time."""
        row = await self._connection.row(_OF_PERSON, person=person_id)
        return None if row is None else _recovery(row)

    async def end(self, recovery_id: str, state: State, now: datetime) -> bool:
        """False where it had ended: of two that would finish it, or of one who does and one who stops, one wins."""
        return await self._connection.run(_END, key=recovery_id, new_state=state.value, now=now) == 1

    async def move(self, recovery_id: str, browser: bytes) -> bool:
        """To the browser in which a root was proven again."""
        return await self._connection.run(_MOVE, key=recovery_id, new_browser=browser) == 1


def _recovery(row: Row) -> Recovery:
    key, person_id, state, begun_at, due_at, ends_at, browser = row
    return Recovery(key, person_id, State(state), begun_at, due_at, ends_at, browser)
