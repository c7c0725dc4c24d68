"""What a service sees when it turns a code into tokens."""

import asyncio
from dataclasses import replace

import jwt as pyjwt
from joserfc import jwt as jose
from joserfc.jwk import KeySet

from idp.audit import kinds
from idp.kernel.level import Level
from idp.kernel.secret import new_secret
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter
from idp.protocol.client import AuthMethod, ClientState
from tests.doors.machine_house import ISSUER, REDIRECT, VERIFIER, House

API = "https://ho-so.example.vn/api"


async def test_a_code_gives_an_access_token_an_id_token_and_a_refresh_token(house: House) -> None:
    service = await house.service()
    code, grant = await house.code(service.client)
    answer = await house.redeem(service, code)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    tokens = answer.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 300
    assert tokens["scope"] == " ".join(grant.scope)
    assert tokens.keys() == {"access_token", "id_token", "refresh_token", "token_type", "expires_in", "scope"}


async def test_two_other_libraries_verify_both_tokens(house: House) -> None:
    service = await house.service()
    code, grant = await house.code(service.client)
    tokens = (await house.redeem(service, code)).json()
    published = (await house.http.get("/jwks")).json()
    keys = KeySet.import_key_set(published)
    access, identity = (jose.decode(tokens[name], keys, algorithms=["ES256"]) for name in ("access_token", "id_token"))
    assert access.header["typ"] == "at+jwt"
    assert access.claims["aud"] == ISSUER
    assert access.claims["jti"].startswith(f"{grant.id}.")
    assert access.claims["sub"] == grant.sub
    assert not {"name", "email", "phone_number"} & access.claims.keys()
    assert identity.claims["nonce"] == grant.nonce
    assert identity.claims["acr"] == f"{ISSUER}/loa/low"
    assert identity.claims["amr"] == ["pwd"]
    assert identity.claims["sid"] == grant.sid
    assert identity.claims["auth_time"] == int(grant.auth_time.timestamp())
    key = pyjwt.PyJWKSet.from_dict(published)[identity.header["kid"]]
    decoded = pyjwt.decode_complete(
        tokens["id_token"], key, algorithms=["ES256"], audience=service.client.client_id, issuer=ISSUER
    )
    digest = pyjwt.get_algorithm_by_name("ES256").compute_hash_digest(tokens["access_token"].encode())
    assert decoded["payload"]["at_hash"] == pyjwt.utils.base64url_encode(digest[:16]).decode()


async def test_the_id_token_is_signed_by_the_algorithm_that_the_client_registered(house: House) -> None:
    service = await house.service(id_token_signed_response_alg="RS256")
    tokens = await house.tokens(service)
    assert pyjwt.get_unverified_header(tokens["id_token"])["alg"] == "RS256"
    assert pyjwt.get_unverified_header(tokens["access_token"])["alg"] == "ES256"


async def test_without_the_refresh_grant_there_is_no_refresh_token(house: House) -> None:
    service = await house.service(grant_types=frozenset({"authorization_code"}))
    assert "refresh_token" not in await house.tokens(service)


async def test_without_openid_there_is_no_id_token(house: House) -> None:
    service = await house.service()
    assert "id_token" not in await house.tokens(service, scope=("profile",))


async def test_a_code_used_twice_ends_the_tokens_that_it_gave(house: House) -> None:
    service = await house.service()
    code, grant = await house.code(service.client)
    tokens = (await house.redeem(service, code)).json()
    again = await house.redeem(service, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await house.introspect(service, tokens["access_token"])) == {"active": False}
    assert (await house.userinfo(tokens["access_token"])).status_code == 401
    assert (await house.refresh(service, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    [event] = await house.events(kinds.CODE_REUSE)
    assert (event.grant_id, event.changed["reason"]) == (grant.id, "used_before")


async def test_of_many_parallel_redemptions_one_alone_succeeds(house: House) -> None:
    service = await house.service()
    code, _ = await house.code(service.client)
    answers = await asyncio.gather(*(house.redeem(service, code) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7


async def test_a_code_in_the_hands_of_another_client_is_refused_and_revoked(house: House) -> None:
    service, other = await house.service(), await house.service()
    code, _ = await house.code(service.client)
    assert (await house.redeem(other, code)).json()["error"] == "invalid_grant"
    assert (await house.redeem(service, code)).json()["error"] == "invalid_grant"
    [event] = await house.events(kinds.CODE_REUSE)
    assert event.changed["reason"] == "other_client"
    assert event.actor == f"client:{other.client.client_id}"


async def test_another_redirect_uri_or_verifier_is_refused_and_revoked(house: House) -> None:
    service = await house.service()
    for changes in ({"redirect_uri": REDIRECT + "/"}, {"code_verifier": VERIFIER + "x"}, {"code_verifier": None}):
        code, _ = await house.code(service.client)
        assert (await house.redeem(service, code, **changes)).json()["error"] == "invalid_grant"
        assert (await house.redeem(service, code)).json()["error"] == "invalid_grant"


async def test_a_code_without_challenge_refuses_a_verifier_and_goes_without(house: House) -> None:
    service = await house.service(require_pkce=False)
    code, _ = await house.code(service.client, challenge=None)
    assert (await house.redeem(service, code)).json()["error"] == "invalid_grant"
    code, _ = await house.code(service.client, challenge=None)
    assert (await house.redeem(service, code, code_verifier=None)).status_code == 200


async def test_a_code_expires_after_its_minute_and_nobody_is_blamed(house: House) -> None:
    service = await house.service()
    code, _ = await house.code(service.client)
    house.pass_time(seconds=61)
    assert (await house.redeem(service, code)).json()["error"] == "invalid_grant"
    assert await house.events(kinds.CODE_REUSE) == []


async def test_an_unknown_code_is_an_invalid_grant(house: House) -> None:
    service = await house.service()
    assert (await house.redeem(service, new_secret())).json()["error"] == "invalid_grant"


async def test_a_public_client_redeems_with_its_verifier_alone(house: House) -> None:
    service = await house.service(
        token_endpoint_auth_method=AuthMethod.NONE, grant_types=frozenset({"authorization_code"})
    )
    code, _ = await house.code(service.client)
    assert (await house.redeem(service, code)).status_code == 200


async def test_acr_is_the_lower_of_the_person_and_the_proofs(house: House) -> None:
    service = await house.service()
    for level, methods, word in (
        (Level.SUBSTANTIAL, ("password", "totp"), "substantial"),
        (Level.BASIC, ("password", "totp"), "basic"),
        (Level.HIGH, ("password",), "low"),
    ):
        person = await house.person(level=level)
        session = await house.session(person, *methods)
        code, _ = await house.code(service.client, person=person, session=session)
        tokens = (await house.redeem(service, code)).json()
        claims = pyjwt.decode(tokens["id_token"], options={"verify_signature": False})
        assert claims["acr"] == f"{ISSUER}/loa/{word}"
        assert ("mfa" in claims["amr"]) == ("totp" in methods)


async def test_an_api_is_the_audience_where_its_resource_was_granted(house: House) -> None:
    service = await house.service(resources=frozenset({API}))
    code, _ = await house.code(service.client, resource=(API,))
    tokens = (await house.redeem(service, code, resource=API)).json()
    assert pyjwt.decode(tokens["access_token"], options={"verify_signature": False})["aud"] == API
    code, _ = await house.code(service.client, resource=(API,))
    assert (await house.redeem(service, code, resource="https://other.example.vn")).json()["error"] == "invalid_target"


async def test_claims_stand_in_the_id_token_only_when_asked_by_name(house: House) -> None:
    service = await house.service()
    plain = await house.tokens(service)
    claims = pyjwt.decode(plain["id_token"], options={"verify_signature": False})
    assert not {"name", "email", "birthdate"} & claims.keys()
    asked = ClaimsParameter(id_token={"name": ClaimRequest(), "phone_number": ClaimRequest(essential=True)})
    named = await house.tokens(service, claims=asked)
    claims = pyjwt.decode(named["id_token"], options={"verify_signature": False})
    assert claims["name"] == "Nguyễn Thị Ánh Tuyết"
    assert claims["phone_number"] == "+84905000218"
    assert "email" not in claims


async def test_a_client_that_became_a_draft_gets_openid_alone(house: House) -> None:
    service = await house.service()
    code, _ = await house.code(service.client)
    await house.put(replace(service.client, state=ClientState.DRAFT))
    assert (await house.redeem(service, code)).json()["scope"] == "openid"
