"""The checks of an authorization request, as a table: which check, at which endpoint, in which order.

First `prove_client_and_redirect` (errors are a page of ours), then `check` (errors go to the proven redirect URI). A
check raises or returns; none rewrites what it reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from idp.kernel.errors import (
    InvalidRequest,
    OAuthError,
    PageError,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
)
from idp.protocol import authorization_parameters as read
from idp.protocol import redirect_uri as redirect_uris
from idp.protocol.authorization_parameters import Asked
from idp.protocol.client import Client, ClientState
from idp.protocol.parameters import Parameters
from idp.protocol.policy import ProtocolPolicy
from idp.protocol.request import AuthorizationRequest, ResponseMode


class Endpoint(StrEnum):
    """PUSHED: parameters that were pushed, checked again when they are used, since the client may have changed."""

    AUTHORIZE = "authorize"
    PAR = "par"
    PUSHED = "pushed"


@dataclass(frozen=True, slots=True)
class ProvenRedirect:
    """Where an answer may go, be it an error; `response_mode` falls back to query where the asked one is unknown."""

    client: Client
    redirect_uri: str
    response_mode: ResponseMode
    state: str | None


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table."""

    name: str
    run: Callable[[Asked], object]
    endpoints: frozenset[Endpoint]


def prove_client_and_redirect(params: Parameters, client: Client | None) -> ProvenRedirect:
    """RFC 6749 §4.1.2.1, RFC 9700 §4.11: before both are proven nobody is redirected anywhere."""
    if client is None:
        raise PageError("unknown_client" if params.has("client_id") else "client_id_missing")
    if client.state is ClientState.DISABLED:
        raise PageError("client_disabled")
    try:
        client_id, uri = params.one("client_id"), params.one("redirect_uri")
    except OAuthError:
        raise PageError("repeated_parameter") from None
    if client_id != client.client_id:
        raise PageError("unknown_client")
    if uri is None:
        # OpenID Connect Core §3.1.2.1 requires it; guessing the only registered one helps nobody but mix-ups.
        raise PageError("redirect_uri_missing")
    if not redirect_uris.matches(client.redirect_uris, uri, client.application_type):
        raise PageError("redirect_uri_mismatch")
    return ProvenRedirect(client, uri, _mode_for_answers(params), _state_for_answers(params))


def check(
    params: Parameters,
    client: Client,
    policy: ProtocolPolicy,
    *,
    endpoint: Endpoint = Endpoint.AUTHORIZE,
    hint: Mapping[str, Any] | None = None,
    is_identity_number: Callable[[str], bool] = lambda _: False,
) -> AuthorizationRequest:
    """Runs the table's column, then builds the request. Call it only for a proven client and redirect URI.

    `hint` holds the claims of `id_token_hint` once its signature is verified, expired or not; None while the parameter
    is present means that it is no token of ours.
    """
    asked = Asked(params, client, policy, hint)
    for row in CHECKS:
        if endpoint in row.endpoints:
            row.run(asked)
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=params.one("redirect_uri") or "",
        response_mode=read.response_mode(asked),
        scope=read.scopes(asked),
        state=params.one("state"),
        nonce=params.one("nonce"),
        code_challenge=read.code_challenge(asked),
        prompt=read.prompt(asked),
        max_age=read.max_age(asked),
        acr_values=read.acr_values(asked),
        login_hint=read.login_hint(asked, is_identity_number),
        hinted_sub=read.hinted_sub(asked),
        ui_locales=read.locales(asked, "ui_locales"),
        claims_locales=read.locales(asked, "claims_locales"),
        claims=read.requested_claims(asked),
        display=read.display(asked),
        resource=read.resource(asked),
    )


def _each_parameter_once(asked: Asked) -> None:
    """RFC 6749 §3.1; only `resource` may be repeated (RFC 8707 §2)."""
    for name in sorted(asked.params.names() & _KNOWN):
        values = asked.params.all(name) if name == "resource" else (asked.params.one(name) or "",)
        if any(read.is_too_long(name, value) for value in values):
            raise InvalidRequest(f"{name} is too long")


def _no_request_object(asked: Asked) -> None:
    """OpenID Connect Core §3.1.2.6, §6."""
    if asked.params.has("request"):
        raise RequestNotSupported("request objects are not supported")


def _no_request_uri(asked: Asked) -> None:
    """Our own reference (RFC 9126 §4) was already replaced by what was pushed; any other is refused."""
    if asked.params.has("request_uri"):
        raise RequestUriNotSupported("request_uri is only for requests pushed to this server")


def _no_request_uri_in_push(asked: Asked) -> None:
    """RFC 9126 §2.1: the body must not hold request_uri."""
    if asked.params.has("request_uri"):
        raise InvalidRequest("request_uri is not allowed in a pushed request")


def _no_registration(asked: Asked) -> None:
    """OpenID Connect Core §3.1.2.6, §7."""
    if asked.params.has("registration"):
        raise RegistrationNotSupported("the registration parameter is not supported")


def _client_has_the_code_grant(asked: Asked) -> None:
    """RFC 6749 §4.1.2.1."""
    if "authorization_code" not in asked.client.grant_types:
        raise UnauthorizedClient("this client is not registered for the authorization code grant")


def _was_pushed(asked: Asked) -> None:
    """RFC 9126 §6: require_pushed_authorization_requests."""
    if asked.client.require_pushed_authorization_requests:
        raise InvalidRequest("this client must push its authorization requests")


_ALL = frozenset(Endpoint)
_FIRST_HAND = frozenset({Endpoint.AUTHORIZE})
_USED = frozenset({Endpoint.AUTHORIZE, Endpoint.PUSHED})
_PUSHING = frozenset({Endpoint.PAR})

CHECKS: tuple[Check, ...] = (
    Check("each_parameter_once", _each_parameter_once, _ALL),
    Check("request", _no_request_object, _ALL),
    Check("request_uri", _no_request_uri, _USED),
    Check("request_uri_in_push", _no_request_uri_in_push, _PUSHING),
    Check("registration", _no_registration, _ALL),
    Check("grant_type", _client_has_the_code_grant, _ALL),
    Check("require_pushed_authorization_requests", _was_pushed, _FIRST_HAND),
    Check("response_type", read.response_type, _ALL),
    Check("response_mode", read.response_mode, _ALL),
    Check("code_challenge", read.code_challenge, _ALL),
    Check("scope", read.scopes, _ALL),
    Check("prompt", read.prompt, _ALL),
    Check("max_age", read.max_age, _ALL),
    Check("claims", read.requested_claims, _ALL),
    Check("id_token_hint", read.hinted_sub, _ALL),
    Check("resource", read.resource, _ALL),
)

_KNOWN = frozenset(
    {
        *("response_type", "client_id", "redirect_uri", "scope", "state"),  # RFC 6749 §4.1.1
        *("response_mode", "nonce", "display", "prompt", "max_age", "ui_locales", "claims_locales"),
        *("id_token_hint", "login_hint", "acr_values", "claims"),  # OpenID Connect Core §3.1.2.1, §5.2, §5.5
        *("code_challenge", "code_challenge_method"),  # RFC 7636 §4.3
        "resource",  # RFC 8707 §2
    }
)


def _mode_for_answers(params: Parameters) -> ResponseMode:
    return ResponseMode.FORM_POST if params.peek("response_mode") == "form_post" else ResponseMode.QUERY


def _state_for_answers(params: Parameters) -> str | None:
    state = params.peek("state")
    return None if state is None or read.is_too_long("state", state) else state
