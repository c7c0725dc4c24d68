"""Rules for whoever looks after their own authenticators: how fresh a proof a change needs, and what may go."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from idp.authn.authenticators import AUTHENTICATORS, living, reachable_level
from idp.authn.proof import Proof
from idp.kernel.level import Level

# A page that somebody left open at a kiosk is worth nothing to the next in line.
FRESH = timedelta(minutes=5)


def is_strongest(methods: Iterable[str], enrolled: Iterable[str]) -> bool:
    """Whether these methods prove as much as the person's authenticators can prove together.

    Caps do not count here: a thief who has the password alone must not take away a second factor because it is a weak
    one. A recovery code beside the password stands in for what was lost.
    """
    used = frozenset(method for method in methods if method in AUTHENTICATORS)
    if any(AUTHENTICATORS[method].recovers for method in used) and any(AUTHENTICATORS[m].primary for m in used):
        return True
    reached = reachable_level(used)
    return reached is not None and reached >= strongest(enrolled)


def strongest(enrolled: Iterable[str]) -> Level:
    """The level that a change protects."""
    return reachable_level(enrolled) or Level.BASIC


def may_change(proofs: Iterable[Proof], enrolled: Iterable[str], now: datetime) -> bool:
    """Whether this session may add, rename or remove authenticators now."""
    fresh = [proof.method for proof in living(proofs, now) if now - proof.at <= FRESH]
    return is_strongest(fresh, enrolled)


def may_remove(kind: str, others: Iterable[str]) -> bool:
    """Whether one of this kind may go, where `others` stay. The last strong one needs a successor first.

    What opens a session must stay too: the password is changed, never taken away.
    """
    entry = AUTHENTICATORS.get(kind)
    if entry is None or kind == "password":
        return False
    left = [AUTHENTICATORS[other] for other in others if other in AUTHENTICATORS]
    if not any(other.primary for other in left):
        return False
    return not entry.strong or any(other.strong for other in left)
