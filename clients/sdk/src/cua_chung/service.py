"""The face towards Starlette and FastAPI: the routes of a service's sign-in, and dependencies for its pages."""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias
from urllib.parse import urlencode

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cua_chung import polling
from cua_chung.challenge import StepUp, step_up
from cua_chung.cookies import Cookies, local_path
from cua_chung.encrypted import EncryptionKey
from cua_chung.errors import ProviderUnreachable, SignedOut, SignInRefused, SignInRequired, TokenRefused
from cua_chung.forms import one_field, small_body, small_form
from cua_chung.level import LEVELS
from cua_chung.memory_store import MemoryStore
from cua_chung.oauth import ClientSettings, new_secret
from cua_chung.pages import refused_page
from cua_chung.private_key_jwt import SigningKey
from cua_chung.provider import Provider
from cua_chung.security_event import SecurityEvent
from cua_chung.session import Person, Session, SessionStore
from cua_chung.sign_in import Asked, RelyingParty

NO_STORE = {"Cache-Control": "no-store"}
# What the query of /sign-in may ask of the provider; anything else in it is ignored.
_MAX_AGE = re.compile(r"[0-9]{1,10}", re.ASCII)
_PROMPTS = ("none", "login", "consent", "select_account")

RefusedPage: TypeAlias = Callable[[Request, SignInRefused], Response | Awaitable[Response]]
# Called at least once for each event, which its `jti` names; sessions ended before. Where it raises, it comes again.
EventListener: TypeAlias = Callable[[SecurityEvent], Awaitable[None]]


class CuaChung:
    """One service's sign-in. `install(app)`, then `Depends(login.signed_in)`."""

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        base_url: str,
        client_secret: str | None = None,
        private_key: SigningKey | None = None,
        encryption_key: EncryptionKey | None = None,
        scope: str = "openid profile",
        claims: Mapping[str, Any] | None = None,
        token_endpoint_auth_method: str | None = None,
        id_token_signed_response_alg: str = "ES256",
        session_lifetime: float = 8 * 3600,
        store: SessionStore | None = None,
        ca: str | None = None,
        refused: RefusedPage = refused_page,
        on_security_event: EventListener | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        settings = ClientSettings(
            client_id=client_id,
            client_secret=client_secret,
            base_url=base_url.rstrip("/"),
            scope=scope,
            claims=claims,
            token_endpoint_auth_method=token_endpoint_auth_method,
            id_token_signed_response_alg=id_token_signed_response_alg,
            session_lifetime=session_lifetime,
            private_key=private_key,
            encryption_key=encryption_key,
        )
        provider = Provider(issuer, ca=ca, transport=transport)
        self.relying_party = RelyingParty(provider, settings, store or MemoryStore())
        self._cookies = Cookies(settings)
        self._refused = refused
        self._listener = on_security_event

    # ── what a service calls ──────────────────────────────────────────────────────────────────────────────────────────

    def install(self, app: Starlette) -> None:
        """Add the routes, and send whoever must sign in to do so."""
        app.router.routes[:0] = self.routes()
        app.add_exception_handler(SignInRequired, self._to_sign_in)
        app.add_exception_handler(SignedOut, self._to_sign_in)
        app.add_exception_handler(SignInRefused, self._show_refused)
        app.add_exception_handler(ProviderUnreachable, self._show_refused)

    def routes(self) -> list[Route]:
        return [
            Route("/sign-in", self._begin, methods=["GET"]),
            Route("/sign-in/callback", self._callback, methods=["GET"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
            Route("/signed-out", self._signed_out, methods=["GET"]),
            Route("/back-channel-logout", self._back_channel_logout, methods=["POST"]),
            Route("/security-events", self._security_event, methods=["POST"]),
        ]

    async def session(self, request: Request) -> Session | None:
        """The session of this browser, or None."""
        session_id = self._cookies.session(request)
        if session_id is None:
            return None
        return await self.relying_party.store.find(session_id, self.relying_party.clock())

    async def person(self, request: Request) -> Person | None:
        """Dependency of a page that greets, but demands nobody."""
        session = await self.session(request)
        return None if session is None else session.person

    async def signed_in(self, request: Request) -> Person:
        """Dependency of a page for people who are signed in; others go to the provider and come back."""
        person = await self.person(request)
        if person is None:
            raise SignInRequired
        return person

    def require_level(self, level: str) -> Callable[[Request], Awaitable[Person]]:
        """Dependency of a page that demands a level; whoever is below is asked for more (`acr_values`), once."""
        wanted = LEVELS.index(level)

        async def at_level(request: Request) -> Person:
            person = await self.person(request)
            if person is None or person.level is None or LEVELS.index(person.level) < wanted:
                raise SignInRequired(level)
            return person

        return at_level

    async def access_token(self, request: Request, resource: str | None = None) -> str:
        """A token for calling userinfo, or the API whose audience is `resource`, on the person's behalf."""
        session_id = self._cookies.session(request)
        if session_id is None:
            raise SignInRequired
        return await self.relying_party.access_token(session_id, resource)

    async def fetch_security_events(self) -> int:
        """For a service that is registered to poll (RFC 8936): now and then; returns how many events there were."""
        return await polling.fetch(self.relying_party, self._listener)

    async def follow(self, request: Request, answer: httpx.Response) -> None:
        """After a call to an API: where it demands more of the person (RFC 9470 §4), they are asked and come back.

        Raises SignInRequired for that; SignInRefused where they have proven all that it demands: it would loop.
        """
        relying_party = self.relying_party
        demanded = step_up(answer.headers.get("www-authenticate"), relying_party.provider.issuer)
        if answer.status_code != 401 or demanded is None:
            return
        session = await self.session(request)
        if session is not None and _has_proven(session, demanded, relying_party.clock()):
            raise SignInRefused("level_not_accepted", next_path="/")
        raise SignInRequired(demanded.level, demanded.max_age)

    # ── routes, in the order in which a browser meets them ────────────────────────────────────────────────────────────

    async def _begin(self, request: Request) -> Response:
        query = request.query_params
        level, prompt, max_age = query.get("level"), query.get("prompt"), query.get("max_age", "")
        asked = Asked(
            next_path=local_path(query.get("next")),
            level=level if level in LEVELS else None,
            max_age=int(max_age) if _MAX_AGE.fullmatch(max_age) else None,
            prompt=prompt if prompt in _PROMPTS else None,
            ui_locales=query.get("ui_locales"),
        )
        response = RedirectResponse("/", status_code=303, headers=NO_STORE)
        browser = self._cookies.keep_browser(request, response)
        # A step-up is for the person who is here; a fresh sign-in may be for another one.
        current = await self.session(request) if asked.level or asked.max_age is not None else None
        try:
            response.headers["location"] = await self.relying_party.begin(browser, asked, current)
        except ProviderUnreachable as error:
            raise SignInRefused("provider_unreachable", error.reason, next_path=asked.next_path) from error
        return response

    async def _callback(self, request: Request) -> Response:
        browser, answer = self._cookies.browser(request), request.query_params
        # RFC 6749 §3.1: a parameter that stands twice makes the answer invalid.
        if len(answer.multi_items()) != len(answer):
            raise SignInRefused("invalid_response", "a parameter stands twice")
        session_id, _, next_path = await self.relying_party.complete(browser, answer)
        response = RedirectResponse(next_path, status_code=303, headers=NO_STORE)
        # The identifier changes at every change of privilege, and the old one is worth nothing.
        former = self._cookies.session(request)
        if former is not None:
            await self.relying_party.store.end(former)
        self._cookies.set_session(response, session_id)
        return response

    async def _sign_out(self, request: Request) -> Response:
        # Sister services share our site, so SameSite does not keep them out: what only the browser can write does.
        own_origin = request.headers.get("origin") == self.relying_party.settings.base_url
        if not own_origin and request.headers.get("sec-fetch-site") != "same-origin":
            raise HTTPException(403, "cross-origin sign-out")
        session, session_id = await self.session(request), self._cookies.session(request)
        if session_id is not None:
            await self.relying_party.store.end(session_id)
        response = RedirectResponse("/?signed_out=here", status_code=303, headers=NO_STORE)
        if session is not None:
            state = new_secret()
            # Where the provider cannot be reached, or has no logout, the person is signed out here all the same.
            with suppress(ProviderUnreachable):
                response.headers["location"] = await self.relying_party.logout_url(session, state)
                self._cookies.set_signing_out(response, state)
        self._cookies.clear_session(response)
        return response

    async def _signed_out(self, request: Request) -> Response:
        """RP-Initiated Logout 1.0 §3: the way back. Only with the `state` of our own sign-out is it confirmed."""
        proven = self._cookies.is_signing_out(request, request.query_params.get("state"))
        response = RedirectResponse("/?signed_out=everywhere" if proven else "/", status_code=303, headers=NO_STORE)
        self._cookies.clear_signing_out(response)
        return response

    async def _back_channel_logout(self, request: Request) -> Response:
        """Back-Channel Logout 1.0 §2.5 to §2.8: 200 when it is done, 400 when the token is refused."""
        try:
            token = one_field(await small_form(request), "logout_token")
        except ValueError as error:
            return _logout_answer(400, str(error))
        try:
            await self.relying_party.accept_logout_token(token)
        except TokenRefused as refused:
            return _logout_answer(400, refused.reason)
        except ProviderUnreachable as error:
            return _logout_answer(503, error.reason)
        return Response(status_code=200, headers=NO_STORE)

    async def _security_event(self, request: Request) -> Response:
        """RFC 8935 §2: 202 when it was taken in; 400 with a registered code when it never will be."""
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        token = await small_body(request) if media == "application/secevent+jwt" else None
        if token is None:
            return _event_refused("invalid_request", "the body must be a security event token")
        try:
            event = await self.relying_party.accept_security_event(token)
        except TokenRefused as refused:
            return _event_refused("invalid_request", refused.reason)
        except ProviderUnreachable as error:
            return JSONResponse({"err": "invalid_key", "description": error.reason}, 503, headers=NO_STORE)
        if self._listener is not None:
            await self._listener(event)
        return Response(status_code=202, headers=NO_STORE)

    # ── errors ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _to_sign_in(self, request: Request, error: Exception) -> Response:
        if request.method != "GET":
            # A form cannot be sent again from here: say so instead of losing it in a redirect.
            return JSONResponse({"error": "sign_in_required"}, status_code=401, headers=NO_STORE)
        query = {"next": _wanted(request)}
        if isinstance(error, SignInRequired) and error.level:
            query["level"] = error.level
        if isinstance(error, SignInRequired) and error.max_age is not None:
            query["max_age"] = str(error.max_age)
        return RedirectResponse(f"/sign-in?{urlencode(query)}", status_code=303, headers=NO_STORE)

    async def _show_refused(self, request: Request, error: Exception) -> Response:
        if isinstance(error, ProviderUnreachable):
            error = SignInRefused("provider_unreachable", error.reason, next_path=_wanted(request))
        if not isinstance(error, SignInRefused):
            raise error
        page = self._refused(request, error)
        return page if isinstance(page, Response) else await page


def _has_proven(session: Session, demanded: StepUp, now: float) -> bool:
    level, age = session.person.level, demanded.max_age
    high_enough = demanded.level is None or (level is not None and LEVELS.index(level) >= LEVELS.index(demanded.level))
    # A second of grace: who comes back from the provider has just authenticated.
    return high_enough and (age is None or (session.auth_time is not None and now <= session.auth_time + max(age, 1)))


def _wanted(request: Request) -> str:
    """The page that was asked for, to come back to."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _event_refused(code: str, description: str) -> Response:
    return JSONResponse({"err": code, "description": description}, status_code=400, headers=NO_STORE)


def _logout_answer(status: int, description: str) -> Response:
    body = {"error": "invalid_request", "error_description": description}
    return JSONResponse(body, status_code=status, headers=NO_STORE)
