"""What bounds the way through VNeID: nobody is flooded with questions there, or with links to an account here."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from idp.crypto.root_keys import Purpose
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction

_DAY: Final = int(timedelta(days=1).total_seconds())


async def may_start(hall: Hall, interaction: Interaction, now: datetime) -> bool:
    """By browser: all of the province comes through few addresses, and VNeID knows its own people."""
    policy = hall.policies.throttle
    key = _opaque(hall, "trips", interaction.browser)
    return (await hall.cache.throttle.hit(key, policy.trips_limit, policy.window_seconds, now)).allowed


async def may_link(hall: Hall, number: str, now: datetime) -> bool:
    """By identity number: whoever holds somebody's VNeID asks for their password here a few times a day."""
    key = _opaque(hall, "links", number)
    return (await hall.cache.throttle.hit(key, hall.policies.throttle.links_a_day, _DAY, now)).allowed


def _opaque(hall: Hall, *parts: str) -> bytes:
    """No number can be read from a counter."""
    text = "\0".join(("vneid", *parts)).encode("utf-8", "surrogatepass")
    return hmac.new(hall.roots.derive(Purpose.THROTTLE), text, hashlib.sha256).digest()
