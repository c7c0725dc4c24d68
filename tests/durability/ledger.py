"""What was confirmed to people and services while everything around them died, to be held against the hub."""

import base64
import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.durability.hub import Service


class Fate(Enum):
    """What a service knows of its tokens."""

    LIVING = "living"
    REVOKED = "revoked by the service, confirmed"
    SIGNED_OUT = "the session was ended, confirmed"
    REUSED = "an answer was lost, and the second try counted as a theft"


@dataclass(slots=True, eq=False)
class Session:
    """One value of a browser's cookie: whose it is, and whether they were told that they are signed out."""

    cookie: str = field(repr=False)
    login: str
    ended: bool = False


@dataclass(slots=True, eq=False)
class Code:
    """A code that a service received; `unanswered` counts redemptions whose answer never came."""

    value: str = field(repr=False)
    service: Service
    session: Session
    verifier: str = field(repr=False)
    unanswered: int = 0
    refused: bool = False
    family: "Family | None" = None


@dataclass(slots=True, eq=False)
class Family:
    """All tokens that came of one code."""

    service: Service
    session: Session
    grant_id: str
    access: list[str] = field(repr=False)
    refresh: list[str] = field(repr=False)
    id_token: str = field(repr=False)
    refreshed: int = 0
    unanswered: int = 0
    _fate: Fate = Fate.LIVING

    @property
    def fate(self) -> Fate:
        return Fate.SIGNED_OUT if self._fate is Fate.LIVING and self.session.ended else self._fate

    def end(self, fate: Fate) -> None:
        self._fate = fate


@dataclass(slots=True)
class Ledger:
    """`steps` counts answers of any kind: what the disasters are timed by."""

    steps: int = 0
    sessions: list[Session] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    consents: set[tuple[str, str]] = field(default_factory=set)
    # Logins typed, by national id: each was answered with a session of its own.
    sign_ins: list[str] = field(default_factory=list)

    @property
    def families(self) -> list[Family]:
        return [code.family for code in self.codes if code.family is not None]


def read_payload(token: str) -> dict[str, Any]:
    """What a JWT says, its signature unseen."""
    middle = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return payload


def grant_of(access_token: str) -> str:
    """The grant that an access token hangs off."""
    return str(read_payload(access_token)["jti"]).partition(".")[0]
