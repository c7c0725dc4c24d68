"""Authenticators: a registry of what a person can prove with, and the ladder that says what proofs are worth together.

A new authenticator is one entry here and, where it changes a level, one rung; amr follows RFC 8176.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from idp.authn.proof import Proof
from idp.kernel.clock import epoch, instant
from idp.kernel.level import Level


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


@dataclass(frozen=True, slots=True)
class Rung:
    """Proofs of these methods together reach this level, and no combination that stands nowhere reaches any."""

    methods: frozenset[str]
    ceiling: Level


AUTHENTICATORS: Mapping[str, AuthenticatorKind] = {
    kind.name: kind
    for kind in (
        AuthenticatorKind(
            "password", "pwd", Factor.KNOWLEDGE, timedelta(hours=12), "password", "a password", primary=True
        ),
        AuthenticatorKind(
            "totp", "otp", Factor.POSSESSION, timedelta(hours=12), "otp", "a one-time code of an app (RFC 6238)"
        ),
        AuthenticatorKind(
            "vneid_1", None, None, timedelta(hours=12), "upstream", "a sign-in with VNeID, mức độ 1", primary=True
        ),
        AuthenticatorKind(
            "vneid_2", None, None, timedelta(hours=12), "upstream", "a sign-in with VNeID, mức độ 2", primary=True
        ),
    )
}

# Domain: a password alone bears `low`; with a one-time code of an app, or by VNeID's level 2, it is `substantial`.
LADDER: tuple[Rung, ...] = (
    Rung(frozenset({"password"}), Level.LOW),
    Rung(frozenset({"password", "totp"}), Level.SUBSTANTIAL),
    Rung(frozenset({"vneid_1"}), Level.LOW),
    Rung(frozenset({"vneid_2"}), Level.SUBSTANTIAL),
)


def living(proofs: Iterable[Proof], now: datetime) -> tuple[Proof, ...]:
    """Proofs of known methods that are not older than their method allows; none from the future."""
    return tuple(
        proof
        for proof in proofs
        if proof.method in AUTHENTICATORS and proof.at <= now < proof.at + AUTHENTICATORS[proof.method].max_age
    )


def level_of(proofs: Iterable[Proof], now: datetime) -> Level | None:
    """What living proofs bear together; None: nothing that opens a session."""
    return reachable_level(proof.method for proof in living(proofs, now))


def amr_of(proofs: Iterable[Proof], now: datetime) -> tuple[str, ...]:
    """RFC 8176 §2, in the registry's order; `mfa` where two kinds of factor were proven."""
    methods = {proof.method for proof in living(proofs, now)}
    used = [kind for kind in AUTHENTICATORS.values() if kind.name in methods]
    several = ("mfa",) if len({kind.factor for kind in used if kind.factor is not None}) > 1 else ()
    return (*(kind.amr for kind in used if kind.amr is not None), *several)


def reachable_level(kinds: Iterable[str]) -> Level | None:
    """The highest level for somebody who has (or has used) these kinds; None: none at all."""
    available = frozenset(kinds)
    return max((rung.ceiling for rung in LADDER if rung.methods <= available), default=None)


def next_proofs(target: Level, proofs: Iterable[Proof], kinds: Iterable[str], now: datetime) -> tuple[str, ...]:
    """What to ask for, in order, to reach the target with the fewest steps.

    Empty where it is reached already and where it is out of reach; `reachable_level` tells the two apart.
    """
    proven = {proof.method for proof in living(proofs, now)}
    available = proven | set(kinds)
    rungs = [rung for rung in LADDER if rung.ceiling >= target and rung.methods <= available]
    if not rungs:
        return ()
    nearest = min(rungs, key=lambda rung: (len(rung.methods - proven), rung.ceiling))
    return tuple(name for name in AUTHENTICATORS if name in nearest.methods - proven)


def highest_level() -> Level:
    """What the installed authenticators can reach at all: discovery promises no more."""
    return max(rung.ceiling for rung in LADDER)


def proof_to_json(proof: Proof) -> dict[str, Any]:
    """For the grant: `acr` is recomputed from it at each issue."""
    stored = {"method": proof.method, "at": epoch(proof.at), "authenticator_id": proof.authenticator_id}
    return {**stored, "outage": True} if proof.outage else stored


def proof_from_json(document: Mapping[str, Any]) -> Proof:
    """The inverse, to the second."""
    at, outage = instant(document["at"]), document.get("outage", False)
    return Proof(document["method"], at, document["authenticator_id"], outage)
