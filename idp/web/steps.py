"""Transition tokens: what lets one step of an interaction be answered, by the browser that began it. Pure mechanism.

That a nonce is used once is kept by the interaction's record, not here.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass

FIELD = "transition"


@dataclass(frozen=True, slots=True)
class Transition:
    """What a token is bound to: the browser's binding, the interaction, the step that was shown, and its nonce."""

    browser: str
    interaction: str
    step: str
    nonce: str


def seal(key: bytes, transition: Transition) -> str:
    """HMAC-SHA-256, base64url; each part is framed by its length, so no two transitions share an input."""
    mac = hmac.new(key, b"cuachung transition 1", hashlib.sha256)
    for part in (transition.browser, transition.interaction, transition.step, transition.nonce):
        octets = part.encode("utf-8", "surrogatepass")
        mac.update(len(octets).to_bytes(8, "big"))
        mac.update(octets)
    return base64.urlsafe_b64encode(mac.digest()).rstrip(b"=").decode("ascii")


def verify(key: bytes, transition: Transition, presented: str | None) -> bool:
    """Constant time; an absent or odd token is simply not the right one."""
    expected = seal(key, transition).encode("ascii")
    return hmac.compare_digest(expected, (presented or "").encode("utf-8", "surrogatepass"))
