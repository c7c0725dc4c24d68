"""The client registration endpoint: RFC 7591 §3, OpenID Connect Registration §3. JSON, behind an initial token."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.cache import CacheUnavailable
from idp.flows.hall import Hall
from idp.flows.register_client import register
from idp.kernel.clock import Clock
from idp.kernel.errors import InvalidClientMetadata, OAuthError
from idp.oidc import answers
from idp.protocol import access_token
from idp.protocol.endpoints import REGISTER
from idp.storage.errors import StorageUnavailable
from idp.web import json_body
from idp.web.errors import bearer_required

_LONGEST = 64 * 1024


def routes(hall: Hall, clock: Clock) -> list[Route]:
    issuer = hall.policies.issuer

    async def post(request: Request) -> Response:
        try:
            token = access_token.bearer(answers.authorization_header(request))
            if token is None:
                return bearer_required(issuer)
            document = await json_body.read(
                request, limit=_LONGEST, what="client metadata", error=InvalidClientMetadata
            )
            return answers.json(await register(hall, token, document, clock()), 201)
        except (OAuthError, StorageUnavailable, CacheUnavailable) as failure:
            # Only a failed token is about the bearer (RFC 6750 §3.1); a bad document is a plain 400 (RFC 7591 §3.2.2).
            return answers.error(failure, request, realm=issuer)

    return [Route(REGISTER, post, methods=["POST"])]
