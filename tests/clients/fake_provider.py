"""A minimal OpenID Provider for the SDK's tests, made with joserfc; it misbehaves on request, as hostile ones do."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

ISSUER = "http://localhost:8000"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
Claims: TypeAlias = dict[str, Any]


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def half_hash(token: str) -> str:
    return base64url(hashlib.sha256(token.encode()).digest()[:16])


def public_jwks(*keys: ECKey) -> dict[str, Any]:
    return {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": "ES256"} for key in keys]}


@dataclass
class FakeProvider:
    """`mischief` may change the claims of the next ID token; `sign` may be replaced to forge its signature."""

    issuer: str = ISSUER
    base: str = ISSUER
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "first"}))
    person: Claims = field(
        default_factory=lambda: {"sub": "s-lai", "name": "Phạm Thị Lài", "birthdate": "1958-03-12", "gender": "female"}
    )
    level: str = "low"
    sid: str = "sid-1"
    mischief: Callable[[Claims], None] = lambda claims: None
    forge: Callable[[Claims], str] | None = None
    iss_promised: bool = True
    userinfo_sub: str | None = None
    token_lifetime: int = 300
    is_down: bool = False
    jwks_fetches: int = 0
    attempts: int = 0
    denies: str | None = None
    mix_up: dict[str, str] = field(default_factory=dict)
    logouts: list[Claims] = field(default_factory=list)
    userinfo_status: int = 200
    gives_refresh_tokens: bool = True
    refuses_refresh: str | None = None
    refreshes: list[str] = field(default_factory=list)
    live_refresh: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    asked: dict[str, Claims] = field(default_factory=dict)
    token_requests: list[Claims] = field(default_factory=list)

    # ── what a test does in the browser's place ───────────────────────────────────────────────────────────────────────

    def authorize(self, url: str) -> dict[str, str]:
        """The person signs in and agrees: the parameters of the redirect back."""
        self.userinfo_status = 200
        asked = dict(parse_qsl(urlsplit(url).query))
        code = secrets.token_urlsafe(16)
        self.asked[code] = asked
        answer = {"code": code, "state": asked["state"]}
        return {**answer, "iss": self.issuer} if self.iss_promised else answer

    def sign(self, claims: Claims, **header: object) -> str:
        return jwt.encode({"alg": "ES256", "kid": self.key.kid, **header}, claims, self.key)

    def access_token(self, audience: str, **more: object) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": audience,
            "sub": self.person["sub"],
            "client_id": "shop",
            "iat": now,
            "exp": now + self.token_lifetime,
            "jti": secrets.token_hex(8),
            "scope": "openid profile",
            "acr": f"{self.issuer}/loa/{self.level}",
            "auth_time": now,
        }
        return self.sign(without_none({**claims, **more}), typ="at+jwt")

    def logout_token(self, header: Claims | None = None, **more: object) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "shop",
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "sid": self.sid,
            "sub": self.person["sub"],
            "events": {LOGOUT_EVENT: {}},
        }
        return self.sign(without_none({**claims, **more}), **{"typ": "logout+jwt", **(header or {})})

    # ── HTTP ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def transport(self) -> httpx.AsyncBaseTransport:
        """For an SDK in this process."""
        return Reachable(self, httpx.ASGITransport(self.app()))

    def app(self) -> Starlette:
        """For browsers: there is no page, everybody is signed in and agrees at once."""
        routes = [
            Route("/authorize", self._authorize),
            Route("/logout", self._logout, methods=["GET", "POST"]),
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/jwks", self._jwks),
            Route("/token", self._token, methods=["POST"]),
            Route("/userinfo", self._userinfo),
            Route("/introspect", self._introspect, methods=["POST"]),
        ]
        cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_headers=["*"])
        return Starlette(routes=routes, middleware=[cors])

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if self.denies is not None:
            answer = {"error": self.denies, "state": asked["state"], "iss": self.issuer}
        else:
            answer = {**self.authorize(str(request.url)), **self.mix_up}
        if "substantial" in asked.get("acr_values", ""):
            self.level = "substantial"
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)

    async def _logout(self, request: Request) -> Response:
        async with request.form() as form:
            asked = {**request.query_params, **{name: str(value) for name, value in form.items()}}
        self.logouts.append(asked)
        self.userinfo_status = 401
        state = urlencode({"state": asked["state"]}) if "state" in asked else ""
        return RedirectResponse(f"{asked['post_logout_redirect_uri']}?{state}", 303)

    async def _discovery(self, request: Request) -> Response:
        names = ("authorization", "token", "userinfo", "introspection", "end_session")
        paths = ("authorize", "token", "userinfo", "introspect", "logout")
        endpoints = {f"{name}_endpoint": f"{self.base}/{path}" for name, path in zip(names, paths, strict=True)}
        more = {
            "authorization_response_iss_parameter_supported": self.iss_promised,
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
        }
        return JSONResponse({"issuer": self.issuer, "jwks_uri": f"{self.base}/jwks", **endpoints, **more})

    async def _jwks(self, request: Request) -> Response:
        self.jwks_fetches += 1
        return JSONResponse(public_jwks(self.key))

    async def _token(self, request: Request) -> Response:
        async with request.form() as form:
            asked = {name: str(value) for name, value in form.items()}
        self.token_requests.append({**asked, "authorization": request.headers.get("authorization")})
        if asked["grant_type"] == "refresh_token":
            return self._refreshed(asked)
        begun = self.asked.pop(asked["code"], None)
        if begun is None or not pkce_fits(begun, asked) or begun["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return self._tokens(asked.get("resource"), begun)

    def _refreshed(self, asked: Claims) -> Response:
        self.refreshes.append(asked["refresh_token"])
        if self.refuses_refresh or asked["refresh_token"] not in self.live_refresh:
            return JSONResponse({"error": self.refuses_refresh or "invalid_grant"}, 400)
        self.live_refresh.remove(asked["refresh_token"])
        return self._tokens(asked.get("resource"), None)

    def _tokens(self, resource: str | None, begun: Claims | None) -> Response:
        token = self.access_token(resource or self.issuer)
        refresh_token = secrets.token_urlsafe(16)
        self.live_refresh.add(refresh_token)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": self.token_lifetime}
        if begun is not None:
            answer["id_token"] = self._id_token(token, begun)
        if self.gives_refresh_tokens:
            answer["refresh_token"] = refresh_token
        return JSONResponse(answer)

    def _id_token(self, token: str, begun: Claims) -> str:
        now = int(time.time())
        claims: Claims = {
            "iss": self.issuer,
            "aud": begun["client_id"],
            "sub": self.person["sub"],
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
            "at_hash": half_hash(token),
            "acr": f"{self.issuer}/loa/{self.level}",
            "amr": ["pwd"],
            "auth_time": now,
            "sid": self.sid,
        }
        self.mischief(claims)
        return self.forge(claims) if self.forge else self.sign(claims)

    async def _userinfo(self, request: Request) -> Response:
        told = {**self.person, "sub": self.userinfo_sub or self.person["sub"]}
        return JSONResponse(told if self.userinfo_status == 200 else {}, self.userinfo_status)

    async def _introspect(self, request: Request) -> Response:
        async with request.form() as form:
            return JSONResponse({"active": str(form["token"]) not in self.revoked})


class Reachable(httpx.AsyncBaseTransport):
    """The provider behind a network that may fail."""

    def __init__(self, provider: FakeProvider, inner: httpx.AsyncBaseTransport) -> None:
        self._provider = provider
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._provider.attempts += 1
        if self._provider.is_down:
            raise httpx.ConnectError("down")
        return await self._inner.handle_async_request(request)


def pkce_fits(begun: Claims, asked: Claims) -> bool:
    """RFC 7636 §4.6."""
    challenge = base64url(hashlib.sha256(asked["code_verifier"].encode()).digest())
    return bool(begun["code_challenge_method"] == "S256" and begun["code_challenge"] == challenge)


def without_none(claims: Claims) -> Claims:
    return {name: value for name, value in claims.items() if value is not None}


def unsigned(header: Claims, claims: Claims, signature: bytes = b"") -> str:
    """A token put together by hand, as an attacker does."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64url(part) for part in parts)
