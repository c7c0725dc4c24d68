"""Assertions of strangers: five kinds of keys are understood, and a set of keys is either usable or refused."""

import copy
from typing import Any

import joserfc.jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from idp.crypto import base64url, client_jwt
from idp.crypto.client_jwt import ALGORITHMS, ClientKeys, InvalidJwks
from idp.crypto.jose import InvalidJwt
from tests.crypto.minting import public_jwk

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

Jwk = dict[str, Any]

RSA = RSAKey.generate_key(2048)
P256 = ECKey.generate_key("P-256")
P384 = ECKey.generate_key("P-384")
ED25519 = OKPKey.generate_key("Ed25519")
KEYS: dict[str, RSAKey | ECKey | OKPKey] = {
    "ES256": P256,
    "ES384": P384,
    "PS256": RSA,
    "RS256": RSA,
    "EdDSA": ED25519,
    "Ed25519": ED25519,
}
CLAIMS = {"iss": "dich-vu-cong", "sub": "dich-vu-cong", "jti": "một", "exp": 1}


def jwk_of(key: str, **more: object) -> Jwk:
    return {**KEYS[key].as_dict(private=False), **more}


def assertion(alg: str, **header: object) -> str:
    return joserfc.jwt.encode({"alg": alg, **header}, dict(CLAIMS), KEYS[alg], algorithms=[alg])


every_alg = pytest.mark.parametrize("alg", sorted(ALGORITHMS))


@every_alg
def test_an_assertion_by_the_registered_key_gives_its_claims(alg: str) -> None:
    keys = ClientKeys.parse({"keys": [jwk_of(alg, kid="một")]})
    assert client_jwt.verify(assertion(alg, kid="một"), keys) == CLAIMS


@every_alg
def test_without_kid_the_key_is_found_by_its_kind(alg: str) -> None:
    keys = ClientKeys.parse({"keys": [jwk_of(a, kid=a) for a in ("ES256", "ES384", "RS256", "EdDSA")]})
    assert client_jwt.verify(assertion(alg), keys) == CLAIMS


@every_alg
def test_another_clients_key_is_refused(alg: str) -> None:
    strangers: dict[str, Jwk] = {
        "RSA": {**public_jwk("RS256")},
        "EC": ECKey.generate_key("P-384" if alg == "ES384" else "P-256").as_dict(private=False),
        "OKP": OKPKey.generate_key("Ed25519").as_dict(private=False),
    }
    stranger = {name: value for name, value in strangers[ALGORITHMS[alg][0]].items() if name not in {"alg", "kid"}}
    with pytest.raises(InvalidJwt, match="does not verify"):
        client_jwt.verify(assertion(alg), ClientKeys.parse({"keys": [stranger]}))


def test_a_kid_that_is_not_registered_is_refused_and_no_other_key_is_tried() -> None:
    keys = ClientKeys.parse({"keys": [jwk_of("ES256", kid="một"), jwk_of("EdDSA")]})
    with pytest.raises(InvalidJwt, match="no registered key"):
        client_jwt.verify(assertion("ES256", kid="hai"), keys)


def test_a_key_that_names_its_algorithm_serves_no_other() -> None:
    keys = ClientKeys.parse({"keys": [jwk_of("PS256", alg="PS256")]})
    assert client_jwt.verify(assertion("PS256"), keys) == CLAIMS
    with pytest.raises(InvalidJwt, match="no registered key"):
        client_jwt.verify(assertion("RS256"), keys)


@pytest.mark.parametrize("typ", ["at+jwt", "logout+jwt", "JOSE", ""])
def test_another_type_of_token_is_no_assertion(typ: str) -> None:
    with pytest.raises(InvalidJwt, match="another type"):
        client_jwt.verify(assertion("ES256", typ=typ), ClientKeys.parse({"keys": [jwk_of("ES256")]}))


def test_every_truncation_and_mutation_of_an_assertion_is_refused() -> None:
    keys = ClientKeys.parse({"keys": [jwk_of("EdDSA")]})
    token = assertion("EdDSA")
    for at, character in enumerate(token):
        other = "A" if character != "A" else "B"
        for mutant in (token[:at], token[:at] + other + token[at + 1 :], token[:at] + token[at + 1 :]):
            with pytest.raises(InvalidJwt):
                client_jwt.verify(mutant, keys)


@given(st.text() | st.text("abcAB01-_.=", max_size=80))
def test_any_text_at_all_is_refused_as_an_invalid_assertion(text: str) -> None:
    with pytest.raises(InvalidJwt):
        client_jwt.verify(text, ClientKeys.parse({"keys": [public_jwk("ES256")]}))


P384_POINT = P384.as_dict(private=False)

REFUSED_KEYS: dict[str, Jwk] = {
    "symmetric": OctKey.generate_key(256).as_dict(),
    "private EC": P256.as_dict(private=True),
    "private RSA": RSA.as_dict(private=True),
    "private OKP": ED25519.as_dict(private=True),
    "a d beside a public key": jwk_of("ES256", d="AA"),
    "RSA of 1024 bits": jwk_of("RS256", n=base64url.encode(b"\xff" * 128)),
    "RSA of 16,000 bits": jwk_of("RS256", n="_" * 2700),
    "RSA with padding": jwk_of("RS256", e="AQAB=="),
    "RSA with an even exponent": jwk_of("RS256", e="Ag"),
    "RSA without modulus": {"kty": "RSA", "e": "AQAB"},
    "EC off the curve": jwk_of("ES256", y=jwk_of("ES256")["x"]),
    "EC with coordinates of another curve": {**P384_POINT, "crv": "P-256"},
    "EC with x a number": jwk_of("ES256", x=1),
    "EC with x null": jwk_of("ES256", x=None),
    "OKP of the wrong length": jwk_of("EdDSA", x="AAAA"),
    "kid a number": jwk_of("ES256", kid=1),
    "kty a list": jwk_of("ES256", kty=["EC"]),
    "crv a list": jwk_of("ES256", crv=["P-256"]),
    "alg an object": jwk_of("ES256", alg={}),
}


@pytest.mark.parametrize("name", REFUSED_KEYS)
def test_a_set_with_an_unusable_key_is_refused_whole(name: str) -> None:
    with pytest.raises(InvalidJwks):
        ClientKeys.parse({"keys": [jwk_of("EdDSA"), copy.deepcopy(REFUSED_KEYS[name])]})


@pytest.mark.parametrize(
    "document", [None, [], "x", {}, {"keys": {}}, {"keys": []}, {"keys": [None]}, {"keys": ["x"]}, {"keys": [{}] * 21}]
)
def test_what_is_no_key_set_is_refused(document: object) -> None:
    with pytest.raises(InvalidJwks):
        ClientKeys.parse(document)


def test_two_keys_of_one_kid_are_refused() -> None:
    with pytest.raises(InvalidJwks, match="same kid"):
        ClientKeys.parse({"keys": [jwk_of("ES256", kid="một"), jwk_of("EdDSA", kid="một")]})


@pytest.mark.parametrize(
    "other",
    [
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
        {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"},
        jwk_of("RS256", use="enc"),
        jwk_of("RS256", key_ops=["encrypt"]),
        jwk_of("RS256", key_ops="verify"),
    ],
)
def test_keys_for_other_uses_are_passed_over(other: Jwk) -> None:
    assert [key.kty for key in ClientKeys.parse({"keys": [other, jwk_of("EdDSA")]}).keys] == ["OKP"]
    with pytest.raises(InvalidJwks, match="no key"):
        ClientKeys.parse({"keys": [other]})


members = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.lists(st.text(max_size=3), max_size=2)
names = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use", "alg", "kid", "key_ops", "d", "x5c"])
kinds = st.sampled_from(["RSA", "EC", "OKP", "oct", "AKP"])


@given(
    st.dictionaries(names, members, max_size=6),
    st.fixed_dictionaries({}, optional={"kty": kinds, "crv": st.sampled_from(["P-256", "P-384", "Ed25519", "Ed448"])}),
    st.sampled_from([{}, jwk_of("ES256"), jwk_of("RS256"), jwk_of("EdDSA")]),
)
def test_parsing_a_key_set_is_total(odd: Jwk, kind: Jwk, sound: Jwk) -> None:
    try:
        keys = ClientKeys.parse({"keys": [{**sound, **odd, **kind}]})
    except InvalidJwks:
        return
    assert all(key.kty in {"RSA", "EC", "OKP"} and not key.key.is_private for key in keys.keys)
