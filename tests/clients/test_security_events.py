"""Security events at a service: what they end has ended, and nothing else passes for one (RFC 8417, RFC 8935)."""

import secrets
import time
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cua_chung import CuaChung, ProviderUnreachable, SecurityEvent
from cua_chung.security_event import CAEP, RISC
from tests.clients.conftest import BASE_URL, Service
from tests.clients.fake_provider import FakeProvider, unsigned

REVOKED, DISABLED = CAEP + "session-revoked", RISC + "account-disabled"
CHANGED = CAEP + "assurance-level-change"


def event_token(provider: FakeProvider, type_: str = DISABLED, *, typ: str = "secevent+jwt", **more: Any) -> str:
    person = {"format": "iss_sub", "iss": provider.issuer, "sub": provider.person["sub"]}
    claims = {
        "iss": provider.issuer,
        "aud": "shop",
        "iat": int(time.time()),
        "jti": secrets.token_hex(8),
        "sub_id": person,
        "events": {type_: {"event_timestamp": int(time.time())}},
        **more,
    }
    return provider.sign({name: value for name, value in claims.items() if value is not None}, typ=typ)


def of_session(provider: FakeProvider, sid: str) -> dict[str, Any]:
    user = {"format": "iss_sub", "iss": provider.issuer, "sub": provider.person["sub"]}
    return {"format": "complex", "user": user, "session": {"format": "opaque", "id": sid}}


async def push(service: Service, token: str, media: str = "application/secevent+jwt") -> httpx.Response:
    async with service.another_browser() as provider:
        return await provider.post("/security-events", content=token, headers={"content-type": media})


async def is_signed_in(service: Service) -> bool:
    return (await service.browser.get("/mine")).status_code == 200


@pytest.mark.parametrize(
    ("type_", "sid", "stays"),
    [(DISABLED, None, False), (REVOKED, "sid-1", False), (REVOKED, "sid-2", True), (CHANGED, None, True)],
)
async def test_what_an_event_ends_has_ended_when_it_is_taken(
    service: Service, type_: str, sid: str | None, stays: bool
) -> None:
    heard: list[SecurityEvent] = []

    async def listen(event: SecurityEvent) -> None:
        heard.append(event)

    service.login._listener = listen
    await service.sign_in()
    about: dict[str, Any] = {} if sid is None else {"sub_id": of_session(service.provider, sid)}
    answer = await push(service, event_token(service.provider, type_, **about))
    assert (answer.status_code, answer.content) == (202, b"")
    assert await is_signed_in(service) is stays
    [event] = heard
    assert (event.type, event.sub, event.sid) == (type_, "s-lai", sid)
    assert "event_timestamp" in event.claims


async def test_an_event_that_comes_again_ends_no_newer_session(service: Service) -> None:
    token = event_token(service.provider)
    await service.sign_in()
    assert (await push(service, token)).status_code == 202
    await service.sign_in()
    assert (await push(service, token)).status_code == 202
    assert await is_signed_in(service)


@pytest.mark.parametrize(
    "more",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": None},
        {"iat": None},
        {"iat": int(time.time()) + 600},
        {"jti": None},
        {"exp": int(time.time()) + 60},
        {"sub": "s-lai"},
        {"nonce": "n"},
        {"events": None},
        {"events": {}},
        {"events": {DISABLED: {}, REVOKED: {}}},
        {"events": {DISABLED: None}},
        {"sub_id": None},
        {"sub_id": {"format": "email", "email": "x@example.vn"}},
        {"sub_id": {"format": "iss_sub", "iss": "https://evil.example", "sub": "s-lai"}},
        {"sub_id": {"format": "complex", "user": {"format": "iss_sub"}, "session": {"format": "opaque"}}},
        {"typ": "logout+jwt"},
        {"typ": "JWT"},
    ],
)
async def test_what_is_no_event_for_us_is_refused_and_ends_nothing(service: Service, more: dict[str, Any]) -> None:
    await service.sign_in()
    answer = await push(service, event_token(service.provider, **more))
    assert (answer.status_code, answer.json()["err"]) == (400, "invalid_request")
    assert await is_signed_in(service)


async def test_forged_and_oversized_bodies_are_refused(service: Service) -> None:
    await service.sign_in()
    header = {"alg": "none", "typ": "secevent+jwt"}
    for body in (unsigned(header, {"iss": service.provider.issuer}), "", "x", "a" * 100_000, "ý"):
        assert (await push(service, body)).status_code == 400
    assert (await push(service, event_token(service.provider), "text/plain")).status_code == 400
    assert await is_signed_in(service)


class Transmitter(FakeProvider):
    """Keeps events until they are acknowledged, as RFC 8936 says."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}
        self.errors: dict[str, Any] = {}
        self.authorized: list[str] = []
        self.poll_endpoint = f"{self.issuer}/security-events/poll"

    def app(self) -> Starlette:
        app = super().app()
        app.router.routes += [
            Route("/.well-known/ssf-configuration", self._configuration),
            Route("/security-events/poll", self._poll, methods=["POST"]),
        ]
        return app

    async def _configuration(self, _: Request) -> Response:
        return JSONResponse({"issuer": self.issuer, "poll_endpoint": self.poll_endpoint})

    async def _poll(self, request: Request) -> Response:
        self.authorized.append(request.headers["authorization"])
        asked = await request.json()
        self.errors |= asked["setErrs"]
        self.kept = {jti: one for jti, one in self.kept.items() if jti not in {*asked["ack"], *asked["setErrs"]}}
        first = dict(list(self.kept.items())[:1])
        return JSONResponse({"sets": first, "moreAvailable": len(self.kept) > 1})


def polling(transmitter: Transmitter, *heard: list[SecurityEvent]) -> CuaChung:
    async def listen(event: SecurityEvent) -> None:
        heard[0].append(event)

    return CuaChung(
        issuer=transmitter.issuer,
        client_id="shop",
        client_secret="shop-secret",
        base_url=BASE_URL,
        transport=transmitter.transport,
        on_security_event=listen if heard else None,
    )


async def test_whoever_fetches_takes_all_in_once_and_reports_what_is_none() -> None:
    transmitter, heard = Transmitter(), list[SecurityEvent]()
    transmitter.kept = {
        "1": event_token(transmitter, CHANGED, jti="1"),
        "2": event_token(transmitter, aud="another", jti="2"),
        "3": event_token(transmitter, jti="3"),
    }
    login = polling(transmitter, heard)
    assert await login.fetch_security_events() == 2
    assert [event.jti for event in heard] == ["1", "3"]
    assert (transmitter.kept, list(transmitter.errors)) == ({}, ["2"])
    assert set(transmitter.authorized) == {"Basic c2hvcDpzaG9wLXNlY3JldA=="}
    assert await login.fetch_security_events() == 0


async def test_an_event_that_could_not_be_borne_comes_again() -> None:
    transmitter = Transmitter()
    transmitter.kept = {"1": event_token(transmitter, CHANGED, jti="1")}
    login = polling(transmitter)

    async def fail(_: SecurityEvent) -> None:
        raise RuntimeError

    login._listener = fail
    with pytest.raises(RuntimeError):
        await login.fetch_security_events()
    assert list(transmitter.kept) == ["1"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/poll", "http://localhost:8000.evil.example/", None])
async def test_the_secret_goes_to_the_provider_alone(elsewhere: str) -> None:
    transmitter = Transmitter()
    transmitter.poll_endpoint = elsewhere
    with pytest.raises(ProviderUnreachable):
        await polling(transmitter).fetch_security_events()
    assert transmitter.authorized == []
