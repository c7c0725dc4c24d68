"""Security events for services: what this transmitter can do, and the endpoint where they are fetched (RFC 8936)."""

import asyncio
import hashlib
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.crypto.keyring import Document
from idp.flows import security_events
from idp.flows.authenticate_client import authenticate
from idp.flows.hall import Hall
from idp.flows.own_token import client_of_own_token
from idp.flows.security_events import Polled
from idp.kernel.clock import Clock
from idp.kernel.errors import UnauthorizedClient
from idp.oidc import answers
from idp.oidc.cors import public_preflight
from idp.oidc.documents import Published
from idp.protocol import access_token, security_event
from idp.protocol.client import Client
from idp.protocol.endpoints import JWKS, SECURITY_EVENTS_POLL, SSF_CONFIGURATION, url
from idp.protocol.parameters import Parameters
from idp.protocol.security_event import Delivery, PollRequest
from idp.web import json_body

_MAX_AGE: Final = 3_600
_LONGEST: Final = 256 * 1024
# RFC 8936 §2.2: how long a request that may wait is held, how often one looks, and how many may wait at once.
PATIENCE: Final = 15.0
_LOOK_EVERY: Final = 1.0
_MOST_WAITING: Final = 32


def routes(hall: Hall, clock: Clock, patience: float = PATIENCE) -> list[Route]:
    """`patience`: seconds that a request waits for news at most."""
    issuer = hall.policies.issuer
    published = _configuration(issuer)
    waiting = asyncio.Semaphore(_MOST_WAITING)

    async def configuration(request: Request) -> Response:
        return published.answer(request)

    async def poll(request: Request) -> Response:
        now = clock()
        client = await _caller(hall, request, now)
        if client.security_events_delivery is not Delivery.POLL:
            raise UnauthorizedClient("this client is not registered to poll for security events")
        asked = security_event.poll_request(await json_body.read(request, limit=_LONGEST, what="poll request"))
        found = await security_events.poll(hall, client, asked, now)
        if not found.sets and asked.max_events > 0 and not asked.return_immediately and not waiting.locked():
            async with waiting:
                found = await _news(hall, client, asked, clock, patience)
        return answers.json({"sets": dict(found.sets), "moreAvailable": found.more})

    path = urlsplit(issuer).path.rstrip("/")
    return [
        # OpenID Shared Signals 1.0 §7.2: the well-known word stands before the issuer's path, as in RFC 8414.
        Route(SSF_CONFIGURATION + path, configuration, methods=["GET"]),
        Route(SSF_CONFIGURATION + path, public_preflight, methods=["OPTIONS"]),
        Route(SECURITY_EVENTS_POLL, answers.guarded(poll, realm=issuer), methods=["POST"]),
    ]


def _configuration(issuer: str) -> Published:
    told = security_event.metadata(issuer, url(issuer, JWKS), url(issuer, SECURITY_EVENTS_POLL))
    body = orjson.dumps(told)
    document = Document(body, f'"{hashlib.sha256(body).hexdigest()[:22]}"')
    return Published(document, max_age=_MAX_AGE, media_type="application/json")


async def _caller(hall: Hall, request: Request, now: datetime) -> Client:
    """RFC 8936 §4: the secret, as at the token endpoint, or a token that the client got for itself."""
    header = answers.authorization_header(request)
    if header is not None and header.partition(" ")[0].lower() == "bearer":
        token = access_token.bearer(header)
        if token is not None:
            return await client_of_own_token(hall, token, now)
    nothing = Parameters.of(())
    return (await authenticate(hall, header, nothing, endpoint=SECURITY_EVENTS_POLL, now=now)).client


async def _news(hall: Hall, client: Client, asked: PollRequest, clock: Clock, patience: float) -> Polled:
    """Looked for in the database, for another process may have put it there; what was acknowledged is so already."""
    again = PollRequest(asked.max_events)
    waited = 0.0
    while True:
        found = await security_events.poll(hall, client, again, clock())
        if found.sets or waited >= patience:
            return found
        await asyncio.sleep(_LOOK_EVERY)
        waited += _LOOK_EVERY
