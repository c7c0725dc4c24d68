"""The parameters of an authorization request, one reader each: text in, typed value out, or the registered error.

Which of them runs at which endpoint stands in authorization_checks.py.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.kernel.errors import InvalidRequest, InvalidTarget, LoginRequired, UnsupportedResponseType
from idp.protocol import claims, claims_parameter, pkce, scope
from idp.protocol.claims_parameter import ClaimsParameter
from idp.protocol.client import Client
from idp.protocol.parameters import Parameters
from idp.protocol.policy import ProtocolPolicy
from idp.protocol.request import Prompt, ResponseMode

# Characters; generous beside what real software sends, small beside what a store should hold for a stranger.
SIZES: Mapping[str, int] = {
    "client_id": 256,
    "redirect_uri": 2048,
    "state": 4096,
    "nonce": 1024,
    "scope": 2048,
    "claims": 8192,
    "login_hint": 320,
    "id_token_hint": 8192,
}
DEFAULT_SIZE = 1024

_MAX_AGE = re.compile(r"[0-9]{1,10}", re.ASCII)
_LANGUAGE_TAG = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,7}", re.ASCII)
_DISPLAYS = frozenset({"page", "popup", "touch", "wap"})
_MAX_ITEMS = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in front of its checks: what was sent, by whom, and what the caller verified beforehand."""

    params: Parameters
    client: Client
    policy: ProtocolPolicy
    hint: Mapping[str, Any] | None = None


def is_too_long(name: str, value: str) -> bool:
    return len(value) > SIZES.get(name, DEFAULT_SIZE)


def response_type(asked: Asked) -> str:
    """RFC 6749 §3.1.1: only `code`; no token ever travels in a URL."""
    value = asked.params.one("response_type")
    if value is None:
        raise InvalidRequest("response_type is missing")
    if value != "code":
        raise UnsupportedResponseType("response_type must be code")
    return value


def response_mode(asked: Asked) -> ResponseMode:
    """OAuth 2.0 Multiple Response Types §2.1: query by default; fragment would carry a code into scripts."""
    value = asked.params.one("response_mode")
    try:
        return ResponseMode.QUERY if value is None else ResponseMode(value)
    except ValueError:
        raise InvalidRequest("response_mode must be query or form_post") from None


def code_challenge(asked: Asked) -> str | None:
    """RFC 7636 §4.3; a public client can never do without."""
    required = asked.client.require_pkce or asked.client.is_public
    method = asked.params.one("code_challenge_method")
    return pkce.check_challenge(asked.params.one("code_challenge"), method, required=required)


def scopes(asked: Asked) -> tuple[str, ...]:
    """RFC 6749 §3.3. Without `openid` it is plain OAuth: tokens for an API, no ID token, nothing about a person."""
    return scope.requested(scope.parse(asked.params.one("scope")), asked.client)


def prompt(asked: Asked) -> frozenset[Prompt]:
    """OpenID Connect Core §3.1.2.1; an unknown value would promise a page that we do not have."""
    try:
        values = frozenset(Prompt(word) for word in _words(asked, "prompt"))
    except ValueError:
        raise InvalidRequest("prompt holds an unknown value") from None
    if Prompt.NONE in values and len(values) > 1:
        raise InvalidRequest("prompt=none stands alone")
    return values


def max_age(asked: Asked) -> int | None:
    """OpenID Connect Core §3.1.2.1; the registration's default_max_age where the request is silent."""
    value = asked.params.one("max_age")
    if value is None:
        return asked.client.default_max_age
    if not _MAX_AGE.fullmatch(value):
        raise InvalidRequest("max_age must be a whole number of seconds")
    return int(value)


def acr_values(asked: Asked) -> tuple[str, ...]:
    """OpenID Connect Core §3.1.2.1; the registration's default_acr_values where the request is silent."""
    return _words(asked, "acr_values")[:_MAX_ITEMS] or asked.client.default_acr_values


def requested_claims(asked: Asked) -> ClaimsParameter:
    """OpenID Connect Core §5.5; unknown claims are ignored."""
    text = asked.params.one("claims")
    document = ClaimsParameter() if text is None else claims_parameter.parse(text)
    known = frozenset(name for name in document.names() if claims.is_known(name))
    return document.only(known)


def hinted_sub(asked: Asked) -> str | None:
    """The person whom the answer must be about: `id_token_hint` (§3.1.2.1) or a `sub` claim with a value (§5.5.1)."""
    hinted = {sub for sub in (_sub_of_hint(asked), *_subs_of_claims(asked)) if sub is not None}
    if len(hinted) > 1:
        raise LoginRequired("the request names two different subjects")
    return hinted.pop() if hinted else None


def login_hint(asked: Asked, is_identity_number: Callable[[str], bool]) -> str | None:
    """OpenID Connect Core §3.1.2.1. An identity number is dropped: it would stand in logs, histories and stores."""
    value = asked.params.one("login_hint")
    return None if value is None or is_identity_number(value) else value


def locales(asked: Asked, name: str) -> tuple[str, ...]:
    """BCP 47 tags in order of preference; §3.1.2.1: what we do not support is no error."""
    return tuple(word for word in _words(asked, name)[:_MAX_ITEMS] if _LANGUAGE_TAG.fullmatch(word))


def display(asked: Asked) -> str | None:
    """OpenID Connect Core §3.1.2.1; unknown values are ignored, for every page of ours fits every window."""
    value = asked.params.one("display")
    return value if value in _DISPLAYS else None


def resource(asked: Asked) -> tuple[str, ...]:
    """RFC 8707 §2: only what the client registered, and this issuer itself."""
    values = tuple(dict.fromkeys(asked.params.all("resource")))
    if len(values) > _MAX_ITEMS:
        raise InvalidTarget("too many resource parameters")
    if not all(value in asked.client.resources or value == asked.policy.issuer for value in values):
        raise InvalidTarget("a requested resource is not registered for this client")
    return values


def _sub_of_hint(asked: Asked) -> str | None:
    if not asked.params.has("id_token_hint"):
        return None
    asked.params.one("id_token_hint")
    hint = asked.hint or {}
    audience = hint.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    sub = hint.get("sub")
    if hint.get("iss") != asked.policy.issuer or asked.client.client_id not in listed or not isinstance(sub, str):
        raise InvalidRequest("id_token_hint is no ID token that this issuer gave to this client")
    return sub


def _subs_of_claims(asked: Asked) -> list[str]:
    subs: list[str] = []
    for request in requested_claims(asked).requests("sub"):
        if len(request.values) > 1 or not all(isinstance(value, str) for value in request.values):
            raise InvalidRequest("the sub claim takes one value")
        subs.extend(request.values)
    return subs


def _words(asked: Asked, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((asked.params.one(name) or "").split()))
