"""What an API demands of a person, followed: one new sign-in, and back to the page; never round in a circle."""

import time
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st

from cua_chung import AccessTokenVerifier, Caller
from cua_chung.challenge import StepUp, step_up
from tests.clients.conftest import Service
from tests.clients.fake_provider import FakeProvider

ISSUER = "http://localhost:8000"
AUDIENCE = "https://ho-so.quangngai.example/api"
ACR = f"{ISSUER}/loa/substantial"
ERROR = 'Bearer error="insufficient_user_authentication"'


@pytest.mark.parametrize(
    ("challenge", "wanted"),
    [
        (f'{ERROR}, error_description="a, \\"b\\"", acr_values="{ACR}"', StepUp("substantial")),
        (f'bearer  acr_values="urn:x {ACR}" ,error=insufficient_user_authentication', StepUp("substantial")),
        (f"{ERROR}, max_age=0", StepUp(max_age=0)),
        (f'{ERROR}, acr_values="{ISSUER}/loa/high", max_age="300"', StepUp("high", 300)),
        (ERROR, None),
        (f'{ERROR}, acr_values="https://elsewhere.example/loa/high"', None),
        (f'{ERROR}, max_age="-1"', None),
        (f'{ERROR}, max_age="１"', None),
        (f"{ERROR}, max_age=1, max_age=2", None),
        (f'Basic error="insufficient_user_authentication", acr_values="{ACR}"', None),
        (f'Bearer error="invalid_token", acr_values="{ACR}"', None),
        (f'{ERROR} acr_values="{ACR}"', None),
        ("Bearer", None),
        ("", None),
        (None, None),
    ],
)
def test_a_challenge_is_read_strictly(challenge: str | None, wanted: StepUp | None) -> None:
    assert step_up(challenge, ISSUER) == wanted


@given(st.text(max_size=200) | st.text('Bearer ="\\,errorinsufficient_user_authentication', max_size=200))
def test_any_header_is_a_demand_or_none(text: str) -> None:
    for challenge in (text, f"{ERROR}, {text}"):
        found = step_up(challenge, ISSUER)
        assert found is None or found.level is not None or found.max_age is not None


def api_that_demands(provider: FakeProvider, **demands: Any) -> FastAPI:
    verifier = AccessTokenVerifier(provider.issuer, AUDIENCE, transport=provider.transport)
    app = FastAPI()

    @app.get("/details")
    async def details(caller: Annotated[Caller, Depends(verifier.caller(**demands))]) -> str:
        return caller.level or ""

    return app


def with_page(service: Service, api: FastAPI) -> Service:
    """A page of the service that asks the API on the person's behalf."""

    @service.app.get("/details")
    async def details(request: Request) -> str:
        token = await service.login.access_token(request, AUDIENCE)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://127.0.0.1:8103") as http:
            answer = await http.get("/details", headers={"Authorization": f"Bearer {token}"})
        await service.login.follow(request, answer)
        return answer.text

    return service


async def test_the_person_is_asked_once_and_comes_back_to_the_page(service: Service) -> None:
    with_page(service, api_that_demands(service.provider, level="substantial"))
    await service.sign_in()
    url = await service.begin("/details")
    assert parse_qs(urlsplit(url).query)["acr_values"] == [ACR]
    service.provider.level = "substantial"
    assert (await service.come_back(service.provider.authorize(url))).headers["location"] == "/details"
    assert (await service.browser.get("/details")).json() == '"substantial"'


async def test_an_api_may_demand_a_fresh_authentication(provider: FakeProvider) -> None:
    api = api_that_demands(provider, max_age=60)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://127.0.0.1:8103") as http:

        async def ask(auth_time: float | None) -> httpx.Response:
            token = provider.access_token(AUDIENCE, auth_time=auth_time)
            return await http.get("/details", headers={"Authorization": f"Bearer {token}"})

        assert (await ask(time.time() - 10)).status_code == 200
        for too_old in (time.time() - 600, None):
            answer = await ask(too_old)
            assert answer.status_code == 401
            assert step_up(answer.headers["www-authenticate"], provider.issuer) == StepUp(max_age=60)


async def test_a_fresh_authentication_is_asked_for_by_max_age(service: Service) -> None:
    await service.sign_in()
    url = await service.begin("/sign-in?max_age=0&next=/mine")
    assert parse_qs(urlsplit(url).query)["max_age"] == ["0"]
    assert "max_age" not in parse_qs(urlsplit(await service.begin("/sign-in?max_age=x")).query)


async def test_what_the_person_has_proven_already_is_not_asked_again(service: Service) -> None:
    """To sign in once more would lead here once more."""
    with_page(service, api_that_demands(service.provider, level="substantial"))
    service.provider.level = "substantial"
    await service.sign_in()
    # The token for the API says less than the session: somebody's misconfiguration.
    service.provider.level = "low"
    page = await service.browser.get("/details")
    assert page.status_code == 400
    assert "level_not_accepted" in page.text
