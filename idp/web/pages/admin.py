"""The officers' console: the queue, a desk, the second officer's look, what is printed; and the citizen's pad."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in a list. `state` names `counter.state.<state>`, `route` `counter.route.<route>`."""

    uri: str
    name: str
    route: str
    state: str
    at: datetime
    unit: str = ""


@dataclass(frozen=True, slots=True)
class AdminHome:
    """The queue. Field `duty` = on or off. `routes` are those that may be opened here."""

    template: ClassVar[str] = "admin_home.html"
    status: ClassVar[int] = 200

    csrf: str
    roles: tuple[str, ...]
    unit: str
    drawn: tuple[CaseLine, ...] = ()
    own: tuple[CaseLine, ...] = ()
    routes: tuple[str, ...] = ()
    may_be_drawn: bool = False
    on_duty_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NeedsPasskey:
    """An officer who has no passkey that opens the console."""

    template: ClassVar[str] = "admin_needs_passkey.html"
    status: ClassVar[int] = 403


@dataclass(frozen=True, slots=True)
class AdminOpen:
    """A new case: field `scan` with `act` = read, or the papers with `act` = open. `filled_from`: `qr` or `mrz`.

    `unfit` names `counter.unfit.<unfit>`.
    """

    template: ClassVar[str] = "admin_open.html"
    status: ClassVar[int] = 200

    action: str
    csrf: str
    route: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    filled_from: str = ""
    errors: tuple[str, ...] = ()
    unfit: str | None = None
    chip: bool = False


@dataclass(frozen=True, slots=True)
class WayLine:
    """One earlier way in; `key` is the value of its box."""

    key: str
    kind: str
    label: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One value; `word` names `counter.paper.<word>`. `differs`: what is known of the account is another one."""

    word: str
    value: str
    known: str | None = None
    differs: bool = False


@dataclass(frozen=True, slots=True)
class AdminCase:
    """The first officer's desk. Fields: `tick` (several), `reading`, `helper`, `mark`, `witness`, `doubts_reason`,
    `kept` (several), `witness1`, `witness2`; `act` = submit, refuse (with `reason`, `note`) or dispute.
    """

    template: ClassVar[str] = "admin_case.html"
    status: ClassVar[int] = 200

    action: str
    csrf: str
    case_id: str
    route: str
    unit: str
    name: str
    opened_at: datetime
    papers: tuple[PaperLine, ...]
    ticks: tuple[str, ...]
    ways: tuple[WayLine, ...] = ()
    sessions: int = 0
    doubts: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    conflict: bool = False
    may_dispute: bool = False
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    chosen: frozenset[str] = frozenset()
    errors: tuple[str, ...] = ()
    chip_action: str | None = None
    """Where a reading is sent to: file `upload`, with `challenge`. None: no chip is read here."""
    chip_csrf: str = ""
    challenge: str = ""
    chip: str | None = None
    """The clone check's word, once the chip was read: `passed`, `not_supported`, `not_done`."""
    chip_error: str | None = None
    portrait_uri: str | None = None


@dataclass(frozen=True, slots=True)
class AdminReview:
    """The second officer's look. Fields `seen` (the box), `act` = confirm, or refuse with `reason` and `note`."""

    template: ClassVar[str] = "admin_review.html"
    status: ClassVar[int] = 200

    action: str
    csrf: str
    case_id: str
    route: str
    unit: str
    name: str
    opened_at: datetime
    papers: tuple[PaperLine, ...]
    ticks: tuple[str, ...]
    level: str
    consent: tuple[tuple[str, str], ...] = ()
    ways: tuple[WayLine, ...] = ()
    dropped: tuple[WayLine, ...] = ()
    doubts: tuple[str, ...] = ()
    doubts_reason: str = ""
    witnesses: int = 0
    chip: str | None = None
    reasons: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class AdminStatus:
    """A case that the first officer handed over, or that is decided. `act` = pad or card.

    `state` names `counter.state.<state>`; `reason` `counter.reason.<reason>`.
    """

    template: ClassVar[str] = "admin_status.html"
    status: ClassVar[int] = 200

    action: str
    csrf: str
    case_id: str
    route: str
    unit: str
    name: str
    state: str
    at: datetime
    level: str
    second_unit: str | None = None
    reason: str | None = None
    review: str | None = None
    may_print: bool = False
    pad_uri: str = ""
    pad_code: str | None = None
    pin_waits: bool = False
    receipt_uri: str | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """The one page that ever shows a card's codes."""

    template: ClassVar[str] = "admin_card.html"
    status: ClassVar[int] = 200

    case_uri: str
    name: str
    number: str
    codes: tuple[str, ...] = field(repr=False)
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CounterReceipt:
    """What a citizen takes home: what was done, by which unit, on what basis, and how to complain."""

    template: ClassVar[str] = "admin_receipt.html"
    status: ClassVar[int] = 200

    case_uri: str
    case_id: str
    name: str
    unit: str
    route: str
    state: str
    at: datetime
    level: str
    second_unit: str | None = None
    ends_at: datetime | None = None
    reason: str | None = None
    review: str | None = None


@dataclass(frozen=True, slots=True)
class PadCode:
    """Field `code`. `error`: `code`, `stale`; `wait_minutes` where too many were wrong."""

    template: ClassVar[str] = "pad_code.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    error: str | None = None
    wait_minutes: int = 0


@dataclass(frozen=True, slots=True)
class PadPin:
    """Fields `pin`, `pin_again`. `error` names `pad.error.<error>`."""

    template: ClassVar[str] = "pad_pin.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    name: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class PadDone:
    """The PIN was chosen."""

    template: ClassVar[str] = "pad_done.html"
    status: ClassVar[int] = 200
