"""Being verified, on a person's own pages: the ways, what runs, and the form of each way."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class VerifyLink:
    """One way that is open here: `verify.way.<way>.title` and `.text`, and what it gives at most."""

    way: str
    uri: str
    level: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One verification: `verify.state.<state>`; `reason` names `verify.refused.<reason>` where it was refused."""

    number: str
    way: str
    state: str
    opened_at: datetime
    uri: str
    due_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """The first page: what one is verified at, how to get further, and what is on its way."""

    template: ClassVar[str] = "account_verify.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "profile"

    level: str
    ways: tuple[VerifyLink, ...]
    cases: tuple[CaseLine, ...] = ()
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class Case:
    """One verification: what happens next, why not, and the way back to the service that waits for it.

    `onward_uri`: to the service, or to the sign-in that still waits. Field `act` = stop where `stoppable`.
    """

    template: ClassVar[str] = "account_verify_case.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "profile"

    line: CaseLine
    action: str
    csrf: str
    level: str
    stoppable: bool = False
    service: str = ""
    onward_uri: str | None = None
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class RegisterForm:
    """Fields `number`, `name`, `birthdate`, `gender`, `agree`. `errors`: field and `verify.error.<word>`."""

    template: ClassVar[str] = "account_verify_register.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "profile"

    action: str
    csrf: str
    wish: str = ""
    number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    birthdate: str = field(default="", repr=False)
    gender: str = field(default="", repr=False)
    errors: tuple[tuple[str, str], ...] = ()
    reached: bool = True
    """A notice would come to the person; without that nothing can be sent."""
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class ChipForm:
    """Field `upload` with the reader's file, and `agree`. `challenge`: what the chip is to sign, in base64."""

    template: ClassVar[str] = "account_verify_chip.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "profile"

    action: str
    csrf: str
    challenge: str
    wish: str = ""
    error: str | None = None
    """Names `verify.error.<error>`: the file, or `agree`."""
    reached: bool = True
    logout_uri: str = "/logout"
