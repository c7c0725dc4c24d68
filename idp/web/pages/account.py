"""A person's own pages: what the hub knows, where they are signed in, which services see what."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from idp.kernel.level import Level
from idp.web.pages.consent import Fact


@dataclass(frozen=True, slots=True)
class SourcedFact:
    """A fact with who vouches for it and since when; `source` names `source.<source>` in the catalogue."""

    fact: Fact
    source: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Identity facts; numbers are masked by whoever fills this in."""

    template: ClassVar[str] = "account_profile.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "profile"

    name: str
    level: Level
    facts: tuple[SourcedFact, ...] = ()
    contacts: tuple[SourcedFact, ...] = ()
    second_factor: bool = False
    password_changed_at: datetime | None = None
    logout_uri: str = "/logout"
    sessions: int = 1
    services: int = 0
    evidence: str | None = None
    """Who vouched for the level: `source.<evidence>` in the catalogue."""
    evidence_at: datetime | None = None
    level_ends_at: datetime | None = None
    sources: tuple[str, ...] = ()
    """The sources of the facts shown: each corrects its own."""


@dataclass(frozen=True, slots=True)
class VerifyAtCounter:
    """Being verified in person on this `route`; `back_uri` leads to the sign-in that waits for it."""

    template: ClassVar[str] = "account_verify_at_counter.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "profile"

    route: str
    back_uri: str | None = None
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One signed-in browser. `device` comes from `devices.describe`; `csrf` allows ending this very session."""

    id: str
    device: str
    began_at: datetime
    seen_at: datetime
    csrf: str
    this_one: bool = False
    services: tuple[str, ...] = ()
    address: str | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Sessions:
    """Forms POST to `action`: `session` = id, or `everywhere` = yes; each with its `csrf`."""

    template: ClassVar[str] = "account_sessions.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "sessions"

    action: str
    everywhere_csrf: str
    sessions: tuple[SessionLine, ...]
    notice: str | None = None
    """Key of what was just done: `account.notice.<notice>`."""
    prove_uri: str | None = None
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class Share:
    """What a service receives on one basis (`consent` or `task`), for one purpose; `sees` are claims."""

    basis: str
    sees: tuple[str, ...]
    purpose: str | None = None
    legal_basis: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One connected service. With a `csrf` its consent can be withdrawn here."""

    id: str
    name: str
    agency: str
    shares: tuple[Share, ...]
    since: datetime
    csrf: str = ""
    used_at: datetime | None = None
    offline_access: bool = False
    receipt_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """Forms POST to `action`: `withdraw` = id with its `csrf`."""

    template: ClassVar[str] = "account_services.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "services"

    action: str
    services: tuple[ServiceLine, ...] = ()
    notice: str | None = None
    prove_uri: str | None = None
    """Where one proves more, if there is a service that is not named here until then."""
    logout_uri: str = "/logout"
