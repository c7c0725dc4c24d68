"""Authenticators: a registry of what a person can prove with, and the ladder that says what proofs are worth together.

A new authenticator is one file in kinds/, one entry here and one rung or more; amr follows RFC 8176.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from idp.authn.authenticator_kind import AuthenticatorKind
from idp.authn.kinds import code_card, email_code, passkey, password, pin, recovery_code, sms_code, totp, vneid
from idp.authn.proof import Proof
from idp.kernel.clock import epoch, instant
from idp.kernel.level import Level


@dataclass(frozen=True, slots=True)
class Rung:
    """Proofs of these methods together reach this level, and no combination that stands nowhere reaches any."""

    methods: frozenset[str]
    ceiling: Level


AUTHENTICATORS: Mapping[str, AuthenticatorKind] = {
    kind.name: kind
    for kind in (
        password.KIND,
        totp.KIND,
        passkey.KIND,
        code_card.KIND,
        pin.KIND,
        sms_code.KIND,
        email_code.KIND,
        recovery_code.KIND,
        vneid.LEVEL_1,
        vneid.LEVEL_2,
    )
}

# Domain: a password alone bears `low`, and so does a code by message or of a card alone; with a one-time code of an
# app, by a passkey, by VNeID's level 2, or by a card together with the PIN of its holder it is `substantial`. A
# recovery code stands in no row above `low`, so it raises nothing.
LADDER: tuple[Rung, ...] = (
    Rung(frozenset({"password"}), Level.LOW),
    Rung(frozenset({"password", "recovery_code"}), Level.LOW),
    Rung(frozenset({"password", "totp"}), Level.SUBSTANTIAL),
    Rung(frozenset({"passkey"}), Level.SUBSTANTIAL),
    Rung(frozenset({"vneid_1"}), Level.LOW),
    Rung(frozenset({"code_card", "pin"}), Level.SUBSTANTIAL),
    Rung(frozenset({"vneid_2"}), Level.SUBSTANTIAL),
    Rung(frozenset({"code_card"}), Level.LOW),
    Rung(frozenset({"sms_code"}), Level.LOW),
    Rung(frozenset({"email_code"}), Level.LOW),
)
# For a service whose policy accepts restricted factors, and as a guard of an account that has no better second factor.
RESTRICTED_LADDER: tuple[Rung, ...] = (
    *LADDER,
    Rung(frozenset({"password", "sms_code"}), Level.SUBSTANTIAL),
    Rung(frozenset({"password", "email_code"}), Level.SUBSTANTIAL),
)
Ladder: TypeAlias = tuple[Rung, ...]
# The highest level that what somebody has of each kind may bear; a kind that is not named here has no cap.
Caps: TypeAlias = Mapping[str, Level]
NO_CAPS: Caps = {}


def living(proofs: Iterable[Proof], now: datetime) -> tuple[Proof, ...]:
    """Proofs of known methods that are not older than their method allows; none from the future."""
    return tuple(
        proof
        for proof in proofs
        if proof.method in AUTHENTICATORS and proof.at <= now < proof.at + AUTHENTICATORS[proof.method].max_age
    )


def ladder(*, accepts_restricted: bool) -> Ladder:
    """The ladder of a service, by its policy."""
    return RESTRICTED_LADDER if accepts_restricted else LADDER


def level_of(proofs: Iterable[Proof], now: datetime, by: Ladder = LADDER) -> Level | None:
    """What living proofs bear together; None: nothing that opens a session."""
    return _highest(_proven_caps(living(proofs, now)), by)


def is_phishing_resistant(proofs: Iterable[Proof], now: datetime) -> bool:
    """EAP ACR Values 1.0 (`phr`): whether one of the living proofs could not have been given to an impostor's page."""
    return any(AUTHENTICATORS[proof.method].phishing_resistant for proof in living(proofs, now))


def can_resist_phishing(kinds: Iterable[str]) -> bool:
    """Whether somebody who has these kinds can reach `phr`."""
    return any(kind in AUTHENTICATORS and AUTHENTICATORS[kind].phishing_resistant for kind in kinds)


def amr_of(proofs: Iterable[Proof], now: datetime) -> tuple[str, ...]:
    """RFC 8176 §2, in the registry's order; `mfa` where two kinds of factor were proven."""
    methods = {proof.method for proof in living(proofs, now)}
    used = [kind for kind in AUTHENTICATORS.values() if kind.name in methods]
    both = len({kind.factor for kind in used if kind.factor is not None}) > 1
    several = ("mfa",) if both or any(kind.verifies_user for kind in used) else ()
    return (*dict.fromkeys(kind.amr for kind in used if kind.amr is not None), *several)


def reachable_level(kinds: Iterable[str], caps: Caps = NO_CAPS, by: Ladder = LADDER) -> Level | None:
    """The highest level for somebody who has (or has used) these kinds; None: none at all."""
    return _highest({kind: caps.get(kind, Level.HIGH) for kind in kinds}, by)


def next_proofs(
    target: Level,
    proofs: Iterable[Proof],
    kinds: Iterable[str],
    now: datetime,
    *,
    caps: Caps = NO_CAPS,
    phishing_resistant: bool = False,
    by: Ladder = LADDER,
) -> tuple[str, ...]:
    """What to ask for, in order, to reach the target with the fewest pages.

    Empty where it is reached already and where it is out of reach; `reachable_level` tells the two apart.
    """
    ways = _ways(target, living(proofs, now), kinds, caps, by, phishing_resistant=phishing_resistant)
    return ways[0] if ways else ()


def alternatives(
    target: Level,
    proofs: Iterable[Proof],
    kinds: Iterable[str],
    now: datetime,
    *,
    caps: Caps = NO_CAPS,
    phishing_resistant: bool = False,
    by: Ladder = LADDER,
) -> tuple[str, ...]:
    """Kinds whose page would, alone, complete the target: whoever has several may choose."""
    ways = _ways(target, living(proofs, now), kinds, caps, by, phishing_resistant=phishing_resistant)
    return tuple(way[0] for way in ways if _pages(way) == 1)


def _pages(methods: Iterable[str]) -> int:
    """A card and its PIN are one page."""
    return len({AUTHENTICATORS[method].input for method in methods})


def _ways(
    target: Level, proofs: Iterable[Proof], kinds: Iterable[str], caps: Caps, by: Ladder, *, phishing_resistant: bool
) -> list[tuple[str, ...]]:
    """What is still missing on each rung that leads to the target, the shortest way first."""
    proven = _proven_caps(proofs)
    # What is asked for again may be worth more than what was used: another device of the same kind.
    available = {kind: caps.get(kind, Level.HIGH) for kind in kinds}
    found = []
    for rung in by:
        missing = [method for method in rung.methods if min(rung.ceiling, proven.get(method, _NOTHING)) < target]
        bearing = all(min(rung.ceiling, available.get(method, _NOTHING)) >= target for method in missing)
        if bearing and (not phishing_resistant or can_resist_phishing(rung.methods)):
            found.append((_pages(missing), rung.ceiling, tuple(n for n in AUTHENTICATORS if n in missing)))
    found.sort(key=lambda way: way[:2])
    return [way for _, _, way in found]


_NOTHING = 0


def _proven_caps(proofs: Iterable[Proof]) -> dict[str, Level]:
    found: dict[str, Level] = {}
    for proof in proofs:
        found[proof.method] = max(proof.cap, found.get(proof.method, proof.cap))
    return found


def _highest(caps: Caps, by: Ladder) -> Level | None:
    """Of the rungs whose methods are all there: an authenticator never bears more than the session that enrolled it."""
    borne = (
        min(rung.ceiling, *(caps[method] for method in rung.methods)) for rung in by if rung.methods <= caps.keys()
    )
    return max(borne, default=None)


def highest_level() -> Level:
    """What the installed authenticators can reach at all: discovery promises no more."""
    return max(rung.ceiling for rung in LADDER)


def proof_to_json(proof: Proof) -> dict[str, Any]:
    """For the grant: `acr` is recomputed from it at each issue."""
    stored = {
        "method": proof.method,
        "at": epoch(proof.at),
        "authenticator_id": proof.authenticator_id,
        "cap": proof.cap.word,
    }
    return {**stored, "outage": True} if proof.outage else stored


def proof_from_json(document: Mapping[str, Any]) -> Proof:
    """The inverse, to the second."""
    at, outage = instant(document["at"]), document.get("outage", False)
    # A release that knew no caps left none.
    cap = Level[document.get("cap", Level.HIGH.word).upper()]
    return Proof(document["method"], at, document["authenticator_id"], outage, cap)
