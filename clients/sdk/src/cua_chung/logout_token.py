"""The rules of a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6), pure; the store counts the `jti`."""

from collections.abc import Mapping
from dataclasses import dataclass

from cua_chung.claims import Claims, instant, optional_text, require_fresh, require_issuer, text, texts
from cua_chung.errors import TokenRefused

TYPES = ("logout+jwt",)
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """Whom the provider signed out: one session (`sid`), or every session of a person (`sub` alone)."""

    issuer: str
    sid: str | None
    sub: str | None
    jti: str
    expires_at: float


def validate(claims: Claims, *, issuer: str, client_id: str, now: float, leeway: float) -> LogoutNotice:
    """§2.6 (3) to (7)."""
    require_issuer(claims, issuer)
    if client_id not in texts(claims, "aud"):
        raise TokenRefused("aud is another client")
    require_fresh(claims, now=now, leeway=leeway)
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(EVENT), Mapping):
        raise TokenRefused("events does not speak of a logout")
    # §2.4: a nonce is prohibited, so that an ID token can never pass for a logout token.
    if "nonce" in claims:
        raise TokenRefused("a logout token has no nonce")
    sid, sub = optional_text(claims, "sid"), optional_text(claims, "sub")
    if sid is None and sub is None:
        raise TokenRefused("neither sid nor sub")
    return LogoutNotice(issuer=issuer, sid=sid, sub=sub, jti=text(claims, "jti"), expires_at=instant(claims, "exp"))
