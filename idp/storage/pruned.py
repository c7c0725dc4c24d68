"""How rows that time has made useless are deleted: the oldest first, in batches small enough to disturb nobody."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, bindparam, delete, select, tuple_

from idp.storage.statement import Statement
from idp.storage.types import Instant


def prune_statement(
    table: Table, age: ColumnElement[Any], *further: ColumnElement[bool], source: FromClause | None = None
) -> Statement:
    """Delete at most `count` rows whose `age` is before `before`; `source` joins the table that knows the age."""
    key = list(table.primary_key)
    old = (
        select(*key)
        .select_from(table if source is None else source)
        .where(age < bindparam("before", type_=Instant()), *further)
        .order_by(age)
        .limit(bindparam("count"))
    )
    return Statement(delete(table).where(tuple_(*key).in_(old) if len(key) > 1 else key[0].in_(old)))
