"""Tokens for forms on a person's own pages, bound to the session; and the question where a request came from."""

from collections.abc import Mapping

from idp.web.steps import Transition, seal
from idp.web.steps import verify as verify_transition

FIELD = "csrf"
_INTERACTION = "own pages"


def token(key: bytes, session: str, act: str) -> str:
    """For one session and one act (such as `end_session`), so that a token seen on one form is no use on another."""
    return seal(key, Transition(session, _INTERACTION, act, ""))


def verify(key: bytes, session: str, act: str, presented: str | None) -> bool:
    """Constant time."""
    return verify_transition(key, Transition(session, _INTERACTION, act, ""), presented)


def is_same_origin(headers: Mapping[str, str], origin: str) -> bool:
    """Second lock beside the token: what the browser itself says (Fetch Metadata, else Origin, RFC 6454 §7).

    A browser that says neither is not refused here: the token decides.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    sent = headers.get("origin")
    return sent is None or sent == origin
