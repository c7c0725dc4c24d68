"""Access tokens at an API: checked locally by signature and claims, answered with the registered errors."""

import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request

from cua_chung.challenge import ERROR
from cua_chung.claims import Claims, optional_instant, optional_text, require_fresh, require_issuer, text, texts
from cua_chung.errors import ProviderUnreachable, TokenRefused
from cua_chung.introspection import Introspection
from cua_chung.jws import open_signed
from cua_chung.level import acr_value, level_of, satisfies
from cua_chung.provider import Provider

TYPES = ("at+jwt",)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token came: a person's (`sub`) by way of a client, or a client's own (`sub` is then the client)."""

    sub: str
    client_id: str
    scope: frozenset[str]
    level: str | None
    acr: str | None
    auth_time: float | None
    jti: str
    claims: Claims = field(repr=False)


class AccessTokenVerifier:
    """RFC 9068 §4 for one API. `audience` is the API's own name, as the provider's administrators registered it."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        *,
        algorithms: Collection[str] = ("ES256",),
        leeway: float = 30,
        ca: str | None = None,
        introspection: Introspection | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._provider = Provider(issuer, ca=ca, transport=transport)
        self._audience = audience
        self._algorithms = tuple(algorithms)
        self._leeway = leeway
        self._introspection = introspection
        self._clock = clock

    async def verify(self, token: str) -> Caller:
        """The caller, or TokenRefused; with `introspection` the provider is asked too, so revocation acts at once."""
        opened = await open_signed(token, self._provider.keys, algorithms=self._algorithms, types=TYPES)
        caller = validate(
            opened.claims,
            issuer=self._provider.issuer,
            audience=self._audience,
            now=self._clock(),
            leeway=self._leeway,
        )
        if self._introspection is not None and not await self._introspection.is_active(self._provider, token):
            raise TokenRefused("revoked")
        return caller

    def caller(
        self, *, scope: str = "", level: str | None = None, max_age: int | None = None
    ) -> Callable[[Request], Awaitable[Caller]]:
        """A FastAPI dependency: the caller, who has every scope and the level; or RFC 6750 §3, RFC 9470 §3.

        `max_age`: seconds since the person last authenticated, at most.
        """
        if level is not None:
            acr_value(self._provider.issuer, level)

        async def dependency(request: Request) -> Caller:
            try:
                found = await self.verify(_bearer(request))
            except TokenRefused as refused:
                raise _refusal(401, "invalid_token", refused.reason) from refused
            except ProviderUnreachable as error:
                raise HTTPException(503, "the provider cannot be reached", {"Retry-After": "5"}) from error
            if not found.scope.issuperset(scope.split()):
                raise _refusal(403, "insufficient_scope", "the token has not every scope", scope=scope)
            missing = self._missing(found, level, max_age)
            if missing:
                raise _refusal(401, ERROR, "a higher level or a fresh authentication is needed", **missing)
            return found

        return dependency

    def _missing(self, caller: Caller, level: str | None, max_age: int | None) -> dict[str, str]:
        """RFC 9470 §3: all that is demanded, where any of it is not met, so that one new authorization is enough."""
        high_enough = level is None or satisfies(self._provider.issuer, caller.acr, level)
        at = caller.auth_time
        fresh = max_age is None or (at is not None and self._clock() <= at + max_age + self._leeway)
        if high_enough and fresh:
            return {}
        wanted = {} if level is None else {"acr_values": acr_value(self._provider.issuer, level)}
        return wanted if max_age is None else {**wanted, "max_age": str(max_age)}


def validate(claims: Claims, *, issuer: str, audience: str, now: float, leeway: float) -> Caller:
    """RFC 9068 §2.2 and §4: all its required claims, this issuer, this audience, this moment."""
    require_issuer(claims, issuer)
    if audience not in texts(claims, "aud"):
        raise TokenRefused("aud is another API")
    require_fresh(claims, now=now, leeway=leeway)
    acr = optional_text(claims, "acr")
    return Caller(
        sub=text(claims, "sub"),
        client_id=text(claims, "client_id"),
        scope=frozenset((optional_text(claims, "scope") or "").split()),
        level=level_of(issuer, acr),
        acr=acr,
        auth_time=optional_instant(claims, "auth_time"),
        jti=text(claims, "jti"),
        claims=claims,
    )


def _bearer(request: Request) -> str:
    """RFC 6750 §2.1: one header, and nowhere else; a token in an address would stay in logs."""
    headers = request.headers.getlist("authorization")
    if not headers:
        # §3.1: a request without credentials gets no error code.
        raise HTTPException(401, "a token is needed", {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"})
    scheme, _, token = headers[0].partition(" ")
    if len(headers) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise _refusal(400, "invalid_request", "exactly one bearer token belongs in the Authorization header")
    return token.strip()


def _refusal(status: int, error: str, description: str, **more: str) -> HTTPException:
    parameters = {"error": error, "error_description": description, **more}
    challenge = ", ".join(f'{name}="{value}"' for name, value in parameters.items())
    return HTTPException(
        status,
        description,
        {"WWW-Authenticate": f"Bearer {challenge}", "Cache-Control": "no-store"},
    )
