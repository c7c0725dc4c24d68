"""The `claims` request parameter: OpenID Connect Core §5.5, and nothing else of it than what is asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.kernel.errors import InvalidRequest

_MAX_CLAIMS = 100


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """§5.5.1: one claim, whether it is essential, and which values would satisfy (empty: any)."""

    essential: bool = False
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimsParameter:
    """Claims asked for each delivery, by name."""

    userinfo: Mapping[str, ClaimRequest] = field(default_factory=dict)
    id_token: Mapping[str, ClaimRequest] = field(default_factory=dict)

    def names(self) -> frozenset[str]:
        return frozenset(self.userinfo) | frozenset(self.id_token)


def parse(text: str) -> ClaimsParameter:
    """The typed parameter; `invalid_request` where it is no JSON object of the specified shape.

    Unknown top-level members and unknown members of a claim's request are ignored (§5.5, §5.5.1).
    """
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InvalidRequest("claims is not a JSON object") from None
    if not isinstance(document, dict):
        raise InvalidRequest("claims is not a JSON object")
    return ClaimsParameter(_section(document.get("userinfo")), _section(document.get("id_token")))


def _no_constant(_: str) -> None:
    raise ValueError


def _section(section: object) -> dict[str, ClaimRequest]:
    if section is None:
        return {}
    if not isinstance(section, dict) or len(section) > _MAX_CLAIMS:
        raise InvalidRequest("userinfo and id_token in claims must be JSON objects")
    return {name: _claim(request) for name, request in section.items()}


def _claim(request: object) -> ClaimRequest:
    if request is None:
        return ClaimRequest()
    if not isinstance(request, dict):
        raise InvalidRequest("a claim in claims must be null or a JSON object")
    essential = request.get("essential", False)
    values = request.get("values", [request["value"]] if "value" in request else [])
    if not isinstance(essential, bool) or not isinstance(values, list):
        raise InvalidRequest("essential must be a boolean and values an array")
    return ClaimRequest(essential, tuple(values))
