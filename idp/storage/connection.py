"""The narrow gate that both databases pass: run one statement, get rows or a count. Repositories know nothing else."""

from datetime import datetime
from typing import Protocol

from idp.storage.statement import Row, Statement


class Connection(Protocol):
    """One connection for the length of one unit of work; `written` names the tables in which it changed rows."""

    written: set[str]

    async def rows(self, statement: Statement, **values: object) -> list[Row]:
        """All rows."""

    async def row(self, statement: Statement, **values: object) -> Row | None:
        """The first row, or None."""

    async def run(self, statement: Statement, **values: object) -> int:
        """How many rows were written."""

    async def now(self) -> datetime:
        """The database's clock."""

    async def serialize(self, lock: int) -> None:
        """Hold the cluster-wide lock of this number until the transaction ends."""
