"""What an entry of the authenticator registry says about itself."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Factor(StrEnum):
    """What kind of thing is proven; two different ones make `mfa`."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"


@dataclass(frozen=True, slots=True)
class AuthenticatorKind:
    """`max_age`: for how long a proof counts. `input`: the page that asks for it."""

    name: str
    # None: how VNeID proved it is not told to us, and RFC 8176 has no word for "somebody else vouched".
    amr: str | None
    factor: Factor | None
    max_age: timedelta
    input: str
    doc: str
    # Proves on its own who is there; a second factor alone never opens or renews a session.
    primary: bool = False
    phishing_resistant: bool = False
    hardware_bound: bool = False
    # Checks by itself who holds it (PIN, finger, face): two factors in one act.
    verifies_user: bool = False
    # Guards an account by more than something known: the last one of these never goes without a successor.
    strong: bool = False
    # Can be taken over without its owner (a number is moved, a mailbox is read): more than `low` only where a service's
    # own policy accepts it.
    restricted: bool = False
    # Stands in, once, for a second factor that was lost, where people look after their own authenticators.
    recovers: bool = False
