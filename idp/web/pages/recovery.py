"""Pages for whoever can't sign in: the name, the proofs, the day of waiting, the new way in, and lifting a lock."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar

from idp.web.pages.security import AuthenticatorLine


class RecoveryError(Enum):
    """What stands above a form; the value is the end of its key `recover.error.<value>`."""

    USERNAME_MISSING = "username_missing"
    CODE = "code"
    CODE_MISSING = "code_missing"
    SIGN_IN = "sign_in"
    STALE = "stale"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True)
class Identify:
    """Field `username`: whose account it is."""

    template: ClassVar[str] = "recover.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    username: str = ""
    error: RecoveryError | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that may be proven; `key` names `recover.way.<key>`."""

    key: str
    uri: str


@dataclass(frozen=True, slots=True)
class Ways:
    """What is proven (`roots`, naming `recover.root.<root>`) and what else may be.

    `same_root`: two proofs were made, but both come from one thing. `locked`: it is about lifting a lock, for which
    only what the person had before counts.
    """

    template: ClassVar[str] = "recover_ways.html"
    status: ClassVar[int] = 200

    ways: tuple[Way, ...]
    roots: tuple[str, ...] = ()
    same_root: bool = False
    locked: str | None = None
    """The number of the case."""
    error: RecoveryError | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Before a code was asked for a button, afterwards field `code`. `channel` is `sms` or `email`."""

    template: ClassVar[str] = "recover_message.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    channel: str
    back_uri: str
    sent: bool = False
    error: RecoveryError | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """Field `code`: one of the ten on paper."""

    template: ClassVar[str] = "recover_paper.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    back_uri: str
    error: RecoveryError | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """Field `code`: the one that stands at this number of the card."""

    template: ClassVar[str] = "recover_card.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    back_uri: str
    number: int
    error: RecoveryError | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """Two roots are proven: what begins with the button."""

    template: ClassVar[str] = "recover_ready.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    due_at: datetime
    roots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """The day of waiting. `own`: begun in this browser. Forms `act` = give_up, bring or stop.

    `ways`: where it is somebody else's, what else the owner may prove to stop it.
    """

    template: ClassVar[str] = "recover_running.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    due_at: datetime
    own: bool = True
    may_finish: bool = False
    may_stop: bool = False
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class Finish:
    """The day is over: field `password`, or a passkey by the script (`options`; none: not offered here).

    Without a `password_action` the owner forbade passwords; without either only a counter helps.
    """

    template: ClassVar[str] = "recover_finish.html"
    status: ClassVar[int] = 200

    password_action: str = ""
    password_token: str = ""
    passkey_action: str = ""
    passkey_token: str = ""
    options: str | None = None
    label: str = ""
    weak: str | None = None
    """Names `security.password.error.<weak>`."""
    error: RecoveryError | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """`key` names `recover.done.<key>.{title,text}`."""

    template: ClassVar[str] = "recover_done.html"
    status: ClassVar[int] = 200

    key: str
    back_uri: str = "/account"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened since: `key` names `recover.change.<key>`."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that was enrolled since; ticked it stays."""

    id: str
    line: AuthenticatorLine


@dataclass(frozen=True, slots=True)
class Undo:
    """Boxes `keep`, field `password` where the person had one."""

    template: ClassVar[str] = "recover_undo.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    case: str
    since: datetime
    changes: tuple[Change, ...] = ()
    enrolled: tuple[Kept, ...] = ()
    needs_password: bool = True
    weak: str | None = None


@dataclass(frozen=True, slots=True)
class OwnRecovery:
    """On a person's own pages: a recovery of their account runs. `may_cancel`: signed in by more than a password."""

    template: ClassVar[str] = "account_recovery.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "security"

    action: str
    csrf: str
    due_at: datetime | None
    may_cancel: bool = False
    prove_uri: str = ""
    not_me_uri: str = ""
    notice: str | None = None
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class Warned:
    """After a sign-in, before the service: somebody recovers this account."""

    template: ClassVar[str] = "recover_warned.html"
    status: ClassVar[int] = 200

    due_at: datetime
    look_uri: str
    continue_uri: str
