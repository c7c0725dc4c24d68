"""Dynamic registration behind initial access tokens: what a developer sees, and what a stranger can't get."""

from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from idp.audit import kinds
from idp.consent.policy import Basis
from idp.kernel.secret import Secret, new_secret
from idp.protocol.client import ClientState
from idp.storage.clients import RegisteredClient
from tests.doors.machine_house import AGENCY, House
from tests.outgoing.conftest import listening, saying

SANDBOX = ("approve", "no_pkce_by_default")
WEB: dict[str, Any] = {
    "redirect_uris": ["https://dich-vu.example.vn/callback"],
    "client_name": "Dịch vụ thử",
    "client_name#en": "A service on trial",
    "contacts": ["kỹ.thuật@example.vn"],
}


async def initial_token(house: House, *powers: str, uses: int | None = None) -> Secret:
    token = new_secret()
    async with house.hall.db.unaudited_tx() as tx:
        await tx.initial_access_tokens.add(
            token.digest(), "thử", powers, house.now + timedelta(days=1), uses, house.now
        )
    return token


async def register(house: House, token: Secret | None, document: object) -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token.reveal()}"}
    return await house.http.post("/register", json=document, headers=headers)


async def stored(house: House, client_id: str) -> RegisteredClient:
    async with house.hall.db.read() as tx:
        found = await tx.clients.get(client_id)
    assert found is not None
    return found


async def test_a_registered_client_works_at_once(house: House) -> None:
    token = await initial_token(house, *SANDBOX)
    answer = await register(house, token, {**WEB, "grant_types": ["authorization_code", "client_credentials"]})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["client_secret_expires_at"] == 0
    assert told["id_token_signed_response_alg"] == "RS256"
    assert told["require_pkce"] is False
    assert told["contacts"] == WEB["contacts"]
    auth = (told["client_id"], told["client_secret"])
    used = await house.http.post("/token", data={"grant_type": "client_credentials"}, auth=auth)
    assert used.status_code == 200
    client = await stored(house, told["client_id"])
    assert client.client.state is ClientState.APPROVED
    assert client.contacts == tuple(WEB["contacts"])
    assert {terms.basis for terms in client.terms.scopes.values()} == {Basis.CONSENT}
    [event] = await house.events(kinds.CLIENT_REGISTERED)
    assert event.client_id == told["client_id"]


async def test_without_the_power_a_client_is_a_draft_and_keeps_pkce(house: House) -> None:
    token = await initial_token(house)
    told = (await register(house, token, WEB)).json()
    assert told["require_pkce"] is True
    assert (await stored(house, told["client_id"])).client.state is ClientState.DRAFT
    refused = await register(house, token, {**WEB, "require_pkce": False})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")


async def test_nobody_registers_without_a_token_that_lives(house: House) -> None:
    assert (await register(house, None, WEB)).status_code == 401
    unknown = await register(house, new_secret(), WEB)
    assert (unknown.status_code, unknown.json()["error"]) == (401, "invalid_token")
    assert "Bearer" in unknown.headers["www-authenticate"]
    token = await initial_token(house)
    house.pass_time(days=2)
    assert (await register(house, token, WEB)).status_code == 401


async def test_a_mistake_costs_no_use_and_a_use_works_once(house: House) -> None:
    token = await initial_token(house, uses=1)
    assert (await register(house, token, {})).status_code == 400
    assert (await register(house, token, WEB)).status_code == 201
    assert (await register(house, token, WEB)).status_code == 401


async def test_several_redirect_hosts_need_a_sector_document_that_lists_them(small_house: House) -> None:
    token = await initial_token(small_house, *SANDBOX)
    uris = ["https://mot.example.vn/cb", "https://hai.example.vn/cb"]
    several = {**WEB, "redirect_uris": uris}
    assert (await register(small_house, token, several)).json()["error"] == "invalid_client_metadata"
    for listed, status in ((uris, 201), (uris[:1], 400), ("x", 400)):
        async with listening(saying("200 OK", orjson.dumps(listed), "Content-Type: application/json")) as site:
            document = {**several, "sector_identifier_uri": site.url("/sector.json")}
            assert (await register(small_house, token, document)).status_code == status
    document = {**several, "sector_identifier_uri": "http://127.0.0.1:9/sector.json"}
    gone = await register(small_house, token, document)
    assert (gone.status_code, gone.json()["error"]) == (400, "invalid_client_metadata")


async def test_in_production_no_inside_address_is_ever_fetched(house: House) -> None:
    token = await initial_token(house, *SANDBOX)
    async with listening(saying("200 OK", b"[]")) as site:
        document = {**WEB, "sector_identifier_uri": site.url().replace("http:", "https:")}
        assert (await register(house, token, document)).json()["error"] == "invalid_client_metadata"
        assert site.heard == []


async def test_a_strangers_client_cannot_join_an_agencys_sector(house: House) -> None:
    async with house.hall.db.unaudited_tx() as tx:
        await tx.agencies.put(AGENCY)
        assert await tx.agencies.claim_sector("dich-vu.example.vn", AGENCY.id)
    token = await initial_token(house, *SANDBOX)
    answer = await register(house, token, WEB)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": ["https://a.example.vn/#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["JavaScript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://a.example.vn/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://a.example.vn/"}, "invalid_redirect_uri"),
        ({"logo_uri": "data:image/png;base64,x"}, "invalid_client_metadata"),
        ({"policy_uri": "JAVASCRIPT:alert(1)"}, "invalid_client_metadata"),
        ({"subject_type": "public"}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "x"}]}}, "invalid_client_metadata"),
        ({"software_statement": "e30.e30."}, "invalid_software_statement"),
        ({"contacts": [1]}, "invalid_client_metadata"),
    ],
)
async def test_metadata_that_must_not_be_registered_is_refused(
    small_house: House, changes: dict[str, Any], error: str
) -> None:
    token = await initial_token(small_house, *SANDBOX)
    answer = await register(small_house, token, {**WEB, **changes})
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"{", b"\xff", b'{"redirect_uris":' + b"[" * 5000, b"x" * 70_000])
async def test_what_is_no_json_object_is_refused(small_house: House, body: bytes) -> None:
    token = await initial_token(small_house, *SANDBOX)
    headers = {"authorization": f"Bearer {token.reveal()}", "content-type": "application/json"}
    answer = await small_house.http.post("/register", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    form = await small_house.http.post("/register", content=body, headers=headers | {"content-type": "text/plain"})
    assert (form.status_code, form.json()["error"]) == (400, "invalid_request")
