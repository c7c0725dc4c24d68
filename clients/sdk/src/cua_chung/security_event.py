"""The rules of a security event token, pure: RFC 8417 §2, OpenID Shared Signals 1.0 §4; the store counts the `jti`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cua_chung.claims import Claims, instant, require_issuer, text, texts
from cua_chung.errors import TokenRefused

TYPES = ("secevent+jwt",)
CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
# After these a person, or one session of theirs, is to be signed out here as well.
ENDING = (CAEP + "session-revoked", RISC + "account-disabled", RISC + "account-purged")


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """What happened to the account of `sub`; `sid` where it is about one session. `claims` are the event's own."""

    type: str
    sub: str
    sid: str | None
    jti: str
    issued_at: float
    claims: Mapping[str, object] = field(default_factory=dict)

    @property
    def ends_sessions(self) -> bool:
        return self.type in ENDING


def validate(claims: Claims, *, issuer: str, client_id: str, now: float, leeway: float) -> SecurityEvent:
    """Made by this issuer, for us, about one event of somebody whom we know; and surely no token of another kind."""
    require_issuer(claims, issuer)
    if client_id not in texts(claims, "aud"):
        raise TokenRefused("aud is another client")
    issued_at = instant(claims, "iat")
    if issued_at - leeway > now:
        raise TokenRefused("iat lies in the future")
    # Shared Signals §4.1: neither may be there, so that no ID token or logout token passes for one.
    if "exp" in claims or "sub" in claims or "nonce" in claims:
        raise TokenRefused("a security event token has no exp, sub or nonce")
    events = claims.get("events")
    if not isinstance(events, Mapping) or len(events) != 1:
        raise TokenRefused("events does not hold exactly one event")
    [(type_, about)] = events.items()
    if not isinstance(about, Mapping):
        raise TokenRefused("the event is no object")
    sub, sid = _subject(claims.get("sub_id"), issuer)
    return SecurityEvent(str(type_), sub, sid, text(claims, "jti"), issued_at, dict(about))


def _subject(told: object, issuer: str) -> tuple[str, str | None]:
    """RFC 9493 §3.2.3, Shared Signals §3.3: a person of this issuer, or a session of theirs."""
    if not isinstance(told, Mapping):
        raise TokenRefused("sub_id is missing")
    if told.get("format") == "complex":
        inner = told.get("session")
        if not isinstance(inner, Mapping) or inner.get("format") != "opaque":
            raise TokenRefused("sub_id names no session")
        return _subject(told.get("user"), issuer)[0], text(inner, "id")
    if told.get("format") != "iss_sub" or told.get("iss") != issuer:
        raise TokenRefused("sub_id is no person of this issuer")
    return text(told, "sub"), None
