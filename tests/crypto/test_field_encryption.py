"""Ciphertexts open only where, and only as, they were made."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.crypto.field_encryption import DataKey, Undecryptable, Vault

OLD = {"0001": b"\x01" * 32}
BOTH = {**OLD, "0002": b"\x02" * 32}
NAME = "person:k7w2:full_name"


def a_data_key() -> DataKey:
    vault = Vault(OLD, "0001")
    return vault.unwrap(vault.new_data_key())


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_is_encrypted_comes_back(plaintext: bytes, context: str) -> None:
    key = a_data_key()
    assert key.decrypt(key.encrypt(plaintext, context=context), context=context) == plaintext


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_is_sealed_comes_back(plaintext: bytes, context: str) -> None:
    vault = Vault(OLD, "0001")
    assert vault.open_(vault.seal(plaintext, context), context) == plaintext


def test_the_same_value_never_looks_the_same_twice() -> None:
    key = a_data_key()
    assert len({key.encrypt(b"0912345678", context=NAME) for _ in range(50)}) == 50


def test_a_ciphertext_opens_in_no_other_field_and_no_other_row() -> None:
    key = a_data_key()
    ciphertext = key.encrypt("Nguyễn Thị Ánh".encode(), context=NAME)
    for elsewhere in ("person:k7w2:email", "person:k7w3:full_name", "", NAME + " "):
        with pytest.raises(Undecryptable):
            key.decrypt(ciphertext, context=elsewhere)


def test_another_persons_key_does_not_open_it() -> None:
    with pytest.raises(Undecryptable):
        a_data_key().decrypt(a_data_key().encrypt(b"x", context=NAME), context=NAME)


def test_every_mutation_and_truncation_is_undecryptable() -> None:
    vault = Vault(OLD, "0001")
    wrapped = vault.new_data_key()
    key = vault.unwrap(wrapped)
    for blob, opened in (
        (key.encrypt(b"0912345678", context=NAME), lambda b: key.decrypt(b, context=NAME)),
        (vault.seal(b"outbox", "outbox:1"), lambda b: vault.open_(b, "outbox:1")),
        (wrapped, vault.unwrap),
        (wrapped, vault.rewrap),
    ):
        mutants = [blob[:at] + bytes((octet ^ 1,)) + blob[at + 1 :] for at, octet in enumerate(blob)]
        for mutant in (*mutants, *(blob[:at] for at in range(len(blob))), blob + b"\x00"):
            with pytest.raises(Undecryptable):
                opened(mutant)


@given(st.binary(max_size=120), st.sampled_from([b"", b"\x01", b"\x02\x040001", b"\x03\x040001", b"\x03\xff", b"\x02"]))
def test_opening_is_total(tail: bytes, head: bytes) -> None:
    vault, key = Vault(OLD, "0001"), a_data_key()
    with pytest.raises(Undecryptable):
        key.decrypt(head + tail, context=NAME)
    with pytest.raises(Undecryptable):
        vault.open_(head + tail, NAME)
    with pytest.raises(Undecryptable):
        vault.unwrap(head + tail)


def test_a_wrapped_key_is_no_sealed_record_and_the_reverse() -> None:
    vault = Vault(OLD, "0001")
    with pytest.raises(Undecryptable):
        vault.open_(vault.new_data_key(), "data-key")
    with pytest.raises(Undecryptable):
        vault.unwrap(vault.seal(b"\x00" * 32, "data-key"))


def test_a_new_key_encryption_key_reads_the_old_and_rewraps_it() -> None:
    before, after, later = Vault(OLD, "0001"), Vault(BOTH, "0002"), Vault({"0002": BOTH["0002"]}, "0002")
    wrapped = before.new_data_key()
    field = before.unwrap(wrapped).encrypt(b"x", context=NAME)
    sealed = before.seal(b"x", NAME)
    assert after.unwrap(wrapped).decrypt(field, context=NAME) == b"x"
    assert not after.is_current(wrapped)
    assert not after.is_current(sealed)

    rewrapped, resealed = after.rewrap(wrapped), after.reseal(sealed, NAME)

    assert after.is_current(rewrapped)
    assert after.is_current(resealed)
    assert later.unwrap(rewrapped).decrypt(field, context=NAME) == b"x"
    assert later.open_(resealed, NAME) == b"x"
    with pytest.raises(Undecryptable, match="not in the key folder"):
        later.unwrap(wrapped)


@given(st.binary(max_size=60))
def test_asking_under_which_key_a_blob_is_is_total(blob: bytes) -> None:
    with suppress(Undecryptable):
        assert Vault(OLD, "0001").is_current(blob) in {True, False}


def test_the_name_of_the_key_in_front_is_authenticated() -> None:
    """Two keys of equal material under two names: relabelling a blob must not go unnoticed."""
    vault = Vault({"0001": b"\x01" * 32, "0002": b"\x01" * 32}, "0001")
    sealed = vault.seal(b"x", NAME)
    with pytest.raises(Undecryptable, match="authentication"):
        vault.open_(sealed.replace(b"0001", b"0002", 1), NAME)


def test_unwrapped_keys_are_kept_up_to_a_bound_and_can_be_forgotten() -> None:
    vault = Vault(OLD, "0001", cached_keys=1)
    first, second = vault.new_data_key(), vault.new_data_key()
    kept = vault.unwrap(first)
    assert vault.unwrap(first) is kept
    vault.unwrap(second)
    assert vault.unwrap(first) is not kept
    kept = vault.unwrap(first)
    vault.forget_data_keys()
    assert vault.unwrap(first) is not kept


def test_nothing_prints_a_key() -> None:
    assert repr(a_data_key()) == "DataKey()"
    assert "\\x01" not in repr(Vault(OLD, "0001"))
