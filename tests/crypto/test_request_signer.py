"""Questions that we sign for others: by a P-256 key from a file, of a type that has to be expected."""

import json
from pathlib import Path

import jwt
import pytest
from joserfc.jwk import ECKey, RSAKey

from idp.crypto import client_jwt
from idp.crypto.client_jwt import ClientKeys
from idp.crypto.jose import InvalidJwt
from idp.crypto.request_signer import RequestSigner, UnusableKey

KEY = ECKey.generate_key("P-256")
KEYS = ClientKeys.parse({"keys": [{**KEY.as_dict(private=False), "kid": KEY.thumbprint()}]})


def test_another_implementation_reads_what_was_signed(tmp_path: Path) -> None:
    (tmp_path / "signing.key").write_bytes(KEY.as_pem(private=True))
    signed = RequestSigner.open(tmp_path / "signing.key").sign({"name": "Kơ̆"}, "register-question+jwt")
    assert jwt.decode(signed, KEY.as_pem(private=False), algorithms=["ES256"]) == {"name": "Kơ̆"}
    header = jwt.get_unverified_header(signed)
    assert header == {"alg": "ES256", "kid": KEY.thumbprint(), "typ": "register-question+jwt"}


@pytest.mark.parametrize("what", ["public", "p384", "rsa", "nonsense", "nothing"])
def test_a_file_without_such_a_key_is_named(tmp_path: Path, what: str) -> None:
    path = tmp_path / "signing.key"
    contents = {
        "public": KEY.as_pem(private=False),
        "p384": ECKey.generate_key("P-384").as_pem(private=True),
        "rsa": RSAKey.generate_key(2048).as_pem(private=True),
        "nonsense": b"-----BEGIN",
    }
    if what in contents:
        path.write_bytes(contents[what])
    with pytest.raises(UnusableKey, match=r"signing\.key"):
        RequestSigner.open(path)


def test_a_token_of_another_type_is_not_the_one_expected() -> None:
    signed = RequestSigner(KEY).sign({"a": 1}, "register-answer+jwt")
    assert client_jwt.verify(signed, KEYS, "register-answer+jwt") == {"a": 1}
    untyped = jwt.encode({"a": 1}, KEY.as_pem(private=True), "ES256", {"typ": None})
    plain = jwt.encode({"a": 1}, KEY.as_pem(private=True), "ES256")
    for token, expected in ((signed, None), (signed, "register-question+jwt"), (plain, "register-answer+jwt")):
        with pytest.raises(InvalidJwt, match="another type"):
            client_jwt.verify(token, KEYS, expected)
    with pytest.raises(InvalidJwt, match="typ"):
        client_jwt.verify(untyped, KEYS, "register-answer+jwt")
    assert client_jwt.verify(plain, KEYS) == {"a": 1}
    assert "d" not in json.dumps(KEY.as_dict(private=False)).split('"')
