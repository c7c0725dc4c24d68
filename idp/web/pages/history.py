"""A person's own history: lines by day, one line in full, and what is asked of whoever wants to see all of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from idp.web.pages.account import Share


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """What happened: `kind` is an audit event's. Of `count` alike, the first was at `since`, the last at `at`.

    `hidden`: a sensitive service had to do with it; nothing else tells which.
    """

    uri: str
    kind: str
    at: datetime
    since: datetime
    count: int = 1
    method: str | None = None
    service: str | None = None
    agency: str | None = None
    hidden: bool = False
    device: str | None = None
    claims: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    told: str | None = None
    """The kind of a notice."""
    not_me_uri: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryDay:
    """`word` is `today`, `yesterday` or empty."""

    day: date
    word: str
    lines: tuple[HistoryLine, ...]


@dataclass(frozen=True, slots=True)
class History:
    """`topic` is the filter that is on (empty: none); `older_uri` leads on, and there is no count."""

    template: ClassVar[str] = "account_history.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "history"

    uri: str
    days: tuple[HistoryDay, ...] = ()
    topic: str = ""
    topics: tuple[str, ...] = ()
    older_uri: str | None = None
    first_uri: str | None = None
    """Where the newest are, on a page of older ones."""
    prove_uri: str | None = None
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line in full. `actor` is `you`, `service`, `vneid`, `register`, `administrator` or `system`."""

    template: ClassVar[str] = "account_history_entry.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "history"

    line: HistoryLine
    back_uri: str
    actor: str
    shares: tuple[Share, ...] = ()
    may_receive: bool = False
    """`shares` is what the service may get, not what it got just then."""
    reason: str | None = None
    told_by: str | None = None
    """Whose word an event of the person's life stands on."""
    level: str | None = None
    address: str | None = None
    channels: tuple[str, ...] = ()
    reference: str | None = None
    case_id: str | None = None
    purpose: str | None = None
    """Why a register was asked, and `verdict`, what it said, as words of the catalogue."""
    verdict: str | None = None
    receipt_uri: str | None = None
    prove_uri: str | None = None
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class ProveMore:
    """Whoever can't prove more by what they have: where they can get it."""

    template: ClassVar[str] = "account_prove.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "security"

    back_uri: str
    vneid: bool = False
    logout_uri: str = "/logout"
