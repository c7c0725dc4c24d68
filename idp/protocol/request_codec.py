"""The authorization request as JSON, for the stores of interactions and pushed requests, and back; checks nothing."""

from collections.abc import Mapping
from typing import Any

from idp.protocol import claims_parameter
from idp.protocol.request import AuthorizationRequest, Prompt, ResponseMode

_LISTS = ("scope", "acr_values", "ui_locales", "claims_locales", "resource")
_PLAIN = (
    "client_id",
    "redirect_uri",
    "state",
    "nonce",
    "code_challenge",
    "max_age",
    "login_hint",
    "hinted_sub",
    "display",
)


def to_json(request: AuthorizationRequest) -> dict[str, Any]:
    """Members without a value are left out."""
    document: dict[str, Any] = {
        "response_mode": request.response_mode.value,
        "prompt": sorted(request.prompt),
        "claims": claims_parameter.to_json(request.claims),
        **{name: getattr(request, name) for name in _PLAIN},
        **{name: list(getattr(request, name)) for name in _LISTS},
    }
    return {name: value for name, value in document.items() if value is not None and value not in ([], {})}


def from_json(document: Mapping[str, Any]) -> AuthorizationRequest:
    """The inverse of `to_json`."""
    members: dict[str, Any] = {
        "response_mode": ResponseMode(document["response_mode"]),
        "prompt": frozenset(Prompt(value) for value in document.get("prompt", ())),
        "claims": claims_parameter.from_json(document.get("claims", {})),
        **{name: document[name] for name in _PLAIN if name in document},
        **{name: tuple(document.get(name, ())) for name in _LISTS},
    }
    return AuthorizationRequest(**members)
