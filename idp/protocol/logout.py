"""RP-initiated logout: OpenID Connect RP-Initiated Logout 1.0. What is asked, for whom, and where it may lead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.kernel.errors import OAuthError, PageError
from idp.protocol.access_token import audiences
from idp.protocol.authorization_parameters import is_too_long
from idp.protocol.client import Client
from idp.protocol.parameters import Parameters
from idp.protocol.response import redirect_location

_PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales")


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """§2. `sid` and `sub` are those of a verified hint; expired hints and retired keys are valid here (contract)."""

    client_id: str | None
    sid: str | None
    sub: str | None
    post_logout_redirect_uri: str | None
    state: str | None
    ui_locales: tuple[str, ...]


def client_id_of(params: Parameters, hint: Mapping[str, Any] | None) -> str | None:
    """Which client to load: the one named, or the one that the hint was given to."""
    named = params.peek("client_id")
    if named is not None:
        return named
    given_to = audiences(hint or {})
    return given_to[0] if len(given_to) == 1 else None


def check(params: Parameters, hint: Mapping[str, Any] | None, client: Client | None) -> LogoutRequest:
    """§2, §3: errors are pages of ours, since nothing is proven before the redirect URI is.

    `hint` holds the claims of `id_token_hint` once its signature is verified, whatever its expiry; None while the
    parameter is present means that it is no token of ours.
    """
    values = _read(params)
    if values["id_token_hint"] is not None and hint is None:
        raise PageError("logout_hint_invalid")
    named = values["client_id"]
    if client is None and client_id_of(params, hint) is not None:
        raise PageError("unknown_client")
    if client is not None and hint is not None and client.client_id not in audiences(hint):
        # §2: client_id and the audience of the hint must be the same client.
        raise PageError("logout_client_mismatch")
    if client is not None and named is not None and named != client.client_id:
        raise PageError("logout_client_mismatch")
    return LogoutRequest(
        client_id=client.client_id if client is not None else None,
        sid=_text(hint, "sid"),
        sub=_text(hint, "sub"),
        post_logout_redirect_uri=_proven_uri(values["post_logout_redirect_uri"], client),
        state=values["state"],
        ui_locales=tuple((values["ui_locales"] or "").split()),
    )


def needs_confirmation(request: LogoutRequest, of_this_session: Iterable[tuple[str, str]], *, signed_in: bool) -> bool:
    """§2: the person is asked unless the hint proves the very session of this browser.

    `of_this_session` are the (client_id, sid) pairs of the session that the browser's cookie names. Somebody else's
    link must not be able to sign a person out.
    """
    if not signed_in:
        return False
    return request.sid is None or (request.client_id, request.sid) not in set(of_this_session)


def destination(request: LogoutRequest) -> str | None:
    """§3: the registered address with `state`; None ends at our own page."""
    if request.post_logout_redirect_uri is None:
        return None
    if request.state is None:
        return request.post_logout_redirect_uri
    return redirect_location(request.post_logout_redirect_uri, {"state": request.state})


def _read(params: Parameters) -> dict[str, str | None]:
    try:
        values = {name: params.one(name) for name in _PARAMETERS}
    except OAuthError:
        raise PageError("repeated_parameter") from None
    if any(value is not None and is_too_long(name, value) for name, value in values.items()):
        raise PageError("parameter_too_long")
    return values


def _proven_uri(uri: str | None, client: Client | None) -> str | None:
    """§3.1: exactly as registered; ports of loopback addresses are no exception here."""
    if uri is None:
        return None
    if client is None:
        raise PageError("logout_redirect_without_client")
    if uri not in client.post_logout_redirect_uris:
        raise PageError("logout_redirect_mismatch")
    return uri


def _text(claims: Mapping[str, Any] | None, name: str) -> str | None:
    value = (claims or {}).get(name)
    return value if isinstance(value, str) else None
