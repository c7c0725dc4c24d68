"""The link "this wasn't me": what it claims, sealed, so that it tells nothing to its reader and nobody can make one.

Nothing is stored for a link. That it is used once follows from what it does: a lock that stands is not put twice, and
one that was lifted since answers for everything before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson

from idp.crypto import base64url
from idp.crypto.field_encryption import Undecryptable
from idp.flows.hall import Hall
from idp.kernel.clock import epoch, instant

LIFETIME: Final = timedelta(days=10)
PATH: Final = "/not-me"
_CONTEXT: Final = "not-me"
_LONGEST: Final = 600


@dataclass(frozen=True, slots=True)
class Claim:
    """That something was not this person: the kind of the notice or of the entry, and when it happened."""

    person_id: str
    about: str
    at: datetime


def link(hall: Hall, claim: Claim, now: datetime) -> str:
    """A path of ours, good for ten days from now."""
    return f"{PATH}/{seal(hall, claim, now)}"


def seal(hall: Hall, claim: Claim, now: datetime) -> str:
    document = [claim.person_id, claim.about, epoch(claim.at), epoch(now + LIFETIME)]
    return base64url.encode(hall.vault.seal(orjson.dumps(document), _CONTEXT))


def read(hall: Hall, presented: str, now: datetime) -> Claim | None:
    """Total. None: not ours, or older than ten days."""
    if len(presented) > _LONGEST:
        return None
    try:
        person_id, about, at, ends_at = orjson.loads(hall.vault.open_(base64url.decode(presented), _CONTEXT))
    except (Undecryptable, ValueError):
        return None
    return Claim(person_id, about, instant(at)) if epoch(now) < ends_at else None
