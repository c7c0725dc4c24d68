"""Security events fetched by a service that has no address of its own to be called at: RFC 8936, with its secret."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from cua_chung.errors import ProviderUnreachable, TokenRefused
from cua_chung.provider import json_object
from cua_chung.security_event import SecurityEvent
from cua_chung.sign_in import RelyingParty

# Whoever asks again and again is not held up by a provider that never says that this was all.
_MOST_ROUNDS = 100


async def fetch(relying_party: RelyingParty, handle: Callable[[SecurityEvent], Awaitable[None]] | None = None) -> int:
    """Everything that waits, oldest first; returns how many events were taken in.

    What an event ends has ended before `handle` is called with it. Only then is it acknowledged, so one that `handle`
    could not bear comes again. A token that is none of this provider's for us is reported and never comes again.
    """
    taken, ack, errors = 0, list[str](), dict[str, Any]()
    for _ in range(_MOST_ROUNDS):
        answer = await _ask(relying_party, {"returnImmediately": True, "ack": ack, "setErrs": errors})
        ack, errors = [], {}
        for jti, token in _sets(answer).items():
            try:
                event = await relying_party.accept_security_event(token)
            except TokenRefused as refused:
                errors[jti] = {"err": "invalid_request", "description": refused.reason}
                continue
            if handle is not None:
                await handle(event)
            ack.append(jti)
        taken += len(ack)
        if not ack and not errors:
            return taken
    return taken


async def _ask(relying_party: RelyingParty, request: Mapping[str, Any]) -> Mapping[str, Any]:
    settings, provider = relying_party.settings, relying_party.provider
    if settings.client_secret is None:
        msg = "security events are fetched with the client's secret"
        raise ValueError(msg)
    basic = httpx.BasicAuth(settings.client_id, settings.client_secret)
    try:
        async with httpx.AsyncClient(**provider.http) as http:
            found = json_object((await http.get(_configuration(provider.issuer))).raise_for_status())
            where = found.get("poll_endpoint")
            # OpenID Shared Signals 1.0 §7.2.3: of the issuer that was asked for, and at its own place.
            if found.get("issuer") != provider.issuer or not _is_within(where, provider.issuer):
                raise ProviderUnreachable("the transmitter's configuration is another one's")
            answer = await http.post(str(where), json=dict(request), auth=basic)
            answer.raise_for_status()
    except httpx.HTTPError as error:
        raise ProviderUnreachable("no answer from the endpoint of security events") from error
    return json_object(answer)


def _configuration(issuer: str) -> str:
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}/.well-known/ssf-configuration{parts.path.rstrip('/')}"


def _is_within(where: object, issuer: str) -> bool:
    return isinstance(where, str) and where.startswith(issuer.rstrip("/") + "/")


def _sets(answer: Mapping[str, Any]) -> dict[str, str]:
    found = answer.get("sets")
    if not isinstance(found, dict) or not all(isinstance(token, str) for token in found.values()):
        raise ProviderUnreachable("the answer holds no security event tokens")
    return found
