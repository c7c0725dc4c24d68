"""A completed act by which a person was verified: the evidence that was looked at, the values it vouches for, and the
level it gives while it lasts.

The shape follows OpenID Connect for Identity Assurance 1.0 §5, so that a service can be told what was done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from idp.kernel.level import Level


class Framework(StrEnum):
    """Who vouched (`trust_framework`): what did not come through VNeID is never given VNeID's name."""

    VNEID = "vn_nd69_2024"
    PROVINCE = "qn_counter_2026"


class PieceKind(StrEnum):
    """The types of evidence of OpenID Connect for Identity Assurance 1.0 §5.4.4."""

    DOCUMENT = "document"
    ELECTRONIC_RECORD = "electronic_record"
    VOUCH = "vouch"
    ELECTRONIC_SIGNATURE = "electronic_signature"


@dataclass(frozen=True, slots=True)
class Check:
    """How one piece was looked at (`check_details`): `method` is one of the codes of eKYC & IDA, such as `vcrypt`.

    `by`: the unit or register that did it; `txn`: its number there.
    """

    method: str
    at: datetime
    by: str | None = None
    txn: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence; `details` holds the members that its type has there, personal ones among them."""

    kind: PieceKind
    details: Mapping[str, Any] = field(repr=False)
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """`route` names an entry of `idp/identity/routes`; `claims` are the values as this act verified them.

    It counts from `at` until `ends_at` (None: no end is known), and never again once `ended_at` is set.
    """

    id: str
    person_id: str
    route: str
    level: Level
    framework: Framework
    at: datetime
    ends_at: datetime | None = None
    # Where its file is found: the number of the case that it closed.
    process: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    pieces: tuple[Piece, ...] = ()
    ended_at: datetime | None = None
    ended_why: str | None = None

    def counts(self, now: datetime) -> bool:
        return self.ended_at is None and (self.ends_at is None or self.ends_at > now)
