"""Ways to sign in that people forbid for their own account: refused at every door, to everybody, a helpdesk too."""

from idp.authn.own_changes import WAYS
from idp.storage.database import Tx


async def kinds(tx: Tx, person_id: str) -> frozenset[str]:
    """Kinds of authenticators that count for nothing with this person: at sign-in, at enrolment, in a recovery."""
    return frozenset(kind for way in await ways(tx, person_id) for kind in WAYS.get(way, ()))


async def ways(tx: Tx, person_id: str) -> frozenset[str]:
    """The same as people see it: a card goes with its PIN."""
    return await tx.switched_off.kinds(person_id)
