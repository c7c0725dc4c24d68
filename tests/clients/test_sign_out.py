"""Signing out at the service, and being signed out by the provider (Back-Channel Logout 1.0)."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.clients.conftest import BASE_URL, Service
from tests.clients.fake_provider import LOGOUT_EVENT, unsigned

OWN = {"Origin": BASE_URL}


async def _notify(service: Service, token: str) -> httpx.Response:
    async with service.another_browser() as provider:
        return await provider.post("/back-channel-logout", data={"logout_token": token})


async def _is_signed_in(service: Service) -> bool:
    return (await service.browser.get("/mine")).status_code == 200


async def test_signing_out_ends_the_session_and_goes_on_to_the_provider(service: Service) -> None:
    await service.sign_in()
    answer = await service.browser.post("/sign-out", headers=OWN)
    assert answer.status_code == 303
    target = urlsplit(answer.headers["location"])
    asked = parse_qs(target.query)
    assert f"{target.scheme}://{target.netloc}{target.path}" == f"{service.provider.issuer}/logout"
    assert asked["post_logout_redirect_uri"] == [f"{BASE_URL}/signed-out"]
    assert asked["client_id"] == ["shop"]
    assert asked["id_token_hint"][0].count(".") == 2
    assert not await _is_signed_in(service)
    back = await service.browser.get("/signed-out", params={"state": asked["state"][0]})
    assert back.headers["location"] == "/?signed_out=everywhere"


async def test_a_stranger_cannot_claim_that_a_sign_out_took_place(service: Service) -> None:
    assert (await service.browser.get("/signed-out?state=x")).headers["location"] == "/"
    assert (await service.browser.get("/signed-out")).headers["location"] == "/"


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://127.0.0.1:8103"}, {"Origin": "null"}])
async def test_another_site_cannot_sign_a_person_out(service: Service, headers: dict[str, str]) -> None:
    await service.sign_in()
    assert (await service.browser.post("/sign-out", headers=headers)).status_code == 403
    assert await _is_signed_in(service)


async def test_signing_out_works_while_the_provider_is_down(service: Service) -> None:
    await service.sign_in()
    service.provider.is_down = True
    service.login.relying_party.provider._loaded_at = None
    answer = await service.browser.post("/sign-out", headers=OWN)
    assert answer.headers["location"] == "/?signed_out=here"
    assert not await _is_signed_in(service)


async def test_a_logout_token_ends_the_session_that_it_names(service: Service) -> None:
    await service.sign_in()
    answer = await _notify(service, service.provider.logout_token())
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert not await _is_signed_in(service)


async def test_a_logout_token_for_another_session_ends_nothing(service: Service) -> None:
    await service.sign_in()
    assert (await _notify(service, service.provider.logout_token(sid="sid-2"))).status_code == 200
    assert await _is_signed_in(service)


async def test_a_logout_token_without_sid_ends_every_session_of_the_person(service: Service) -> None:
    await service.sign_in()
    assert (await _notify(service, service.provider.logout_token(sid=None))).status_code == 200
    assert not await _is_signed_in(service)


async def test_a_logout_that_overtakes_its_sign_in_is_not_forgotten(service: Service) -> None:
    answer = service.provider.authorize(await service.begin())
    await _notify(service, service.provider.logout_token())
    assert "signed_out_meanwhile" in (await service.come_back(answer)).text


async def test_a_logout_token_is_accepted_once(service: Service) -> None:
    token = service.provider.logout_token()
    assert (await _notify(service, token)).status_code == 200
    assert (await _notify(service, token)).status_code == 400


@pytest.mark.parametrize(
    "more",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"iat": None},
        {"iat": int(time.time()) + 600},
        {"events": None},
        {"events": {}},
        {"events": {LOGOUT_EVENT: True}},
        {"events": [LOGOUT_EVENT]},
        {"nonce": "n"},
        {"jti": None},
        {"sid": None, "sub": None},
        {"sid": 7},
    ],
)
async def test_a_logout_token_with_a_wrong_claim_is_refused(service: Service, more: dict[str, Any]) -> None:
    await service.sign_in()
    assert (await _notify(service, service.provider.logout_token(**more))).status_code == 400
    assert await _is_signed_in(service)


async def test_a_logout_token_must_say_what_it_is_and_be_signed(service: Service) -> None:
    await service.sign_in()
    provider = service.provider
    hostile = [
        provider.logout_token({"typ": "JWT"}),
        provider.logout_token({"typ": "at+jwt"}),
        unsigned({"alg": "none", "typ": "logout+jwt"}, {"sid": "sid-1", "events": {LOGOUT_EVENT: {}}}),
        "",
        "x",
        "x.y.z",
    ]
    assert [(await _notify(service, token)).status_code for token in hostile] == [400] * len(hostile)
    assert await _is_signed_in(service)


async def test_a_logout_that_cannot_be_checked_now_is_asked_for_again(service: Service) -> None:
    token = service.provider.logout_token()
    service.provider.is_down = True
    assert (await _notify(service, token)).status_code == 503


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"logout_token=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
        (b"logout_token=x&logout_token=x", "application/x-www-form-urlencoded"),
        (b"logout_token=\xff\x00", "application/x-www-form-urlencoded"),
        (b"&".join(b"f=" for _ in range(100)), "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b"\xff", "multipart/form-data"),
        (b'{"logout_token": "x"}', "application/json"),
    ],
)
async def test_a_malformed_form_is_refused(service: Service, content: bytes, content_type: str) -> None:
    async with service.another_browser() as stranger:
        headers = {"Content-Type": content_type}
        answer = await stranger.post("/back-channel-logout", content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
