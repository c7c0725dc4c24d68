"""A service with a key of its own: what the provider tells is opened with it, and nothing in the clear passes."""

import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwe
from joserfc.jwk import ECKey
from starlette.requests import Request
from starlette.responses import Response

from cua_chung import CuaChung, EncryptionKey, MemoryStore
from tests.clients.conftest import BASE_URL, Service, service_app
from tests.clients.fake_provider import Claims, FakeProvider

OWN = ECKey.generate_key("P-256", {"kid": "own"})


class Discreet(FakeProvider):
    """Signs, then encrypts to the service's key, as long as it is told to."""

    clear_userinfo = False

    def hide(self, token: str) -> str:
        header = {"alg": "ECDH-ES+A256KW", "enc": "A128CBC-HS256", "cty": "JWT", "kid": "own"}
        return jwe.encrypt_compact(header, token, OWN)

    async def _userinfo(self, request: Request) -> Response:
        if self.clear_userinfo:
            return await super()._userinfo(request)
        told = {**self.person, "iss": self.issuer, "aud": "shop"}
        return Response(self.hide(self.sign(told)), media_type="application/jwt")


@pytest.fixture
async def discreet() -> AsyncIterator[Service]:
    provider = Discreet()

    def hidden(claims: Claims) -> str:
        return provider.hide(provider.sign(claims))

    provider.forge = hidden
    login = CuaChung(
        issuer=provider.issuer,
        client_id="shop",
        client_secret="shop-secret",
        base_url=BASE_URL,
        encryption_key=EncryptionKey(OWN.as_pem(private=True).decode()),
        store=MemoryStore(),
        transport=provider.transport,
    )
    app = service_app(login)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL) as browser:
        yield Service(provider, login, app, browser)


async def test_the_person_is_known_from_what_only_we_can_read(discreet: Service) -> None:
    await discreet.sign_in()
    assert (await discreet.browser.get("/mine")).json()["name"] == "Phạm Thị Lài"
    out = await discreet.browser.post("/sign-out", headers={"Origin": BASE_URL})
    # The provider reads its own signature at sign-out, not what it hid from itself.
    assert "id_token_hint=ey" in out.headers["location"]
    assert httpx.URL(out.headers["location"]).params["id_token_hint"].count(".") == 2


async def test_an_id_token_in_the_clear_is_refused(discreet: Service) -> None:
    discreet.provider.forge = discreet.provider.sign
    assert "invalid_id_token" in (await discreet.sign_in()).text


async def test_userinfo_in_the_clear_is_refused(discreet: Service) -> None:
    assert isinstance(discreet.provider, Discreet)
    discreet.provider.clear_userinfo = True
    assert "invalid_id_token" in (await discreet.sign_in()).text


async def test_without_a_key_nothing_encrypted_is_believed(service: Service) -> None:
    hiding = Discreet()
    service.provider.forge = lambda claims: hiding.hide(service.provider.sign(claims))
    assert "invalid_id_token" in (await service.sign_in()).text


async def test_what_is_asked_with_its_verification_travels_in_the_claims_parameter(provider: FakeProvider) -> None:
    asked = {"userinfo": {"verified_claims": {"verification": {"trust_framework": None}, "claims": {"name": None}}}}
    login = CuaChung(
        issuer=provider.issuer,
        client_id="shop",
        client_secret="shop-secret",
        base_url=BASE_URL,
        claims=asked,
        store=MemoryStore(),
        transport=provider.transport,
    )
    provider.person["verified_claims"] = {"verification": {"trust_framework": "x"}, "claims": {"name": "Phạm Thị Lài"}}
    app = service_app(login)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL) as browser:
        service = Service(provider, login, app, browser)
        url = await service.begin()
        assert json.loads(parse_qs(urlsplit(url).query)["claims"][0]) == asked
        await service.come_back(provider.authorize(url))
    [session] = login.relying_party.store._sessions.values()  # type: ignore[attr-defined] # the memory store
    assert session.person.claims["verified_claims"]["claims"] == {"name": "Phạm Thị Lài"}
