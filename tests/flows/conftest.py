"""The same houses as at the doors."""

from tests.doors.conftest import (
    empty_sqlite,
    house,
    no_public_authorities,
    people,
    small_house,
    sqlite_url,
    stores,
    town,
    upgraded_postgres_url,
)

__all__ = [
    "empty_sqlite",
    "house",
    "no_public_authorities",
    "people",
    "small_house",
    "sqlite_url",
    "stores",
    "town",
    "upgraded_postgres_url",
]
