"""What was proposed and approved of upstreams: nothing is ever overwritten, so the rows tell who agreed to what."""

from datetime import datetime

from sqlalchemy import Column, Index, Table, Text, bindparam, select, update

from idp.identity.upstream_pin import Pin, Proposal, from_json, to_json
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_row
from idp.storage.types import Instant, Json

upstream_pins = Table(
    "upstream_pins",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("pin", Json, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("approved_at", Instant),
    Column("approved_by", Text),
    Index("ix_upstream_pins_issuer", "issuer", "proposed_at"),
)

_COLUMNS = (
    upstream_pins.c.id,
    upstream_pins.c.pin,
    upstream_pins.c.proposed_at,
    upstream_pins.c.proposed_by,
    upstream_pins.c.approved_at,
    upstream_pins.c.approved_by,
)
_OF_ISSUER = select(*_COLUMNS).where(upstream_pins.c.issuer == bindparam("asked"))
_ADD = insert_row(upstream_pins)
_APPROVED = Statement(
    _OF_ISSUER.where(upstream_pins.c.approved_at.is_not(None))
    .order_by(upstream_pins.c.approved_at.desc(), upstream_pins.c.id.desc())
    .limit(1)
)
_LATEST = Statement(
    _OF_ISSUER.order_by(upstream_pins.c.proposed_at.desc(), upstream_pins.c.id.desc()).limit(1),
)
# The rule stands in the statement too: of two hands at once, and of one hand twice, nothing comes.
_APPROVE = Statement(
    update(upstream_pins)
    .where(
        upstream_pins.c.id == bindparam("key"),
        upstream_pins.c.approved_at.is_(None),
        upstream_pins.c.proposed_by != bindparam("hand"),
    )
    .values(approved_at=bindparam("now"), approved_by=bindparam("hand"))
)


class UpstreamPins:
    """The repository. Who may approve is identity's rule."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def propose(self, key: str, pin: Pin, actor: str, now: datetime) -> None:
        await self._connection.run(
            _ADD,
            id=key,
            issuer=pin.issuer,
            pin=to_json(pin),
            proposed_at=now,
            proposed_by=actor,
            approved_at=None,
            approved_by=None,
        )

    async def approve(self, key: str, actor: str, now: datetime) -> bool:
        return await self._connection.run(_APPROVE, key=key, hand=actor, now=now) == 1

    async def approved(self, issuer: str) -> Proposal | None:
        """What counts: the one that was approved last."""
        row = await self._connection.row(_APPROVED, asked=issuer)
        return None if row is None else _proposal(row)

    async def latest(self, issuer: str) -> Proposal | None:
        """The only one that may still be approved."""
        row = await self._connection.row(_LATEST, asked=issuer)
        return None if row is None else _proposal(row)


def _proposal(row: Row) -> Proposal:
    return Proposal(row[0], from_json(row[1]), row[2], row[3], row[4], row[5])
