"""Our own tokens: joserfc and PyJWT agree with the signer and the verifier, and nothing but our own tokens verifies."""

from collections.abc import Iterator

import joserfc.jws
import joserfc.jwt
import jwt as pyjwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from idp.crypto import jwt
from idp.crypto.jose import MAX_TOKEN_LENGTH, InvalidJwt
from idp.crypto.jwk import Alg, thumbprint
from tests.crypto.minting import (
    AT,
    CLAIMS,
    kid_of,
    private_key,
    public_jwk,
    segment,
    signed_by_hand,
    signing_key,
    verification_keys,
)

both = pytest.mark.parametrize("alg", ["ES256", "RS256"])

json_values: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
claims_sets = st.dictionaries(st.text(max_size=12), json_values, max_size=6)


def joserfc_key(alg: Alg) -> ECKey | RSAKey:
    jwk: dict[str, str | list[str]] = {**public_jwk(alg)}
    return ECKey.import_key(jwk) if alg == "ES256" else RSAKey.import_key(jwk)


def joserfc_private(alg: Alg) -> ECKey | RSAKey:
    private = private_key(alg)
    return RSAKey.import_key(private) if alg == "RS256" else ECKey.import_key(private)  # type: ignore[arg-type]


@given(claims_sets)
def test_whatever_we_sign_we_verify(claims: dict[str, object]) -> None:
    assert jwt.verify(signing_key("ES256").sign(claims, "at+jwt"), verification_keys(), typ=AT) == claims


@both
def test_joserfc_reads_our_tokens(alg: Alg) -> None:
    token = joserfc.jwt.decode(signing_key(alg).sign(CLAIMS, "at+jwt"), joserfc_key(alg), algorithms=[alg])
    assert token.claims == CLAIMS
    assert token.header == {"alg": alg, "kid": kid_of(alg), "typ": "at+jwt"}


@both
def test_pyjwt_reads_our_tokens(alg: Alg) -> None:
    key = pyjwt.PyJWK(public_jwk(alg))
    options: dict[str, bool] = {"verify_exp": False, "verify_aud": False}
    decoded = pyjwt.decode(signing_key(alg).sign(CLAIMS, "at+jwt"), key, algorithms=[alg], options=options)  # type: ignore[arg-type]
    assert decoded == CLAIMS


@both
def test_we_read_tokens_that_joserfc_signs_with_our_key(alg: Alg) -> None:
    header = {"alg": alg, "kid": kid_of(alg), "typ": "at+jwt"}
    token = joserfc.jwt.encode(header, dict(CLAIMS), joserfc_private(alg), algorithms=[alg])
    assert jwt.verify(token, verification_keys(), typ=AT) == CLAIMS


@both
def test_we_read_tokens_that_pyjwt_signs_with_our_key(alg: Alg) -> None:
    headers = {"kid": kid_of(alg), "typ": "at+jwt"}
    token = pyjwt.encode(dict(CLAIMS), private_key(alg), algorithm=alg, headers=headers)
    assert jwt.verify(token, verification_keys(), typ=AT) == CLAIMS


@both
def test_the_kid_is_the_thumbprint_as_joserfc_computes_it(alg: Alg) -> None:
    assert thumbprint(public_jwk(alg)) == joserfc_key(alg).thumbprint() == kid_of(alg)


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhM"
        "stn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5"
        "hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    assert thumbprint({"kty": "RSA", "n": modulus, "e": "AQAB"}) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@given(st.text() | st.text("abcAB01-_.=", max_size=80))
def test_any_text_at_all_is_refused_as_an_invalid_token(text: str) -> None:
    with pytest.raises(InvalidJwt):
        jwt.verify(text, verification_keys(), typ=AT)


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=70))
def test_any_three_segments_are_refused(header: bytes, payload: bytes, signature: bytes) -> None:
    token = f"{segment(header.hex())}.{segment(payload.hex())}.{segment(signature.hex())}"
    with pytest.raises(InvalidJwt):
        jwt.verify(token, verification_keys(), typ=AT)


def mutations(token: str) -> Iterator[str]:
    """Every character replaced, removed or doubled; every truncation; padding and white space around."""
    for at, character in enumerate(token):
        for other in "A_b-9" if character != "." else "A":
            if other != character:
                yield token[:at] + other + token[at + 1 :]
        yield token[:at] + token[at + 1 :]
        yield token[:at] + character + token[at:]
        yield token[:at]
    yield from (token + extra for extra in ("=", "==", ".", "A", " ", "\n", "\x00", ".A"))
    yield from (extra + token for extra in (" ", ".", "A", "Bearer "))


def test_every_mutation_and_truncation_of_a_token_is_refused() -> None:
    token = signing_key("ES256").sign({"sub": "k7w2"}, "at+jwt")
    accepted = [mutant for mutant in mutations(token) if is_valid(mutant)]
    assert accepted == []


def test_a_last_character_with_unused_bits_set_is_another_token() -> None:
    """ZITADEL CVE-2026-27840: a token is valid in one spelling only."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = signing_key("ES256").sign({"sub": "k7w2"}, "at+jwt")
    assert [last for last in alphabet if is_valid(token[:-1] + last)] == [token[-1]]


def is_valid(token: str) -> bool:
    try:
        jwt.verify(token, verification_keys(), typ=AT)
    except InvalidJwt:
        return False
    return True


def test_a_token_of_another_type_is_refused() -> None:
    """RFC 8725 §3.11: an ID token is no access token, however well it is signed."""
    token = signing_key("ES256").sign(CLAIMS, "JWT")
    with pytest.raises(InvalidJwt, match="another type"):
        jwt.verify(token, verification_keys(), typ=AT)
    assert jwt.verify(token, verification_keys(), typ=frozenset({"JWT"})) == CLAIMS
    with pytest.raises(InvalidJwt, match="another type"):
        jwt.verify(token, verification_keys(), typ=frozenset())


def test_the_key_pins_the_algorithm_and_the_header_does_not_choose() -> None:
    header = b'{"alg":"RS256","kid":"%s","typ":"at+jwt"}' % kid_of("ES256").encode()
    with pytest.raises(InvalidJwt, match="alg is not the key's"):
        jwt.verify(signed_by_hand("ES256", header), verification_keys(), typ=AT)


def test_a_token_signed_by_a_key_that_is_gone_is_refused() -> None:
    token = signing_key("ES256").sign(CLAIMS, "at+jwt")
    with pytest.raises(InvalidJwt, match="unknown kid"):
        jwt.verify(token, {}, typ=AT)
    assert jwt.read_kid(token) == kid_of("ES256")


def test_an_overlong_token_is_refused_before_it_is_read() -> None:
    token = signing_key("ES256").sign({"pad": "x" * MAX_TOKEN_LENGTH}, "at+jwt")
    with pytest.raises(InvalidJwt, match="too long"):
        jwt.verify(token, verification_keys(), typ=AT)


def test_a_signing_key_prints_no_key() -> None:
    assert repr(signing_key("ES256")) == f"SigningKey('{kid_of('ES256')}', 'ES256')"
