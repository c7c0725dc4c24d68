"""The search index: same value, same digest; anything else, another."""

import hashlib
import hmac

from hypothesis import assume, given
from hypothesis import strategies as st

from idp.crypto.keyed_index import KeyedIndex

INDEX = KeyedIndex(b"\x05" * 32)
anything = st.text(st.characters(), max_size=30)


@given(anything, anything, anything, anything)
def test_kind_and_value_are_told_apart_wherever_one_ends_and_the_other_begins(a: str, b: str, c: str, d: str) -> None:
    assume((a, b) != (c, d))
    assert INDEX.digest(a, b) != INDEX.digest(c, d)


@given(st.text(max_size=30))
def test_a_digest_is_repeatable_whole_and_depends_on_the_key(value: str) -> None:
    digest = INDEX.digest("phone", value)
    assert digest == INDEX.digest("phone", value)
    assert len(digest) == 32
    assert digest != KeyedIndex(b"\x06" * 32).digest("phone", value)


def test_the_digest_is_hmac_sha256_over_length_kind_and_value() -> None:
    expected = hmac.new(b"\x05" * 32, b"\x00\x05phone+84912345678", hashlib.sha256).digest()
    assert INDEX.digest("phone", "+84912345678") == expected


def test_a_strangers_lone_surrogate_is_a_value_like_another() -> None:
    assert len(INDEX.digest("email", "\ud800")) == 32


def test_the_index_prints_no_key() -> None:
    assert repr(INDEX) == "KeyedIndex()"
