"""What went wrong in other JOSE libraries, as tokens: each must be refused by both readers.

CVE-2026-27962 (jwk header), CVE-2025-59420 and CVE-2026-32597 (crit), CVE-2024-37568 and CVE-2026-48526 (public key as
HMAC secret), CVE-2026-28490 (RSA1_5), and the classics of RFC 8725.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest
from _pytest.mark.structures import ParameterSet
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe
from joserfc.jwk import OctKey, RSAKey

from idp.crypto import base64url, client_jwt, jwt
from idp.crypto.client_jwt import ClientKeys
from idp.crypto.jose import MAX_TOKEN_LENGTH, InvalidJwt
from idp.crypto.jwk import Alg
from idp.crypto.jwk import public_jwk as jwk_of
from tests.crypto.minting import AT, kid_of, private_key, public_jwk, segment, signed_by_hand, verification_keys

ALGS: tuple[Alg, ...] = ("ES256", "RS256")


def header(key: Alg, typ: str, **more: object) -> bytes:
    return json.dumps({"alg": key, "kid": kid_of(key), "typ": typ, **more}).encode()


def unsigned(typ: str) -> Iterator[tuple[str, str]]:
    for alg in ALGS:
        for name in ("none", "None", "NONE", "nOnE", "", "none ", "\u0000none", "HS256"):
            head = base64url.encode(header(alg, typ, alg=name))
            for signature in ("", "AA", base64url.encode(bytes(64)), base64url.encode(bytes(256))):
                yield f"alg {name!r}", f"{head}.{segment({})}.{signature}"
        yield "no signature", signed_by_hand(alg, header(alg, typ)).rpartition(".")[0] + "."


def public_key_as_hmac_secret(typ: str) -> Iterator[tuple[str, str]]:
    for alg in ALGS:
        public = private_key(alg).public_key()
        jwk = public_jwk(alg)
        secrets = {
            "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "PEM without last line break": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
            "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "JWK": json.dumps(jwk).encode(),
            "compact JWK": json.dumps(jwk, separators=(",", ":")).encode(),
            "kid": kid_of(alg).encode(),
            "nothing": b"",
        }
        for name, secret in secrets.items():
            for hs, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
                signing_input = f"{base64url.encode(header(alg, typ, alg=hs))}.{segment({})}"
                mac = base64url.encode(hmac.new(secret, signing_input.encode(), getattr(hashlib, digest)).digest())
                yield f"{hs} with {name}", f"{signing_input}.{mac}"


def strangers_key_in_the_header(typ: str) -> Iterator[tuple[str, str]]:
    stranger = ec.generate_private_key(ec.SECP256R1())
    jwk = jwk_of(stranger.public_key())
    hints: dict[str, object] = {
        "jwk": jwk,
        "jku": "http://127.0.0.1/keys",
        "x5u": "http://127.0.0.1/cert",
        "x5c": ["MIIB"],
    }
    for name, value in hints.items():
        for kid in (kid_of("ES256"), jwk["kid"]):
            head = header("ES256", typ, kid=kid, **{name: value})
            signing_input = f"{base64url.encode(head)}.{segment({})}"
            r, s = decode_dss_signature(stranger.sign(signing_input.encode(), ec.ECDSA(SHA256())))
            signature = base64url.encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
            yield f"{name} of a stranger", f"{signing_input}.{signature}"


def our_key_under_a_strange_header(typ: str) -> Iterator[tuple[str, str]]:
    """Signed by the real key, so that only the header's strictness stands between."""
    extras: dict[str, object] = {
        "crit": ["exp"],
        "b64": False,
        "jwk": public_jwk("ES256"),
        "jku": "https://idp.example/jwks",
        "x5u": "https://idp.example/cert",
        "x5c": [],
        "zip": "DEF",
        "enc": "A256GCM",
    }
    for name, value in extras.items():
        yield f"header {name}", signed_by_hand("ES256", header("ES256", typ, **{name: value}))
    yield "empty crit", signed_by_hand("ES256", header("ES256", typ, crit=[]))
    yield "unencoded payload", signed_by_hand("ES256", header("ES256", typ, b64=False, crit=["b64"]))
    kid = kid_of("ES256").encode()
    shapes = {
        "duplicate alg": b'{"alg":"none","alg":"ES256","kid":"%s","typ":"at+jwt"}' % kid,
        "duplicate kid": b'{"alg":"ES256","kid":"x","kid":"%s","typ":"at+jwt"}' % kid,
        "alg as list": b'{"alg":["ES256"],"kid":"%s","typ":"at+jwt"}' % kid,
        "alg missing": b'{"kid":"%s","typ":"at+jwt"}' % kid,
        "alg in another case": b'{"alg":"es256","kid":"%s","typ":"at+jwt"}' % kid,
        "kid a number": b'{"alg":"ES256","kid":1,"typ":"at+jwt"}',
        "kid null": b'{"alg":"ES256","kid":null,"typ":"at+jwt"}',
        "typ a list": b'{"alg":"ES256","kid":"%s","typ":["at+jwt"]}' % kid,
        "a list": b"[]",
        "a string": b'"ES256"',
        "null": b"null",
        "nothing": b" ",
        "NaN": b'{"alg":"ES256","kid":"%s","typ":"at+jwt","x":NaN}' % kid,
        "UTF-16": '{"alg":"ES256"}'.encode("utf-16"),
        "byte order mark": b"\xef\xbb\xbf" + header("ES256", typ),
        "not UTF-8": b'{"alg":"\xff"}',
        "nested 5,000 deep": b"[" * 5_000 + b"]" * 5_000,
        "a number of 5,000 digits": b'{"alg":' + b"9" * 5_000 + b"}",
    }
    for name, head in shapes.items():
        yield name, signed_by_hand("ES256", head.replace(b"at+jwt", typ.encode()))


def payloads(typ: str) -> Iterator[tuple[str, str]]:
    shapes = (b"[]", b"null", b'"x"', b"1", b"{", b"{}{}", b"\xff\xfe", b'{"a":NaN}', b"[" * 5_000 + b"]" * 5_000, b" ")
    for alg in ALGS:
        for payload in shapes:
            yield f"payload {payload[:10]!r}", signed_by_hand(alg, header(alg, typ), payload)


def signatures(typ: str) -> Iterator[tuple[str, str]]:
    signing_input = f"{base64url.encode(header('ES256', typ))}.{segment({})}"
    private = private_key("ES256")
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    der = private.sign(signing_input.encode(), ec.ECDSA(SHA256()))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    r, s = decode_dss_signature(der)
    shapes = {
        "DER instead of r and s": der,
        "zeroes (CVE-2022-21449)": bytes(64),
        "r and s of the order": order.to_bytes(32, "big") * 2,
        "one octet short": (r.to_bytes(32, "big") + s.to_bytes(32, "big"))[:-1],
        "one octet long": r.to_bytes(32, "big") + s.to_bytes(32, "big") + b"\x00",
        "r and s in 33 octets": r.to_bytes(33, "big") + s.to_bytes(33, "big"),
        "r and s exchanged": s.to_bytes(32, "big") + r.to_bytes(32, "big"),
    }
    for name, signature in shapes.items():
        yield name, f"{signing_input}.{base64url.encode(signature)}"
    rsa_key = private_key("RS256")
    assert isinstance(rsa_key, rsa.RSAPrivateKey)
    rsa_input = f"{base64url.encode(header('RS256', typ))}.{segment({})}"
    pss = padding.PSS(padding.MGF1(SHA256()), 32)
    yield (
        "PSS under the name of PKCS1",
        f"{rsa_input}.{base64url.encode(rsa_key.sign(rsa_input.encode(), pss, SHA256()))}",
    )


def encrypted(_typ: str) -> Iterator[tuple[str, str]]:
    octets = OctKey.import_key(b"0" * 32)
    bomb = jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM", "zip": "DEF"}, b"0" * 5_000_000, octets)
    assert len(bomb) < MAX_TOKEN_LENGTH  # so it is not its length that refuses it
    yield "zip bomb", bomb
    members = {name: value for name, value in public_jwk("RS256").items() if name in {"kty", "n", "e"}}
    rsa_key = RSAKey.import_key({**members})
    yield "JWE to our RSA key", jwe.encrypt_compact({"alg": "RSA-OAEP", "enc": "A256GCM"}, b"{}", rsa_key)
    yield "five empty segments", "...."
    yield "two segments", f"{segment({})}.{segment({})}"
    yield "JSON serialization", '{"payload":"e30","signatures":[]}'


PARTS = (
    unsigned,
    public_key_as_hmac_secret,
    strangers_key_in_the_header,
    our_key_under_a_strange_header,
    payloads,
    signatures,
    encrypted,
)


def corpus(typ: str) -> list[ParameterSet]:
    """With a type that the reader accepts, so that it is never the type alone that refuses."""
    return [pytest.param(token, id=f"{part.__name__}: {name}") for part in PARTS for name, token in part(typ)]


@pytest.mark.parametrize("token", corpus("at+jwt"))
def test_our_verifier_refuses(token: str) -> None:
    with pytest.raises(InvalidJwt):
        jwt.verify(token, verification_keys(), typ=AT)


@pytest.mark.parametrize("token", corpus("JWT"))
def test_the_verifier_of_client_assertions_refuses(token: str) -> None:
    keys = ClientKeys.parse({"keys": [public_jwk("ES256"), public_jwk("RS256")]})
    with pytest.raises(InvalidJwt):
        client_jwt.verify(token, keys)


def test_the_same_tokens_without_the_fault_are_accepted() -> None:
    """The corpus refutes nothing if all tokens are refused."""
    keys = ClientKeys.parse({"keys": [public_jwk("ES256"), public_jwk("RS256")]})
    for alg in ALGS:
        assert jwt.verify(signed_by_hand(alg, header(alg, "at+jwt")), verification_keys(), typ=AT) == {}
        assert client_jwt.verify(signed_by_hand(alg, header(alg, "JWT")), keys) == {}
