"""Discovery and keys: what anybody may read, and how cheaply."""

import json

import pytest
from authlib.oidc.discovery import OpenIDProviderMetadata

from idp.oidc.discovery import addresses
from tests.doors.machine_house import ISSUER, House

DOCUMENTS = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks", "/jwks/history"]


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_a_document_is_public_cacheable_and_readable_by_any_page(small_house: House, path: str) -> None:
    answer = await small_house.http.get(path, headers={"origin": "https://anybody.example"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert "set-cookie" not in answer.headers
    json.loads(answer.content)


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_whoever_has_it_already_gets_a_304(small_house: House, path: str) -> None:
    etag = (await small_house.http.get(path)).headers["etag"]
    for tags in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await small_house.http.get(path, headers={"if-none-match": tags})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
    assert (await small_house.http.get(path, headers={"if-none-match": '"other"'})).status_code == 200


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_head_is_answered_and_every_other_method_refused(small_house: House, path: str) -> None:
    assert (await small_house.http.head(path)).status_code == 200
    refused = await small_house.http.post(path)
    assert refused.status_code == 405
    assert "GET" in refused.headers["allow"]
    preflight = await small_house.http.options(path, headers={"origin": "https://anybody.example"})
    assert preflight.headers["access-control-allow-origin"] == "*"


async def test_authlib_finds_the_discovery_document_valid(small_house: House) -> None:
    both = [(await small_house.http.get(path)).json() for path in DOCUMENTS[:2]]
    assert both[0] == both[1]
    assert both[0]["issuer"] == ISSUER
    OpenIDProviderMetadata(both[0]).validate()


async def test_discovery_promises_no_level_that_nobody_can_reach(small_house: House) -> None:
    document = (await small_house.http.get(DOCUMENTS[0])).json()
    assert f"{ISSUER}/loa/substantial" in document["acr_values_supported"]
    assert f"{ISSUER}/loa/high" not in document["acr_values_supported"]


async def test_no_private_member_is_ever_published(small_house: House) -> None:
    keys = (await small_house.http.get("/jwks")).json()["keys"]
    assert {key["alg"] for key in keys} == {"ES256", "RS256"}
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & {member for key in keys for member in key}


def test_an_issuer_with_a_path_is_found_by_both_rules() -> None:
    assert addresses("https://id.example.vn") == tuple(DOCUMENTS[:2])
    found = addresses("https://example.vn/id")
    assert "/id/.well-known/openid-configuration" in found
    assert "/.well-known/oauth-authorization-server/id" in found
