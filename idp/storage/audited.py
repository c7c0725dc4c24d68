"""No domain write goes unrecorded: a unit of work that changed something commits with an event, or not at all."""

from collections.abc import Collection
from typing import Final

# Marks that say nothing about a person, a service or a key by themselves: a closed list.
OPERATIONAL: Final = frozenset({"client_sessions", "contact_failures", "outbox"})
_EVENTS: Final = "events"


class SilentWrite(RuntimeError):
    """A bug: something was changed and no audit event says so. The transaction is rolled back."""


def check(written: Collection[str]) -> None:
    """`written` holds the names of the tables in which at least one row changed."""
    changed = set(written) - OPERATIONAL - {_EVENTS}
    if changed and _EVENTS not in written:
        raise SilentWrite(f"written without an audit event: {', '.join(sorted(changed))}")
