"""Authorities for chips as proposed and approved, and the latest revocation list of each. Nothing personal."""

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Column, Index, LargeBinary, Table, Text, bindparam, select, update

from idp.identity.chip_trust import AnchorProposal, AnchorSet
from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Row, Statement, insert_or_replace, insert_row
from idp.storage.types import Instant, Json

chip_anchor_sets = Table(
    "chip_anchor_sets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("certificates", Json, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("approved_at", Instant),
    Column("approved_by", Text),
    Index("ix_chip_anchor_sets_proposed_at", "proposed_at"),
)
chip_crls = Table(
    "chip_crls",
    metadata,
    # SHA-256 of the authority's normalised name.
    Column("issuer", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("crl", LargeBinary, nullable=False),
    Column("this_update", Instant, nullable=False),
    Column("next_update", Instant),
    Column("imported_at", Instant, nullable=False),
    Column("imported_by", Text, nullable=False),
)

_SETS = select(
    chip_anchor_sets.c.id,
    chip_anchor_sets.c.certificates,
    chip_anchor_sets.c.proposed_at,
    chip_anchor_sets.c.proposed_by,
    chip_anchor_sets.c.approved_at,
    chip_anchor_sets.c.approved_by,
)
_ADD = insert_row(chip_anchor_sets)
_APPROVED = Statement(
    _SETS.where(chip_anchor_sets.c.approved_at.is_not(None))
    .order_by(chip_anchor_sets.c.approved_at.desc(), chip_anchor_sets.c.id.desc())
    .limit(1)
)
_LATEST = Statement(_SETS.order_by(chip_anchor_sets.c.proposed_at.desc(), chip_anchor_sets.c.id.desc()).limit(1))
# The rule stands in the statement too: of two hands at once, and of one hand twice, nothing comes.
_APPROVE = Statement(
    update(chip_anchor_sets)
    .where(
        chip_anchor_sets.c.id == bindparam("key"),
        chip_anchor_sets.c.approved_at.is_(None),
        chip_anchor_sets.c.proposed_by != bindparam("hand"),
    )
    .values(approved_at=bindparam("now"), approved_by=bindparam("hand"))
)
_KEEP = insert_or_replace(chip_crls)
_CRLS = Statement(select(*chip_crls.c).order_by(chip_crls.c.name, chip_crls.c.issuer))


class KeptCrl(NamedTuple):
    """One revocation list, as imported."""

    issuer: str
    name: str
    crl: bytes
    this_update: datetime
    next_update: datetime | None
    imported_at: datetime
    imported_by: str


class ChipTrust:
    """The repository. Who may approve, and which list may replace which, is said elsewhere."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def propose(self, key: str, anchors: AnchorSet, actor: str, now: datetime) -> None:
        await self._connection.run(
            _ADD,
            id=key,
            certificates=[base64.b64encode(one).decode("ascii") for one in anchors.certificates],
            proposed_at=now,
            proposed_by=actor,
            approved_at=None,
            approved_by=None,
        )

    async def approve(self, key: str, actor: str, now: datetime) -> bool:
        return await self._connection.run(_APPROVE, key=key, hand=actor, now=now) == 1

    async def approved(self) -> AnchorProposal | None:
        """What counts: the set that was approved last."""
        return _proposal(await self._connection.row(_APPROVED))

    async def latest(self) -> AnchorProposal | None:
        """The only one that may still be approved."""
        return _proposal(await self._connection.row(_LATEST))

    async def keep_crl(self, kept: KeptCrl) -> None:
        """In place of the one of the same authority."""
        await self._connection.run(_KEEP, **kept._asdict())

    async def crls(self) -> list[KeptCrl]:
        return [KeptCrl(*row) for row in await self._connection.rows(_CRLS)]


def _proposal(row: Row | None) -> AnchorProposal | None:
    if row is None:
        return None
    return AnchorProposal(row[0], AnchorSet(_octets(row[1])), row[2], row[3], row[4], row[5])


def _octets(texts: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(base64.b64decode(one) for one in texts)
