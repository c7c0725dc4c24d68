"""A statement of SQLAlchemy Core, compiled once for each database; at run time only its text and its values travel.

SQLAlchemy's engine does not run here: compiled text on the bare drivers costs less than half, and one way of running
statements is easier to follow than two.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Delete, Dialect, Insert, Table, Update, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

Row: TypeAlias = Sequence[Any]

_POSTGRESQL: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
_SQLITE = SQLiteDialect_pysqlite()


class Compiled:
    """Text for one database, how to order and encode its values, how to decode its rows by position."""

    __slots__ = ("_constants", "_decoders", "_parameters", "sql", "table", "writes")

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("not a statement of SQLAlchemy Core")
        if compiled.post_compile_params:
            raise TypeError("a list of values changes the text at each run: write the values out, or use a subquery")
        self.sql = compiled.string
        self.writes = compiled.isinsert or compiled.isupdate or compiled.isdelete
        # The table that is written; statements of the hot path, which write several, run outside of units of work.
        target = statement.table if isinstance(statement, Insert | Update | Delete) else None
        self.table = target.name if isinstance(target, Table) else None
        names = compiled.positiontup or []
        self._parameters = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        ]
        self._constants = {
            name: compiled.binds[name].effective_value for name in names if not compiled.binds[name].required
        }
        columns = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in compiled._result_columns  # noqa: SLF001 - the compiler has no public word for them
        ]
        self._decoders = [(position, decode) for position, decode in enumerate(columns) if decode is not None]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the order of their places in the text. A missing one is a KeyError."""
        given = {**self._constants, **values} if self._constants else values
        return [given[name] if encode is None else encode(given[name]) for name, encode in self._parameters]

    def decode(self, row: Any) -> Row:  # noqa: ANN401
        """`row` is the driver's: a tuple, or a record that is read like one."""
        if not self._decoders:
            found: Row = row
            return found
        decoded = list(row)
        for position, decode in self._decoders:
            decoded[position] = decode(decoded[position])
        return decoded


class Statement:
    """One statement in two dialects. Compiled at the first use, since a command line uses few of them."""

    __slots__ = ("_postgresql", "_postgresql_source", "_sqlite", "_sqlite_source")

    def __init__(self, statement: ClauseElement, *, sqlite: ClauseElement | None = None) -> None:
        self._postgresql_source = statement
        self._sqlite_source = statement if sqlite is None else sqlite
        self._postgresql: Compiled | None = None
        self._sqlite: Compiled | None = None

    def on_postgresql(self) -> Compiled:
        if self._postgresql is None:
            self._postgresql = Compiled(self._postgresql_source, _POSTGRESQL)
        return self._postgresql

    def on_sqlite(self) -> Compiled:
        if self._sqlite is None:
            self._sqlite = Compiled(self._sqlite_source, _SQLITE)
        return self._sqlite


def insert_row(table: Table) -> Statement:
    """Insert one row; every column that the database does not number itself is a parameter of its name."""
    return Statement(table.insert().values(_row(table)).inline())


def insert_unless_exists(table: Table) -> Statement:
    """The first writer wins; the row count tells who it was."""
    return Statement(
        postgresql.insert(table).values(_row(table)).on_conflict_do_nothing().inline(),
        sqlite=sqlite.insert(table).values(_row(table)).on_conflict_do_nothing().inline(),
    )


def insert_or_replace(table: Table, *, keep: frozenset[str] = frozenset()) -> Statement:
    """The last writer wins; key columns and those in `keep` stay as first written."""
    keys = [column.name for column in table.primary_key]
    changed = [column.name for column in table.columns if column.name not in keys and column.name not in keep]

    def upsert(insert: postgresql.Insert | sqlite.Insert) -> Insert:
        statement: Insert = insert.on_conflict_do_update(
            index_elements=keys, set_={name: insert.excluded[name] for name in changed}
        )
        return statement

    return Statement(
        upsert(postgresql.insert(table).values(_row(table)).inline()),
        sqlite=upsert(sqlite.insert(table).values(_row(table)).inline()),
    )


def _row(table: Table) -> dict[str, Any]:
    return {column.name: bindparam(column.name) for column in table.columns if column.identity is None}
