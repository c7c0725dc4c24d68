"""DATABASE_URL read once: a path for SQLite, or an address for PostgreSQL. Anything else is refused."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


class UnusableUrl(Exception):
    """The message is a sentence for the administrator and holds no password."""


@dataclass(frozen=True, slots=True)
class SqliteUrl:
    """`sqlite:///relative/path` or `sqlite:////absolute/path`."""

    path: Path


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """In libpq's form, as asyncpg takes it."""

    dsn: str

    def __repr__(self) -> str:
        return "PostgresUrl()"


def parse(url: str) -> SqliteUrl | PostgresUrl:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UnusableUrl("DATABASE_URL is not a URL") from None
    match parsed.get_backend_name():
        case "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise UnusableUrl("DATABASE_URL of SQLite must name a file: sqlite:////var/lib/idp/idp.db")
            return SqliteUrl(Path(parsed.database))
        case "postgresql" | "postgres":
            return PostgresUrl(parsed.set(drivername="postgresql").render_as_string(hide_password=False))
        case _:
            raise UnusableUrl("DATABASE_URL must begin with sqlite:/// or postgresql://")
