"""Tokens for calling APIs: kept while good, refreshed one at a time, and never after the session has ended."""

import asyncio

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
    # RFC 6749 §6: what was granted, which may be less than what was asked.
    assert "scope" not in service.provider.token_requests[-1]
    # The other token is still there.
    assert (await service.browser.get("/token")).json() != first
    assert len(service.provider.refreshes) == 1


async def test_a_refresh_asks_for_what_was_granted_by_naming_no_scope(service: Service) -> None:
    await service.sign_in()
    await service.browser.get("/token", params={"resource": API})
    assert service.provider.token_requests[-1]["grant_type"] == "refresh_token"
    assert "scope" not in service.provider.token_requests[-1]


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
    page = await service.browser.get("/token")
    assert page.status_code == 503
    assert "/sign-in?next=%2Ftoken" in page.text
    service.provider.is_down = False
    assert (await service.browser.get("/token")).status_code == 200


async def test_without_a_refresh_token_the_person_is_sent_through_the_provider_again(service: Service) -> None:
    service.provider.gives_refresh_tokens = False
    service.provider.token_lifetime = 1
    await service.sign_in()
    assert (await service.browser.get("/token")).headers["location"] == "/sign-in?next=%2Ftoken"
    refused = await service.browser.get("/token", params={"resource": API})
    assert "no_access_token" in refused.text


async def test_an_api_that_was_not_registered_for_the_service_costs_it_no_session(service: Service) -> None:
    await service.sign_in()
    service.provider.refuses_refresh = "invalid_target"
    assert "invalid_target" in (await service.browser.get("/token", params={"resource": API})).text
    assert (await service.browser.get("/mine")).status_code == 200


async def test_a_session_that_ended_meanwhile_is_not_revived_by_its_refresh(service: Service) -> None:
    service.provider.token_lifetime = 1
    await service.sign_in()
    request = asyncio.create_task(service.browser.get("/token"))
    while not service.provider.refreshes:
        await asyncio.sleep(0)
    await service.login.relying_party.accept_logout_token(service.provider.logout_token())
    await request
    assert (await service.browser.get("/mine")).status_code == 303
