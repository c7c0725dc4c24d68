"""Tokens for one client's eyes: what we encrypt is read by three libraries with its key, and by none without."""

import warnings
from typing import Any

import pytest
from authlib.deprecate import AuthlibDeprecationWarning
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from cua_chung.encrypted import EncryptionKey as Held
from cua_chung.encrypted import opened
from cua_chung.errors import TokenRefused
from idp.crypto.client_jwe import ALGORITHMS, ENCODINGS, EncryptionKeys, encrypt
from idp.crypto.client_jwt import InvalidJwks
from tests.protocol.build import json_values

with warnings.catch_warnings():
    # Deprecated for us, and for that very reason another hand than the one that encrypts.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.jose import JsonWebEncryption

OWN: dict[str, ECKey | RSAKey] = {
    "EC": ECKey.generate_key("P-256", {"kid": "ec"}),
    "RSA": RSAKey.generate_key(2048, {"kid": "rsa"}),
}
OTHERS: dict[str, ECKey | RSAKey] = {"EC": ECKey.generate_key("P-256"), "RSA": RSAKey.generate_key(2048)}
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJuYW1lIjoiTMOgaSJ9.c2ln"


def public(*keys: ECKey | RSAKey, **members: str) -> dict[str, Any]:
    return {"keys": [{**key.as_dict(private=False), **members} for key in keys]}


def encrypted(alg: str, enc: str) -> str:
    key = EncryptionKeys.parse(public(OWN[ALGORITHMS[alg]])).candidates(alg)[0]
    return encrypt(TOKEN.encode(), key, alg, enc, nested=True)


@pytest.mark.parametrize("enc", ENCODINGS)
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_the_holder_of_the_key_reads_it_and_nobody_else(alg: str, enc: str) -> None:
    token, own = encrypted(alg, enc), OWN[ALGORITHMS[alg]]
    read = jwe.decrypt_compact(token, own, algorithms=[alg, enc])
    assert read.plaintext == TOKEN.encode()
    assert read.headers().items() >= {"alg": alg, "enc": enc, "cty": "JWT", "kid": own.kid}.items()
    pem = own.as_pem(private=True)
    assert JsonWebEncryption().deserialize_compact(token, pem)["payload"] == TOKEN.encode()
    assert opened(token, Held(pem.decode(), alg)) == TOKEN
    with pytest.raises((JoseError, ValueError)):
        jwe.decrypt_compact(token, OTHERS[ALGORITHMS[alg]], algorithms=[alg, enc])


def test_each_time_another_text() -> None:
    assert encrypted("ECDH-ES", "A256GCM") != encrypted("ECDH-ES", "A256GCM")


@given(st.integers(0, 10**6), st.sampled_from("Aw-_0"))
def test_a_changed_token_is_refused_by_the_sdk(place: int, letter: str) -> None:
    token = encrypted("ECDH-ES+A256KW", "A128CBC-HS256")
    at = place % len(token)
    spoiled = token[:at] + letter + token[at + 1 :]
    held = Held(OWN["EC"].as_pem(private=True).decode())
    try:
        assert opened(spoiled, held) == TOKEN
        # RFC 4648 §3.5: decoders pass over the spare bits of a segment's last letter; the content is authenticated.
        assert spoiled == token or spoiled[at + 1 : at + 2] in (".", "")
    except TokenRefused:
        assert spoiled != token


@pytest.mark.parametrize("text", ["", "a.b.c", "a.b.c.d.e", "....", "ý.b.c.d.e", "a" * 70_000, "e30.e30.e30.e30.e30"])
def test_what_is_no_encrypted_token_is_refused(text: str) -> None:
    held = Held(OWN["EC"].as_pem(private=True).decode())
    with pytest.raises(TokenRefused):
        opened(text, held)
    with pytest.raises(TokenRefused):
        opened(text, None)


def test_an_algorithm_that_was_not_agreed_is_refused() -> None:
    with pytest.raises(TokenRefused):
        opened(encrypted("ECDH-ES", "A256GCM"), Held(OWN["EC"].as_pem(private=True).decode(), "ECDH-ES+A256KW"))


def test_a_key_serves_what_it_names_and_signature_keys_serve_nothing() -> None:
    both = EncryptionKeys.parse(public(OWN["EC"], OWN["RSA"]))
    assert [key.kid for key in both.candidates("RSA-OAEP-256")] == ["rsa"]
    assert [key.kid for key in both.candidates("ECDH-ES")] == ["ec"]
    assert both.candidates("RSA1_5") == ()
    named = EncryptionKeys.parse(public(OWN["EC"], use="enc", alg="ECDH-ES"))
    assert (named.candidates("ECDH-ES+A256KW"), len(named.candidates("ECDH-ES"))) == ((), 1)
    for signing in ({"use": "sig"}, {"alg": "ES256"}, {"kty": "oct"}):
        with pytest.raises(InvalidJwks):
            EncryptionKeys.parse(public(OWN["EC"], **signing))


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_weak_and_impossible_keys_are_passed_over() -> None:
    weak = RSAKey.generate_key(1024, auto_kid=False)
    off_the_curve = {**OWN["EC"].as_dict(private=False), "y": OTHERS["EC"].as_dict(private=False)["y"]}
    for key in (weak.as_dict(private=False), off_the_curve):
        with pytest.raises(InvalidJwks):
            EncryptionKeys.parse({"keys": [key]})


@given(json_values | st.fixed_dictionaries({"keys": st.lists(json_values, max_size=3)}))
def test_every_document_is_a_key_set_or_refused(document: Any) -> None:
    try:
        EncryptionKeys.parse(document)
    except InvalidJwks:
        return
