"""Which verifications stand on which signer of chips: how they are found again when it turns out to be revoked."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, bindparam, select

from idp.storage.connection import Connection
from idp.storage.metadata import metadata
from idp.storage.statement import Statement, insert_row
from idp.storage.verifications import verifications

chip_signers = Table(
    "chip_signers",
    metadata,
    Column("verification_id", Text, ForeignKey("verifications.id"), primary_key=True),
    # SHA-256 of the issuing authority's normalised name, and the signer's serial number in hexadecimal digits.
    Column("issuer", Text, nullable=False),
    Column("serial", Text, nullable=False),
    Index("ix_chip_signers_issuer_serial", "issuer", "serial"),
)

_ADD = insert_row(chip_signers)
_SERIALS = Statement(select(chip_signers.c.serial).where(chip_signers.c.issuer == bindparam("asked")).distinct())
_STANDING = Statement(
    select(verifications.c.person_id, verifications.c.id)
    .join_from(chip_signers, verifications)
    .where(
        chip_signers.c.issuer == bindparam("asked"),
        chip_signers.c.serial == bindparam("number"),
        verifications.c.ended_at.is_(None),
    )
    .order_by(verifications.c.person_id, verifications.c.id)
)


class ChipSigners:
    """The repository."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, verification_id: str, issuer: str, serial: str) -> None:
        await self._connection.run(_ADD, verification_id=verification_id, issuer=issuer, serial=serial)

    async def serials(self, issuer: str) -> list[str]:
        """All signers of an authority on which anything ever stood: a few hundred in a country's lifetime."""
        return [row[0] for row in await self._connection.rows(_SERIALS, asked=issuer)]

    async def standing_on(self, issuer: str, serial: str) -> list[tuple[str, str]]:
        """Person and verification, of what has not ended yet."""
        rows = await self._connection.rows(_STANDING, asked=issuer, number=serial)
        return [(row[0], row[1]) for row in rows]
