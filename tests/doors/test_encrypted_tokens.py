"""ID tokens and userinfo that only the service can read: signed first, then encrypted to a key of its own."""

from typing import Any

import orjson
import pytest
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from tests.doors.machine_house import ISSUER, House
from tests.outgoing.conftest import listening, saying

EC = ECKey.generate_key("P-256", {"kid": "e1", "use": "enc"})
RSA = RSAKey.generate_key(2048, {"kid": "r1", "use": "enc"})
JWKS = {"keys": [EC.as_dict(private=False), RSA.as_dict(private=False)]}
_ENCS = ["A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"]


async def inside(house: House, token: str, key: ECKey | RSAKey, alg: str) -> dict[str, Any]:
    """The claims, by the service's key and then by ours."""
    opened = jwe.decrypt_compact(token, key, algorithms=[alg, *_ENCS])
    assert opened.headers()["cty"] == "JWT"
    assert opened.headers()["kid"] == key.kid
    assert opened.plaintext is not None
    ours = KeySet.import_key_set((await house.http.get("/jwks")).json())
    claims: dict[str, Any] = jwt.decode(opened.plaintext.decode(), ours, algorithms=["ES256", "RS256"]).claims
    return claims


@pytest.mark.parametrize(
    ("key", "alg", "enc"), [(EC, "ECDH-ES", None), (EC, "ECDH-ES+A256KW", "A256GCM"), (RSA, "RSA-OAEP-256", "A128GCM")]
)
async def test_the_id_token_is_signed_then_encrypted_at_code_and_at_refresh(
    small_house: House, key: ECKey | RSAKey, alg: str, enc: str | None
) -> None:
    service = await small_house.service(
        jwks=JWKS, id_token_encrypted_response_alg=alg, id_token_encrypted_response_enc=enc
    )
    tokens = await small_house.tokens(service)
    first = await inside(small_house, tokens["id_token"], key, alg)
    assert (first["iss"], first["aud"]) == (ISSUER, service.client.client_id)
    renewed = (await small_house.refresh(service, tokens["refresh_token"])).json()
    assert (await inside(small_house, renewed["id_token"], key, alg))["sub"] == first["sub"]


async def test_userinfo_is_signed_then_encrypted(house: House) -> None:
    service = await house.service(
        jwks=JWKS, userinfo_signed_response_alg="ES256", userinfo_encrypted_response_alg="ECDH-ES+A256KW"
    )
    tokens = await house.tokens(service)
    answer = await house.userinfo(tokens["access_token"])
    assert answer.headers["content-type"] == "application/jwt"
    told = await inside(house, answer.text, EC, "ECDH-ES+A256KW")
    assert (told["aud"], told["name"]) == (service.client.client_id, "Nguyễn Thị Ánh Tuyết")
    assert "Tuyết" not in answer.text


async def test_userinfo_that_is_only_encrypted_is_no_token_inside(small_house: House) -> None:
    service = await small_house.service(jwks=JWKS, userinfo_encrypted_response_alg="RSA-OAEP-256")
    answer = await small_house.userinfo((await small_house.tokens(service))["access_token"])
    opened = jwe.decrypt_compact(answer.text, RSA, algorithms=["RSA-OAEP-256", *_ENCS])
    assert "cty" not in opened.headers()
    assert opened.plaintext is not None
    assert orjson.loads(opened.plaintext)["iss"] == ISSUER


async def test_without_the_clients_key_nothing_is_used_up_and_nothing_goes_in_the_clear(small_house: House) -> None:
    answers = [saying("503 Busy"), saying("200 OK", orjson.dumps(JWKS))]

    async def answer(writer: object) -> None:
        await answers[0](writer)  # type: ignore[arg-type] # the stream that the site was given

    async with listening(answer) as site:
        service = await small_house.service(jwks_uri=site.url(), id_token_encrypted_response_alg="ECDH-ES")
        code, _ = await small_house.code(service.client)
        failed = await small_house.redeem(service, code)
        assert (failed.status_code, failed.json()["error"]) == (503, "temporarily_unavailable")
        answers.pop(0)
        small_house.pass_time(seconds=31)
        redeemed = await small_house.redeem(service, code)
        assert redeemed.status_code == 200, "the code was not used up"
        assert (await inside(small_house, redeemed.json()["id_token"], EC, "ECDH-ES"))["iss"] == ISSUER


async def test_a_set_without_a_fitting_key_is_no_way_to_a_clear_token(small_house: House) -> None:
    signing = ECKey.generate_key("P-256", {"use": "sig"}).as_dict(private=False)
    async with listening(saying("200 OK", orjson.dumps({"keys": [signing]}))) as site:
        service = await small_house.service(jwks_uri=site.url(), userinfo_encrypted_response_alg="ECDH-ES")
        token = (await small_house.tokens(service))["access_token"]
        answer = await small_house.userinfo(token)
        assert answer.status_code == 503
        assert "Tuyết" not in answer.text
