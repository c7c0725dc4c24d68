"""A person who is not put off: walks through the pages, and begins again at the service when one is lost."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import pyotp

from idp.protocol import pkce
from tests.doors.little_browser import Browser, Page
from tests.durability.balancer import Balancer
from tests.durability.hub import Account, Hub, Service
from tests.durability.ledger import Code, Ledger, Session
from tests.durability.processes import patience

T = TypeVar("T")

_MOST_PAGES = 8
SCOPE = "openid profile email"
_COOKIE = "cuachung_session"


class Lost(Exception):
    """The hub was away, or had forgotten this sign-in: nothing was confirmed."""


def pkce_of(verifier: str) -> dict[str, str]:
    """RFC 7636 §4.3."""
    return {"code_challenge": pkce.challenge_of(verifier), "code_challenge_method": "S256"}


class Visit:
    """One person in one browser that has met nobody yet."""

    def __init__(self, hub: Hub, account: Account, ledger: Ledger, port: int | None = None) -> None:
        self.account = account
        self.balancer = Balancer(port or hub.port)
        self.browser = Browser(self.balancer, hub.issuer)
        self.browser.may_fail = True  # 503 while a store is away; `_watch` refuses all others
        self.browser.http.event_hooks = {"response": [self._watch]}
        self.session: Session | None = None
        self._hub = hub
        self._ledger = ledger
        self._service: Service | None = None

    async def code(self, service: Service, scope: str = SCOPE) -> Code:
        """The code that the service receives at last."""
        self._service = service
        return await self._again(lambda: self._walk(service, scope))

    async def walk_once(self, service: Service) -> Code:
        """The same by somebody who is put off: raises what went wrong."""
        self._service = service
        return await self._walk(service, "openid")

    async def sign_out(self, service: Service, id_token: str) -> None:
        """Until it is confirmed."""
        assert self.session is not None
        await self._again(lambda: self._leave(service, id_token))
        self.session.ended = True

    async def close(self) -> None:
        await self.browser.close()

    async def _again(self, act: Callable[[], Awaitable[T]]) -> T:
        failures = list[str]()
        for _ in patience():
            try:
                return await act()
            except (httpx.TransportError, Lost) as failure:
                failures.append(repr(failure))
                await asyncio.sleep(0.1)
        raise AssertionError(f"nobody came through: {failures[-10:]}")

    async def first_page(self, service: Service, scope: str = "openid", **more: str) -> Page:
        """What the person sees when the service has sent them here."""
        return await self.browser.get(
            "/authorize",
            client_id=service.client_id,
            redirect_uri=service.redirect_uri,
            response_type="code",
            scope=scope,
            **more,
        )

    async def _walk(self, service: Service, scope: str) -> Code:
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(8)
        page = await self.first_page(service, scope, state=state, **pkce_of(verifier))
        return await self.go_on(page, service, state, verifier)

    async def go_on(self, page: Page, service: Service, state: str, verifier: str) -> Code:
        """From this page to the code, by whatever the pages ask."""
        self._service = service
        for _ in range(_MOST_PAGES):
            if page.is_answer:
                return self._answered(page, service, state, verifier)
            page = await self._next(page)
        raise AssertionError(f"too many pages, the last: {page.url}")

    async def _next(self, page: Page) -> Page:
        if page.has_form("password"):
            return await self.browser.submit(
                page, "password", username=self.account.login, password=self.account.password
            )
        if page.has_form("decision"):
            return await self.browser.submit(page, "decision", decision="allow")
        if page.has_form("otp"):
            code = pyotp.TOTP(self.account.more["totp_secret"]).now()
            return await self.browser.submit(page, "otp", otp=code)
        raise Lost(f"{page.status} at {page.path}")

    def _answered(self, page: Page, service: Service, state: str, verifier: str) -> Code:
        answer = page.answer
        assert answer.get("state") == state
        assert answer.get("iss") == self._hub.issuer
        if "code" not in answer:
            # Signed out by nobody, refused by nobody: only a store that was away may be the reason.
            assert answer["error"] == "temporarily_unavailable", answer
            raise Lost(answer["error"])
        assert self.session is not None
        code = Code(answer["code"], service, self.session, verifier)
        self._ledger.codes.append(code)
        return code

    async def _leave(self, service: Service, id_token: str) -> None:
        page = await self.browser.get(
            "/logout", id_token_hint=id_token, post_logout_redirect_uri=service.signed_out_uri, state="bye"
        )
        if page.left_for != f"{service.signed_out_uri}?state=bye":
            raise Lost(f"{page.status} at {page.path}")

    async def _watch(self, response: httpx.Response) -> None:
        """Each answer is a confirmation, whatever becomes of the next request."""
        self._ledger.steps += 1
        assert response.status_code != 500, f"{response.request.method} {response.request.url.path}"
        step = urlsplit(str(response.request.url)).path.rpartition("/")[2]
        if response.request.method != "POST" or response.status_code != 303 or self._service is None:
            return
        cookie = response.cookies.get(_COOKIE)
        if step == "login" and cookie:
            self.session = Session(cookie, self.account.login)
            self._ledger.sessions.append(self.session)
            self._ledger.sign_ins.append(self.account.login)
        elif step == "consent":
            self._ledger.consents.add((self.account.login, self._service.client_id))
