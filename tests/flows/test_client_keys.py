"""Keys of clients at their `jwks_uri`: fetched once, fetched anew for a new kid, and never at a stranger's pace."""

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.kernel.clock import epoch
from idp.kernel.ids import new_id
from idp.protocol.client import AuthMethod
from tests.doors.machine_house import ISSUER, House, Service
from tests.outgoing.conftest import Answer, listening, saying

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid})


def publishing(*keys: ECKey) -> Answer:
    return saying("200 OK", orjson.dumps({"keys": [key.as_dict(private=False) for key in keys]}))


async def keyed(house: House, uri: str) -> Service:
    return await house.service(token_endpoint_auth_method=AuthMethod.PRIVATE_KEY_JWT, jwks_uri=uri)


async def ask(house: House, service: Service, signer: ECKey) -> int:
    client_id = service.client.client_id
    claims = {"iss": client_id, "sub": client_id, "aud": ISSUER, "jti": new_id(), "exp": epoch(house.now) + 60}
    signed = jwt.encode({"alg": "ES256", "kid": signer.kid}, claims, signer)
    form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": signed}
    return (await house.http.post("/token", data=form)).status_code


async def test_keys_are_fetched_once_for_many_requests(small_house: House) -> None:
    first = key("1")
    async with listening(publishing(first)) as site:
        service = await keyed(small_house, site.url())
        for _ in range(3):
            assert await ask(small_house, service, first) == 200
        assert len(site.heard) == 1


async def test_a_new_kid_is_fetched_and_an_invented_one_not_each_time(small_house: House) -> None:
    first, second = key("1"), key("2")
    published: list[ECKey] = []

    async def answer(writer: object) -> None:
        await publishing(*published)(writer)  # type: ignore[arg-type] # the stream that the site was given

    async with listening(answer) as site:
        published[:] = [first]
        service = await keyed(small_house, site.url())
        assert await ask(small_house, service, first) == 200
        published[:] = [first, second]
        small_house.pass_time(seconds=31)
        assert await ask(small_house, service, second) == 200
        assert len(site.heard) == 2
        for _ in range(5):
            assert await ask(small_house, service, key("invented")) == 401
        assert len(site.heard) == 2
        small_house.pass_time(seconds=31)
        assert await ask(small_house, service, key("invented")) == 401
        assert len(site.heard) == 3


async def test_known_keys_outlast_a_failure_of_the_clients_host(small_house: House) -> None:
    first = key("1")
    async with listening(publishing(first)) as site:
        service = await keyed(small_house, site.url())
        assert await ask(small_house, service, first) == 200
    small_house.pass_time(minutes=20)
    assert await ask(small_house, service, first) == 200
    small_house.pass_time(hours=2)
    assert await ask(small_house, service, first) == 401


async def test_what_is_no_key_set_refuses_the_client(small_house: House) -> None:
    for body in (b"[]", b"{}", b'{"keys": []}', b"not json", b'{"keys":[{"kty":"oct","k":"eA"}]}'):
        async with listening(saying("200 OK", body)) as site:
            service = await keyed(small_house, site.url())
            assert await ask(small_house, service, key("1")) == 401


async def test_in_production_a_loopback_jwks_uri_is_never_called(house: House) -> None:
    async with listening(publishing(key("1"))) as site:
        service = await keyed(house, site.url())
        assert await ask(house, service, key("1")) == 401
        assert site.heard == []
