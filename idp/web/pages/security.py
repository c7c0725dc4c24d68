"""A person's own authenticators: the list, and a page for each thing that can be added, changed or taken away."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from idp.web.pages.sign_in import SignInError


@dataclass(frozen=True, slots=True)
class AuthenticatorLine:
    """One authenticator. `kind` names `security.kind.<kind>`; with a `uri` it can be changed there."""

    kind: str
    name: str
    added_at: datetime
    used_at: datetime | None = None
    uri: str | None = None
    left: int | None = None
    """Of recovery codes and of a code card: how many are not used yet."""
    dormant: bool = False
    """It counts for nothing now: forbidden by its owner, or its address proves nothing any more."""
    held: str | None = None
    """The level's word above which it is worth nothing, though its owner is verified better."""


@dataclass(frozen=True, slots=True)
class Security:
    """The list. `passkeys`: whether this address can have them at all."""

    template: ClassVar[str] = "account_security.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "security"

    authenticators: tuple[AuthenticatorLine, ...]
    passkeys: bool = True
    channels: tuple[str, ...] = ()
    """By which this deployment sends codes: `sms`, `email`."""
    nudge: bool = False
    """There is nothing but a password, or no way back when a device is lost."""
    notice: str | None = None
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class AddApp:
    """TOTP: the secret as a picture and as text, and the first code. Fields `pending`, `label`, `otp`."""

    template: ClassVar[str] = "security_app.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "security"

    action: str
    csrf: str
    pending: str
    secret: str
    qr: tuple[int, str]
    """The side of the picture in modules, and the path of its dark ones."""
    label: str = ""
    error: str | None = None
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class AddPasskey:
    """Fields `credential` (from the script) and `label`. `options` are for `navigator.credentials.create`, as JSON."""

    template: ClassVar[str] = "security_passkey.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "security"

    action: str
    csrf: str
    options: str
    label: str = ""
    error: str | None = None
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class AddMessageCode:
    """Codes by `channel` (`sms`, `email`). Field `otp`, or `act` = send. Without `masked` there is no address here."""

    template: ClassVar[str] = "security_message_code.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "security"

    action: str
    csrf: str
    channel: str
    masked: str = ""
    is_on: bool = False
    sent: bool = False
    just_sent: bool = False
    wait_s: int = 0
    errors: tuple[SignInError, ...] = ()
    taken: bool = False
    """The number or address signs somebody else in."""
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class WayLine:
    """One way to sign in (`security.way.<way>`). `changeable`: it is not the last way in."""

    way: str
    off: bool
    changeable: bool


@dataclass(frozen=True, slots=True)
class Ways:
    """Field `off` or `on` with a way."""

    template: ClassVar[str] = "security_ways.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "security"

    action: str
    csrf: str
    ways: tuple[WayLine, ...]
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Without `codes` the question, with them the one page that ever shows them."""

    template: ClassVar[str] = "security_codes.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "security"

    action: str
    csrf: str
    replaces: bool = False
    codes: tuple[str, ...] = ()
    made_at: datetime | None = None
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Fields `password`, `keep`. `error` names `security.password.error.<error>`."""

    template: ClassVar[str] = "security_password.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "security"

    action: str
    csrf: str
    error: str | None = None
    logout_uri: str = "/logout"


@dataclass(frozen=True, slots=True)
class OneAuthenticator:
    """Field `label` with `act` = rename, or `act` = confirm or remove.

    `confirmable`: it is held, and this session is worth more than it.
    """

    template: ClassVar[str] = "security_one.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "security"

    action: str
    csrf: str
    line: AuthenticatorLine
    removable: bool = True
    confirmable: bool = False
    logout_uri: str = "/logout"
