"""The `claims` request parameter: OpenID Connect Core §5.5, and nothing else of it than what is asked."""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.kernel.errors import InvalidRequest
from idp.protocol.claim_names import short, wire
from idp.protocol.verified_claims import asked as verified_claims
from idp.protocol.verified_claims.asked import Verified

# OpenID Connect for Identity Assurance 1.0 §5: its request is no claim's but a tree of its own.
VERIFIED_CLAIMS = "verified_claims"

_MAX_CLAIMS = 100
# The deepest of what is specified: a value list of a document's issuer, in an array of verified_claims, is 11 down.
_MAX_DEPTH = 12
_MAX_NUMBER = 2**53  # RFC 8259 §6: what every reader of JSON agrees about


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """§5.5.1: one claim, whether it is essential, and which values would satisfy (empty: any).

    `voluntary`: `essential: false` was said, not merely left to the default; such a claim is offered unticked.
    """

    essential: bool = False
    values: tuple[Any, ...] = ()
    voluntary: bool = False


@dataclass(frozen=True, slots=True)
class ClaimsParameter:
    """Claims asked for each delivery, by name; `verified` holds what is asked with a verification."""

    userinfo: Mapping[str, ClaimRequest] = field(default_factory=dict)
    id_token: Mapping[str, ClaimRequest] = field(default_factory=dict)
    verified: Verified = field(default_factory=Verified)

    def names(self) -> frozenset[str]:
        return frozenset(self.userinfo) | frozenset(self.id_token)

    def requests(self, name: str) -> tuple[ClaimRequest, ...]:
        """Every request of one claim, whatever its delivery."""
        return tuple(section[name] for section in (self.userinfo, self.id_token) if name in section)

    def only(self, known: Container[str]) -> "ClaimsParameter":
        """Without the names that we do not know (§5.5: they are ignored)."""
        return ClaimsParameter(
            {name: request for name, request in self.userinfo.items() if name in known},
            {name: request for name, request in self.id_token.items() if name in known},
            self.verified,
        )


def parse(text: str) -> ClaimsParameter:
    """The typed parameter; `invalid_request` where it is no JSON object of the specified shape.

    Unknown top-level members and unknown members of a claim's request are ignored (§5.5, §5.5.1).
    """
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InvalidRequest("claims is not a JSON object") from None
    if not isinstance(document, dict) or not _is_plain(document, _MAX_DEPTH):
        raise InvalidRequest("claims is not a JSON object that can be kept")
    return from_json(document)


def to_json(claims: ClaimsParameter) -> dict[str, Any]:
    """The parameter as it could have been sent: `parse(json.dumps(to_json(x))) == x`."""
    sections = {
        "userinfo": (claims.userinfo, claims.verified.userinfo),
        "id_token": (claims.id_token, claims.verified.id_token),
    }
    return {
        delivery: {
            **{wire(name): _claim_to_json(request) for name, request in section.items()},
            **({VERIFIED_CLAIMS: verified_claims.to_json(verified)} if verified else {}),
        }
        for delivery, (section, verified) in sections.items()
        if section or verified
    }


def from_json(document: Mapping[str, Any]) -> ClaimsParameter:
    """The inverse of `to_json`, for what was stored."""
    userinfo, id_token = document.get("userinfo"), document.get("id_token")
    return ClaimsParameter(_section(userinfo), _section(id_token), Verified(_verified(userinfo), _verified(id_token)))


def _claim_to_json(request: ClaimRequest) -> dict[str, Any] | None:
    document: dict[str, Any] = {}
    if request.essential or request.voluntary:
        document["essential"] = request.essential
    if request.values:
        document["values"] = list(request.values)
    return document or None


def _no_constant(_: str) -> None:
    raise ValueError


def _is_plain(value: object, depth: int) -> bool:
    """What every store and every JSON library can hold: no NUL, no lone surrogate, no giant number, no deep nesting."""
    match value:
        case None | bool():
            return True
        case str():
            return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
        case int():
            return abs(value) < _MAX_NUMBER
        case float():
            return abs(value) < float("inf")
        case list():
            return depth > 0 and all(_is_plain(item, depth - 1) for item in value)
        case dict():
            return depth > 0 and all(_is_plain(name, 0) and _is_plain(item, depth - 1) for name, item in value.items())
        case _:
            return False


def _section(section: object) -> dict[str, ClaimRequest]:
    if section is None:
        return {}
    if not isinstance(section, dict) or len(section) > _MAX_CLAIMS:
        raise InvalidRequest("userinfo and id_token in claims must be JSON objects")
    return {short(name): _claim(request) for name, request in section.items() if name != VERIFIED_CLAIMS}


def _verified(section: object) -> verified_claims.Requested:
    return verified_claims.parse(section.get(VERIFIED_CLAIMS) if isinstance(section, dict) else None)


def _claim(request: object) -> ClaimRequest:
    if request is None:
        return ClaimRequest()
    if not isinstance(request, dict):
        raise InvalidRequest("a claim in claims must be null or a JSON object")
    essential = request.get("essential", False)
    values = request.get("values", [request["value"]] if "value" in request else [])
    if not isinstance(essential, bool) or not isinstance(values, list):
        raise InvalidRequest("essential must be a boolean and values an array")
    return ClaimRequest(essential, tuple(values), voluntary="essential" in request and not essential)
