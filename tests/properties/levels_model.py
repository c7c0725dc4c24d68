"""The most that each token may say at a moment, written from the domain (§3) and decision 0030, not from the code.

It knows four things: evidence with its end, ways to sign in with what they are worth, who proved what in which session,
and which tokens came of that. What it allows is an upper bound; a token that says less is no fault here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from idp.kernel.level import Level

AGE = timedelta(hours=12)
# Domain §3, the table of authentication proofs.
LADDER: tuple[tuple[frozenset[str], Level], ...] = (
    (frozenset({"password"}), Level.LOW),
    (frozenset({"vneid_1"}), Level.LOW),
    (frozenset({"password", "totp"}), Level.SUBSTANTIAL),
    (frozenset({"passkey"}), Level.SUBSTANTIAL),
    (frozenset({"vneid_2"}), Level.SUBSTANTIAL),
)


@dataclass
class Evidence:
    """It gives its level until its end, and nothing once it was withdrawn."""

    level: Level
    ends_at: datetime | None = None
    withdrawn: bool = False

    def counts(self, now: datetime) -> bool:
        return not self.withdrawn and (self.ends_at is None or now < self.ends_at)


@dataclass
class Way:
    """A way to sign in, worth no more than the session that enrolled it, nor than before a raise that it slept through.

    VNeID's own word is held by nothing of ours.
    """

    kind: str
    worth: Level = Level.HIGH


@dataclass
class Proof:
    """`worth`: of its way when it was given; a raise that holds the way holds the proof."""

    way: Way
    at: datetime
    worth: Level


@dataclass
class Session:
    proofs: list[Proof] = field(default_factory=list)
    over: bool = False

    def living(self, now: datetime) -> list[Proof]:
        return [one for one in self.proofs if one.at <= now < one.at + AGE]


@dataclass
class Token:
    """An access token with its refresh token; `said`: the level of the code's redemption, which none exceeds later."""

    service: int
    session: Session
    proofs: list[Proof]
    said: Level
    issued_at: datetime
    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    over: bool = False


@dataclass
class Case:
    """A verification from afar that stands its day: begun in this session, by these ways."""

    evidence: Evidence
    session: Session
    ways: list[Way]
    due_at: datetime


def proven(proofs: Iterable[Proof], now: datetime) -> Level:
    """What living proofs bear together: a rung bears no more than the least of its ways is worth."""
    living: dict[str, Level] = {}
    for one in proofs:
        if one.at <= now < one.at + AGE:
            living[one.way.kind] = max(one.worth, living.get(one.way.kind, Level.BASIC))
    rungs = [min([top, *(living[kind] for kind in kinds)]) for kinds, top in LADDER if kinds <= living.keys()]
    return max(rungs, default=Level.BASIC)


@dataclass
class Levels:
    """One person."""

    evidence: dict[str, Evidence] = field(default_factory=dict)
    ways: dict[str, Way] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    case: Case | None = None
    held: bool = False

    def identity(self, now: datetime) -> Level:
        return max((one.level for one in self.evidence.values() if one.counts(now)), default=Level.BASIC)

    def worth(self, session: Session, now: datetime) -> Level:
        """Of a token that is issued in this session now."""
        return min(self.identity(now), proven(session.living(now), now))

    def bound(self, token: Token, now: datetime) -> Level:
        return min(self.identity(now), proven(token.proofs, now), token.said)

    # What happens

    def proves(self, session_id: str, kind: str, at: datetime) -> None:
        way = self.ways.setdefault(kind, Way(kind))
        self.sessions.setdefault(session_id, Session()).proofs.append(Proof(way, at, way.worth))

    def verified(
        self, key: str, new: Evidence, now: datetime, session: Session | None = None, ways: Iterable[Way] = ()
    ) -> bool:
        """Whether it was a raise: then whatever nobody witnessed is worth what it was before, or is over."""
        before = self.identity(now)
        self.evidence[key] = new
        if self.identity(now) <= before:
            return False
        witnessed = list(ways)
        for way in self.ways.values():
            if not any(way is one for one in witnessed) and not way.kind.startswith("vneid"):
                way.worth = min(way.worth, before)
        for one in self.sessions.values():
            one.over = one.over or one is not session
            _hold(one.proofs, before, witnessed)
        for token in self.tokens:
            token.over = token.over or token.session is not session
            _hold(token.proofs, before, witnessed)
        return True

    def ends_access(self) -> None:
        for session in self.sessions.values():
            session.over = True
        for token in self.tokens:
            token.over = True


def _hold(proofs: Iterable[Proof], before: Level, witnessed: list[Way]) -> None:
    for proof in proofs:
        if not any(proof.way is one for one in witnessed) and not proof.way.kind.startswith("vneid"):
            proof.worth = min(proof.worth, before)
