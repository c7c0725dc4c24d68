"""This wasn't me: what would happen, the button, and what has happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class NotMe:
    """What the link is about and what its button does. `about` names `not_me.about.<about>`, or nothing."""

    template: ClassVar[str] = "not_me.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    about: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NotMeDone:
    """It was said, now or before. Without a `case` it was undone since."""

    template: ClassVar[str] = "not_me_done.html"
    status: ClassVar[int] = 200

    case: str | None
    unlock_uri: str


@dataclass(frozen=True, slots=True)
class NotMeByNumber:
    """Fields `username` and `reference`: for messages that carry no link. `error` names `not_me.error.<error>`."""

    template: ClassVar[str] = "not_me_number.html"
    status: ClassVar[int] = 200

    action: str
    transition: str
    username: str = ""
    reference: str = ""
    error: str | None = None
    lapsed: bool = False
    """Somebody came by a link that is older than ten days, or not ours."""
