"""A person's history, read from the audit events that concern them: pages by cursor, nothing counted."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from idp.audit.event import Event
from idp.audit.folding import Line, fold
from idp.audit.kinds import Topic
from idp.consent.policy import Basis, bases
from idp.crypto import base64url
from idp.crypto.root_keys import Purpose
from idp.flows import own_pages_client
from idp.flows.hall import Hall
from idp.kernel.clock import day_of
from idp.storage.clients import RegisteredClient
from idp.storage.receipts import Receipt
from idp.storage.sessions import Agent

# Read on until there is something to see, though a program may have renewed its tokens all day.
_ENOUGH_LINES: Final = 18
_EVENTS_AT_ONCE: Final = 22
MOST_LINES: Final = _ENOUGH_LINES - 1 + _EVENTS_AT_ONCE
_MOST_EVENTS: Final = 600
_SESSIONS: Final = 200
_TAG_BYTES: Final = 12
_LONGEST_HANDLE: Final = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One line with what it names. `handle` stands in its address, and opens nothing to anybody else."""

    handle: str
    line: Line
    registered: RegisteredClient | None = None
    agent: Agent | None = None
    bases: Mapping[str, Basis] = field(default_factory=dict)
    # The decision that the service went by; only of an entry that is looked at alone.
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """`older` is the cursor of what comes next; None at the end."""

    entries: tuple[Entry, ...]
    older: str | None = None


async def page(hall: Hall, person_id: str, topic: Topic | None, cursor: str | None, now: datetime) -> HistoryPage:
    """From the newest on, or from a cursor that an earlier page gave out; one that is none begins anew."""
    before = id_of(hall, person_id, cursor)
    read: list[tuple[int, Event]] = []
    more = True
    async with hall.db.read() as tx:
        while more and len(read) < _MOST_EVENTS and len(fold(read, day_of)) < _ENOUGH_LINES:
            found = await tx.events.history(person_id, topic=topic, before=before, limit=_EVENTS_AT_ONCE + 1)
            more = len(found) > _EVENTS_AT_ONCE
            read += [(stored.id, stored.event) for stored in found[:_EVENTS_AT_ONCE]]
            before = read[-1][0] if read else before
        agents = await tx.sessions.agents(person_id, _SESSIONS)
    entries = [await _entry(hall, person_id, line, agents, now) for line in fold(read, day_of)]
    return HistoryPage(tuple(entries), handle_of(hall, person_id, read[-1][0]) if more else None)


async def one(hall: Hall, person_id: str, handle: str, now: datetime) -> Entry | None:
    """None for what is not this person's, or not for them to see."""
    event_id = id_of(hall, person_id, handle)
    if event_id is None:
        return None
    async with hall.db.read() as tx:
        stored = await tx.events.one_of_history(person_id, event_id)
        if stored is None:
            return None
        event = stored.event
        agents = await tx.sessions.agents(person_id, _SESSIONS)
        receipt = await tx.receipts.latest(person_id, event.client_id, event.at) if event.client_id else None
    entry = await _entry(hall, person_id, Line(stored.id, event, event.at), agents, now)
    return replace(entry, receipt=receipt)


async def _entry(hall: Hall, person_id: str, line: Line, agents: Mapping[str, Agent], now: datetime) -> Entry:
    event = line.event
    registered = None
    if event.client_id is not None and event.client_id != own_pages_client.CLIENT_ID:
        registered = await hall.clients.get(event.client_id, now)
    agent = agents.get(str(event.changed.get("session_id")))
    return Entry(handle_of(hall, person_id, line.id), line, registered, agent, bases(event.purpose))


def handle_of(hall: Hall, person_id: str, event_id: int) -> str:
    """An event's number as it stands in an address of this person's."""
    return f"{event_id}-{_tag(hall, person_id, event_id)}"


def id_of(hall: Hall, person_id: str, handle: str | None) -> int | None:
    """Back from it. Cursors come back from anybody: what we wrote for another is nothing here (CVE-2026-33504)."""
    number, _, tag = (handle or "")[:_LONGEST_HANDLE].partition("-")
    if not (number.isascii() and number.isdecimal()) or int(number) >= 2**62:
        return None
    event_id = int(number)
    genuine = hmac.compare_digest(tag.encode("utf-8", "replace"), _tag(hall, person_id, event_id).encode("ascii"))
    return event_id if genuine else None


def _tag(hall: Hall, person_id: str, event_id: int) -> str:
    key = hall.roots.derive(Purpose.CURSORS)
    mac = hmac.digest(key, f"history\0{person_id}\0{event_id}".encode(), sha256)
    return base64url.encode(mac[:_TAG_BYTES])
