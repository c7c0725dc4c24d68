"""Security event tokens about people: RFC 8417, OpenID CAEP 1.0 and RISC 1.0, and the poll request of RFC 8936."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from idp.kernel.clock import epoch
from idp.kernel.errors import InvalidRequest

TYP: Final = "secevent+jwt"
_CAEP: Final = "https://schemas.openid.net/secevent/caep/event-type/"
_RISC: Final = "https://schemas.openid.net/secevent/risc/event-type/"
# RFC 8935, RFC 8936: how OpenID Shared Signals names the two ways.
PUSH_METHOD: Final = "urn:ietf:rfc:8935"
POLL_METHOD: Final = "urn:ietf:rfc:8936"

MOST_SETS: Final = 100
_MOST_ACKS: Final = 1_000
_MAX_JTI: Final = 128


class Delivery(StrEnum):
    """How a service wants its events."""

    PUSH = "push"
    POLL = "poll"


class EventType(StrEnum):
    """What we tell, and nothing else: metadata and tests read this list."""

    SESSION_REVOKED = _CAEP + "session-revoked"
    ASSURANCE_LEVEL_CHANGE = _CAEP + "assurance-level-change"
    CREDENTIAL_CHANGE = _CAEP + "credential-change"
    ACCOUNT_DISABLED = _RISC + "account-disabled"
    ACCOUNT_ENABLED = _RISC + "account-enabled"
    ACCOUNT_PURGED = _RISC + "account-purged"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """What happened at `at`; `claims` are the event's own, by the names of its specification."""

    type: EventType
    at: datetime
    claims: Mapping[str, Any] = field(default_factory=dict)


def payload(
    issuer: str, audience: str, jti: str, sub: str, sid: str | None, type_: str, claims: Mapping[str, Any], issued: int
) -> dict[str, Any]:
    """RFC 8417 §2.2, OpenID Shared Signals 1.0 §4: `sub_id`, never `sub`, and no `exp`, so that it is no other token.

    The subject is the person as this service knows them; with `sid`, one session of theirs (§3.3, complex).
    """
    user = {"format": "iss_sub", "iss": issuer, "sub": sub}
    one_session = {"format": "complex", "user": user, "session": {"format": "opaque", "id": sid}}
    return {
        "iss": issuer,
        "aud": audience,
        "iat": issued,
        "jti": jti,
        "sub_id": user if sid is None else one_session,
        "events": {type_: dict(claims)},
    }


def told(event: SecurityEvent) -> dict[str, Any]:
    """CAEP §2: every event says when it happened, in seconds."""
    return {"event_timestamp": epoch(event.at), **event.claims}


@dataclass(frozen=True, slots=True)
class PollRequest:
    """RFC 8936 §2.2. `ack` are the `jti` taken in, `errors` those that can't be, each with its code."""

    max_events: int = MOST_SETS
    return_immediately: bool = False
    ack: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


def poll_request(document: object) -> PollRequest:
    """`invalid_request` for what is none; unknown members are ignored (§2.2)."""
    if not isinstance(document, dict):
        raise InvalidRequest("the poll request must be a JSON object")
    most, at_once = document.get("maxEvents", MOST_SETS), document.get("returnImmediately", False)
    ack, errors = document.get("ack", []), document.get("setErrs", {})
    if not isinstance(most, int) or isinstance(most, bool) or most < 0 or not isinstance(at_once, bool):
        raise InvalidRequest("maxEvents is a whole number, returnImmediately a boolean")
    if not isinstance(ack, list) or not isinstance(errors, dict) or len(ack) + len(errors) > _MOST_ACKS:
        raise InvalidRequest("ack is an array, setErrs an object, and both are bounded")
    if not all(_is_jti(jti) for jti in (*ack, *errors)):
        raise InvalidRequest("ack and setErrs name events by their jti")
    return PollRequest(min(most, MOST_SETS), at_once, tuple(ack), {jti: _code(said) for jti, said in errors.items()})


def _is_jti(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_JTI and value.isascii() and value.isprintable()


def _code(said: object) -> str:
    """RFC 8935 §2.4: a registered word; what is none is not written down."""
    code = said.get("err") if isinstance(said, dict) else None
    known = ("invalid_request", "invalid_key", "invalid_issuer", "invalid_audience", "authentication_failed")
    return code if isinstance(code, str) and code in (*known, "access_denied", "jwtCrypto") else "unspecified"


def metadata(issuer: str, jwks_uri: str, poll_uri: str) -> dict[str, Any]:
    """OpenID Shared Signals 1.0 §7.1: what exists. Streams are kept in registrations, so no endpoint is for them."""
    return {
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": jwks_uri,
        "delivery_methods_supported": [PUSH_METHOD, POLL_METHOD],
        "default_subjects": "ALL",
        # RFC 7617 and RFC 6750: how a service polls.
        "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:7617"}, {"spec_urn": "urn:ietf:rfc:6750"}],
        "events_supported": [one.value for one in EventType],
        "poll_endpoint": poll_uri,
    }
