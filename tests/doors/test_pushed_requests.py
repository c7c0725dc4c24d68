"""A service pushes its authorization request before it sends the browser."""

import httpx
import pytest

from idp.flows import kept_requests
from idp.protocol import pkce
from idp.protocol.client import AuthMethod
from tests.doors.machine_house import REDIRECT, VERIFIER, House, Service, open_house
from tests.stand.ports import free_port

REQUEST = {
    "response_type": "code",
    "redirect_uri": REDIRECT,
    "scope": "openid profile",
    "state": "trạng-thái",
    "code_challenge": pkce.challenge_of(VERIFIER),
    "code_challenge_method": "S256",
}


async def push(house: House, service: Service, **changes: str) -> httpx.Response:
    return await house.post("/par", service, {**REQUEST, **changes})


async def test_the_answer_is_a_reference_that_works_once_and_for_this_client(house: House) -> None:
    service = await house.service()
    answer = await push(house, service)
    assert answer.status_code == 201
    assert answer.json()["expires_in"] == 90
    assert answer.headers["cache-control"] == "no-store"
    reference = answer.json()["request_uri"]
    assert reference.startswith("urn:ietf:params:oauth:request_uri:")
    client_id = service.client.client_id
    taken = await kept_requests.take(house.hall, client_id, reference)
    assert taken is not None
    assert dict(taken.as_pairs()) == {**REQUEST, "client_id": client_id}
    assert await kept_requests.take(house.hall, client_id, reference) is None


async def test_another_client_cannot_take_it(house: House) -> None:
    service = await house.service()
    reference = (await push(house, service)).json()["request_uri"]
    assert await kept_requests.take(house.hall, "somebody", reference) is None


async def test_what_authenticates_the_client_is_not_kept(house: House) -> None:
    service = await house.service(token_endpoint_auth_method=AuthMethod.CLIENT_SECRET_POST)
    form = {**REQUEST, "client_id": service.client.client_id, "client_secret": service.secret.reveal()}
    answer = await house.http.post("/par", data=form)
    taken = await kept_requests.take(house.hall, service.client.client_id, answer.json()["request_uri"])
    assert taken is not None
    assert "client_secret" not in taken.names()


async def test_a_login_hint_that_is_an_identity_number_is_not_kept(house: House) -> None:
    service = await house.service()
    answer = await push(house, service, login_hint="051 168 000218")
    taken = await kept_requests.take(house.hall, service.client.client_id, answer.json()["request_uri"])
    assert taken is not None
    assert "login_hint" not in taken.names()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "openid ho_so:write phone_x"}, None),
        ({"request": "e30."}, "request_not_supported"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"client_id": "somebody"}, "invalid_request"),
        ({"state": "x" * 60_000}, "invalid_request"),
    ],
)
async def test_mistakes_are_told_at_once_and_in_json(
    small_house: House, changes: dict[str, str], error: str | None
) -> None:
    service = await small_house.service()
    answer = await push(small_house, service, **changes)
    assert answer.json().get("error") == error, answer.text
    assert answer.status_code == (400 if error else 201)


async def test_an_unauthenticated_push_is_refused(small_house: House) -> None:
    answer = await small_house.http.post("/par", data=REQUEST)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_without_its_cache_the_endpoint_says_try_again(sqlite_url: str) -> None:
    async with open_house(sqlite_url, f"redis://127.0.0.1:{free_port()}/0") as house:
        answer = await push(house, await house.service())
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert "retry-after" in answer.headers
