"""The single sign-on session: who signed in in this browser, by which proofs, what they still bear, and when it ends.

Storage keeps sessions, flows begin and end them; here stand only the rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from idp.authn.authenticators import AUTHENTICATORS, LADDER, RESTRICTED_LADDER, Ladder, level_of, living
from idp.authn.proof import Proof
from idp.kernel.level import Level

__all__ = [
    "Limit",
    "Proof",
    "Session",
    "SessionPolicy",
    "ends_at",
    "is_alive",
    "is_fresh",
    "needs_touch",
    "session_level",
    "surviving_proofs",
]


@dataclass(frozen=True, slots=True)
class Session:
    """Ends at the earliest of its ceiling, its idle limit and its sign-out; times are UTC."""

    id: str
    person_id: str
    proofs: tuple[Proof, ...]
    begun_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None = None
    # A public computer, says the person: short, and nothing of it is remembered.
    shared: bool = False

    @property
    def auth_time(self) -> datetime:
        """When the person last proved who they are: OpenID Connect Core §2."""
        return max(proof.at for proof in self.proofs)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a level lasts in all, and without any sign of the person."""

    total: timedelta
    idle: timedelta


def _limits() -> Mapping[Level, Limit]:
    return {
        Level.BASIC: Limit(timedelta(hours=12), timedelta(hours=1)),
        Level.LOW: Limit(timedelta(hours=12), timedelta(hours=1)),
        Level.SUBSTANTIAL: Limit(timedelta(hours=12), timedelta(minutes=30)),
        Level.HIGH: Limit(timedelta(hours=1), timedelta(minutes=15)),
    }


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """Settings; a sign of life is written down at most once in `touch_every`."""

    limits: Mapping[Level, Limit] = field(default_factory=_limits)
    # On a public computer: whoever walks away without signing out is gone soon.
    shared: Limit = Limit(timedelta(hours=1), timedelta(minutes=5))
    touch_every: timedelta = timedelta(minutes=1)


def ends_at(session: Session, policy: SessionPolicy) -> datetime:
    """The ceiling, counted from the last time the person signed in anew; nothing but a new sign-in moves it."""
    primary = (proof.at for proof in session.proofs if _is_primary(proof))
    longest = max(limit.total for limit in policy.limits.values())
    if session.shared:
        longest = min(longest, policy.shared.total)
    return max(primary, default=session.begun_at) + longest


def is_alive(session: Session, level: Level, now: datetime, policy: SessionPolicy) -> bool:
    """Whether the session may still be used at this level. An unknown level has no limit, so it is never alive."""
    limit = policy.limits.get(level)
    if limit is None or session.ended_at is not None or not session.proofs:
        return False
    idle = min(limit.idle, policy.shared.idle) if session.shared else limit.idle
    return now < min(ends_at(session, policy), session.auth_time + limit.total, session.last_seen_at + idle)


def session_level(session: Session, now: datetime, policy: SessionPolicy, by: Ladder = LADDER) -> Level | None:
    """The highest level that living proofs and limits both bear; None: the session is over."""
    proven = level_of(session.proofs, now, by)
    if proven is None:
        return None
    return max((level for level in Level if level <= proven and is_alive(session, level, now, policy)), default=None)


def surviving_proofs(session: Session, now: datetime, policy: SessionPolicy) -> tuple[Proof, ...]:
    """What to keep at a touch: a level that lapsed by idleness never comes back with the next click."""
    level = session_level(session, now, policy)
    if level is None:
        return ()
    held = tuple(_lapsed(proof, session, now, policy) for proof in living(session.proofs, now))
    methods = {
        method
        for rung in LADDER
        if min([rung.ceiling, *(proof.cap for proof in held if proof.method in rung.methods)]) <= level
        for method in rung.methods
    }
    # Whoever signed in by one act alone stays signed in, for no more than the level that is left.
    return tuple(
        replace(proof, cap=min(proof.cap, level)) if _is_primary(proof) and proof.method not in methods else proof
        for proof in held
        if proof.method in methods or _is_primary(proof)
    )


def _lapsed(proof: Proof, session: Session, now: datetime, policy: SessionPolicy) -> Proof:
    """What a restricted factor bore, for the services that accept it, lapses by idleness too; it stays a way in."""
    if not AUTHENTICATORS[proof.method].restricted:
        return proof
    level = session_level(session, now, policy, RESTRICTED_LADDER) or Level.BASIC
    proven = level_of(session.proofs, now, RESTRICTED_LADDER) or Level.BASIC
    return replace(proof, cap=min(proof.cap, level)) if level < proven else proof


def needs_touch(session: Session, now: datetime, policy: SessionPolicy) -> bool:
    """Whether a sign of life is worth a write."""
    return now - session.last_seen_at >= policy.touch_every


def is_fresh(session: Session, max_age: int | None, begun_at: datetime, *, prompt_login: bool, now: datetime) -> bool:
    """OpenID Connect Core §3.1.2.1 (prompt=login, max_age): whether the person need not sign in again.

    Whoever signed in since the interaction began has done so, whatever max_age says: so nothing ever loops. Only a
    primary proof counts: a one-time code renews no sign-in.
    """
    signed_in = [proof.at for proof in session.proofs if _is_primary(proof)]
    if not signed_in:
        return False
    latest = max(signed_in)
    if latest >= begun_at:
        return True
    return not prompt_login and (max_age is None or now - latest <= timedelta(seconds=max_age))


def _is_primary(proof: Proof) -> bool:
    return proof.method in AUTHENTICATORS and AUTHENTICATORS[proof.method].primary
