"""The single sign-on session: who signed in in this browser, by which proofs, and when it ends. Storage keeps it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """One successful use of one authenticator. `method` names an entry of the authenticator registry."""

    method: str
    at: datetime
    authenticator_id: str


@dataclass(frozen=True, slots=True)
class Session:
    """Ends at the earliest of its ceiling, its idle limit and its sign-out; times are UTC."""

    id: str
    person_id: str
    proofs: tuple[Proof, ...]
    begun_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None = None

    @property
    def auth_time(self) -> datetime:
        """When the person last proved who they are: OpenID Connect Core §2."""
        return max(proof.at for proof in self.proofs)
