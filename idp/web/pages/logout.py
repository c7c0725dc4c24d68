"""Pages on the way out, and the page that carries an answer to the service by form (response_mode=form_post)."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class LogoutConfirm:
    """OpenID Connect RP-Initiated Logout §2: asks where the hint does not prove the session. `logout` = yes."""

    template: ClassVar[str] = "logout.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    stay_uri: str
    person: str = ""
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceSignedOut:
    """A service, and whether it was told (None: it will be, or it cannot be)."""

    name: str
    told: bool | None = None


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """Where there is nowhere to go back to."""

    template: ClassVar[str] = "logged_out.html"
    status: ClassVar[int] = 200

    services: tuple[ServiceSignedOut, ...] = ()
    sign_in_uri: str | None = None


@dataclass(frozen=True, slots=True)
class FormPost:
    """OAuth 2.0 Form Post Response Mode §2; sent by a script with a nonce, or by its visible button."""

    template: ClassVar[str] = "form_post.html"
    status: ClassVar[int] = 200

    action: str
    fields: tuple[tuple[str, str], ...]
