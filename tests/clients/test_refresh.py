"""Tokens for calling APIs: kept while good, refreshed one at a time, and never after the session has ended."""

import asyncio

import pytest

from tests.clients.conftest import Service

API = "https://ho-so.quangngai.example/api"


async def test_a_token_that_is_good_is_not_refreshed(service: Service) -> None:
    await service.sign_in()
    assert (await service.browser.get("/token")).status_code == 200
    assert service.provider.refreshes == []


async def test_a_token_for_an_api_is_asked_with_its_resource_and_kept(service: Service) -> None:
    await service.sign_in()
    first = (await service.browser.get("/token", params={"resource": API})).json()
    again = (await service.browser.get("/token", params={"resource": API})).json()
    assert first == again
    assert service.provider.token_requests[-1]["resource"] == API
    assert len(service.provider.refreshes) == 1
    # The other token is still there.
    assert (await service.browser.get("/token")).json() != first
    assert len(service.provider.refreshes) == 1


async def test_parallel_requests_use_each_refresh_token_once(service: Service) -> None:
    service.provider.token_lifetime = 1
    await service.sign_in()
    service.provider.token_lifetime = 300
    answers = await asyncio.gather(*(service.browser.get("/token") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json() for answer in answers}) == 1
    assert len(service.provider.refreshes) == 1


async def test_a_dead_refresh_token_ends_the_session_here(service: Service) -> None:
    service.provider.token_lifetime = 1
    await service.sign_in()
    service.provider.live_refresh.clear()
    answer = await service.browser.get("/token")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Ftoken"
    assert (await service.browser.get("/mine")).status_code == 303


async def test_a_provider_that_is_down_ends_no_session(service: Service) -> None:
    service.provider.token_lifetime = 1
    await service.sign_in()
    service.provider.is_down = True
    with pytest.raises(Exception, match="token endpoint"):
        await service.browser.get("/token")
    service.provider.is_down = False
    assert (await service.browser.get("/token")).status_code == 200


async def test_a_session_that_ended_meanwhile_is_not_revived_by_its_refresh(service: Service) -> None:
    service.provider.token_lifetime = 1
    await service.sign_in()
    request = asyncio.create_task(service.browser.get("/token"))
    while not service.provider.refreshes:
        await asyncio.sleep(0)
    await service.login.relying_party.accept_logout_token(service.provider.logout_token())
    await request
    assert (await service.browser.get("/mine")).status_code == 303
