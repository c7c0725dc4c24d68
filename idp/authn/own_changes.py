"""Rules for whoever looks after their own authenticators: how fresh a proof a change needs, and what may go."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from idp.authn.authenticators import AUTHENTICATORS, LADDER, RESTRICTED_LADDER, Ladder, living, reachable_level
from idp.authn.proof import Proof
from idp.kernel.level import Level

# A password is changed, a PIN goes with its card.
NEVER_REMOVED = frozenset({"password", "pin"})
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
    kinds = frozenset(enrolled)
    reached = reachable_level(used, by=guard(kinds))
    return reached is not None and reached >= strongest(kinds)


def strongest(enrolled: Iterable[str]) -> Level:
    """The level that a change protects."""
    kinds = frozenset(enrolled)
    return reachable_level(kinds, by=guard(kinds)) or Level.BASIC


def guard(enrolled: Iterable[str]) -> Ladder:
    """By which ladder a change is measured: a code by SMS is a guard where there is no better one, and only there.

    Otherwise whoever moved a number to a card of their own could take an app or a passkey away with it.
    """
    kinds = frozenset(enrolled)
    poor = (reachable_level(kinds) or Level.BASIC) < (reachable_level(kinds, by=RESTRICTED_LADDER) or Level.BASIC)
    return RESTRICTED_LADDER if poor else LADDER


def may_change(proofs: Iterable[Proof], enrolled: Iterable[str], now: datetime) -> bool:
    """Whether this session may add, rename or remove authenticators now."""
    fresh = [proof.method for proof in living(proofs, now) if now - proof.at <= FRESH]
    return is_strongest(fresh, enrolled)


# Ways to sign in as people think of them, and the kinds of each: a card goes with its PIN, VNeID with its levels.
WAYS: Mapping[str, tuple[str, ...]] = {
    "password": ("password",),
    "passkey": ("passkey",),
    "totp": ("totp",),
    "sms_code": ("sms_code",),
    "email_code": ("email_code",),
    "code_card": ("code_card", "pin"),
    "recovery_code": ("recovery_code",),
    "vneid": ("vneid_1", "vneid_2"),
}


def may_switch_off(way: str, here: Iterable[str]) -> bool:
    """Whether somebody who has `here` may forbid this way, whether it is among them or not.

    Something that opens a session has to stay, and something strong where there was any.
    """
    if way not in WAYS:
        return False
    had = [kind for kind in here if kind in AUTHENTICATORS]
    left = [kind for kind in had if kind not in WAYS[way]]
    if left == had:
        return True
    return any(AUTHENTICATORS[kind].primary for kind in left) and (
        not any(map(_is_strong, had)) or any(map(_is_strong, left))
    )


def _is_strong(kind: str) -> bool:
    """VNeID's second level guards an account as well as anything that one could enrol here."""
    return AUTHENTICATORS[kind].strong or kind == "vneid_2"


def may_remove(kind: str, others: Iterable[str]) -> bool:
    """Whether one of this kind may go, where `others` stay. The last strong one needs a successor first.

    What opens a session must stay too: the password is changed, never taken away, and a PIN goes with its card.
    """
    entry = AUTHENTICATORS.get(kind)
    if entry is None or kind in NEVER_REMOVED:
        return False
    left = [AUTHENTICATORS[other] for other in others if other in AUTHENTICATORS]
    if not any(other.primary for other in left):
        return False
    return not entry.strong or any(other.strong for other in left)
