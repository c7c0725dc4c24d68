"""Where a proof has its root: whoever holds one thing must not be able to prove two.

Recovery, and the undoing of a lock, need two different roots. What is known (a password, a PIN) has none.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Root(StrEnum):
    """What somebody would have to get hold of, or be, to make a proof."""

    PHONE = "phone"
    EMAIL = "email"
    PAPER = "paper"
    CARD = "card"
    PRESENCE = "presence"


# Whoever holds an unlocked telephone reads its messages, opens VNeID and its apps, and uses the passkeys on it.
_ROOTS: Final[Mapping[str, Root]] = {
    "sms_code": Root.PHONE,
    "vneid_1": Root.PHONE,
    "vneid_2": Root.PHONE,
    "passkey": Root.PHONE,
    "totp": Root.PHONE,
    "email_code": Root.EMAIL,
    "recovery_code": Root.PAPER,
    "code_card": Root.CARD,
    "in_person": Root.PRESENCE,
}
# The mailbox was perhaps confirmed by the telephone that somebody else holds by now.
YOUNG_EMAIL: Final = timedelta(days=30)
NEEDED: Final = 2


@dataclass(frozen=True, slots=True)
class RootProof:
    """One proof on the way to a recovery. `since`: from when on the person had what it was made with.

    `root` was decided when it was made.
    """

    root: Root
    method: str
    at: datetime
    since: datetime


def root_of(method: str, since: datetime, now: datetime) -> Root | None:
    """None: this method proves nothing here. An e-mail address confirmed a short time ago counts as the telephone."""
    root = _ROOTS.get(method)
    if root is Root.EMAIL and now - since < YOUNG_EMAIL:
        return Root.PHONE
    return root


def proven(
    proofs: Iterable[RootProof], now: datetime, max_age: timedelta, before: datetime | None = None
) -> frozenset[Root]:
    """The different roots of the proofs that still count; with `before`, of what the person had before that moment."""
    return frozenset(
        proof.root
        for proof in proofs
        if proof.at <= now < proof.at + max_age and (before is None or proof.since < before)
    )


def is_enough(roots: Collection[Root]) -> bool:
    return len(frozenset(roots)) >= NEEDED
