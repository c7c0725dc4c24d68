"""Base64url is read strictly: one octet string, one spelling."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.crypto import base64url

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.binary(max_size=200))
def test_what_is_encoded_is_decoded_and_agrees_with_the_standard_library(octets: bytes) -> None:
    text = base64url.encode(octets)
    assert text == base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
    assert base64url.decode(text) == octets


@given(st.text(max_size=60) | st.text(ALPHABET + "+/= \n", max_size=60))
def test_decoding_accepts_exactly_what_encoding_gives(text: str) -> None:
    try:
        octets = base64url.decode(text)
    except ValueError:
        return
    assert base64url.encode(octets) == text


@pytest.mark.parametrize("text", ["QQ==", "QR", "Q", "QQ\n", "Q Q", "+/8", "QUI=", "QQ=", "Q=Q", "ＱＱ", "QQ\x00"])
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        base64url.decode(text)
