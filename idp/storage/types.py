"""Column types that mean the same in both databases: instants in UTC, days, JSON documents. Migrations use them too."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import BigInteger, Date, Dialect
from sqlalchemy.dialects.postgresql import JSON, TIMESTAMP
from sqlalchemy.types import Text, TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970: exact, also before 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    return _EPOCH + timedelta(microseconds=count)


def dumps(document: object) -> str:
    """JSON text. What orjson refuses (a stranger's lone surrogate) the standard library escapes."""
    try:
        return orjson.dumps(document).decode()
    except TypeError:
        return json.dumps(document)


def loads(text: str | bytes) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


class Instant(TypeDecorator[datetime]):
    """timestamptz in PostgreSQL, integer microseconds in SQLite; aware datetimes in UTC in and out."""

    impl = TIMESTAMP
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == "postgresql" else BigInteger())

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        if dialect.name == "postgresql":
            return None
        return lambda instant: None if instant is None else to_microseconds(instant)

    def result_processor(
        self,
        dialect: Dialect,
        coltype: object,  # noqa: ARG002
    ) -> Callable[[Any], datetime | None] | None:
        if dialect.name == "postgresql":
            return None
        return lambda count: None if count is None else from_microseconds(count)


class Day(TypeDecorator[date]):
    """A calendar day: date in PostgreSQL, ISO 8601 text in SQLite, where it sorts the same."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Date() if dialect.name == "postgresql" else Text())

    def bind_processor(self, dialect: Dialect) -> Callable[[date | None], Any] | None:
        if dialect.name == "postgresql":
            return None
        return lambda day: None if day is None else day.isoformat()

    def result_processor(
        self,
        dialect: Dialect,
        coltype: object,  # noqa: ARG002
    ) -> Callable[[Any], date | None] | None:
        if dialect.name == "postgresql":
            return None
        return lambda text: None if text is None else date.fromisoformat(text)


class Json(TypeDecorator[Any]):
    """`json` in PostgreSQL (unlike `jsonb` it holds U+0000 of a stranger's nonce too), TEXT in SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSON() if dialect.name == "postgresql" else Text())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None] | None:  # noqa: ARG002
        return lambda document: None if document is None else dumps(document)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002
        return lambda text: None if text is None else loads(text)


def storable(text: str) -> bool:
    """Whether a stranger's words can stand in a text column: not with U+0000 (PostgreSQL) or a lone surrogate."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
