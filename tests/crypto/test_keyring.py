"""What the ring signs with, believes and publishes in each state of a key."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import KeySet

from idp.crypto import jwt
from idp.crypto.field_encryption import Undecryptable, Vault
from idp.crypto.jose import InvalidJwt
from idp.crypto.jwk import ALGORITHMS, Alg
from idp.crypto.keyring import Document, KeyRing, NoSigningKey
from idp.crypto.signing_keys import (
    Activate,
    Archive,
    Compromise,
    KeyRecord,
    KeyState,
    Retire,
    apply,
    generate,
    sealing_context,
)
from tests.crypto.minting import AT, CLAIMS, NOW, vault

LATER = NOW + timedelta(days=90)


@cache
def active(alg: Alg) -> KeyRecord:
    return apply(generate(alg, NOW, NOW, vault()), Activate("", NOW))


@cache
def successor() -> KeyRecord:
    return generate("ES256", NOW, LATER, vault())


def ring(*records: KeyRecord) -> KeyRing:
    return KeyRing.load(records, vault())


def keys_in(document: Document) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = json.loads(document.body)["keys"]
    return keys


def kids_in(document: Document) -> list[str]:
    return [key["kid"] for key in keys_in(document)]


def retired() -> KeyRecord:
    return apply(active("ES256"), Retire("", LATER))


def archived() -> KeyRecord:
    return apply(retired(), Archive(""))


def compromised() -> KeyRecord:
    return apply(active("ES256"), Compromise("", LATER))


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_what_the_ring_signs_its_published_set_verifies(alg: Alg) -> None:
    loaded = ring(active("ES256"), active("RS256"))
    token = loaded.signer(alg, NOW).sign(CLAIMS, "at+jwt")
    assert jwt.verify(token, loaded.token_keys, typ=AT) == CLAIMS
    published = KeySet.import_key_set(json.loads(loaded.jwks_document().body))
    assert published.get_by_kid(jwt.read_kid(token)).alg == alg


def test_the_signer_changes_at_its_instant_without_a_reload() -> None:
    loaded = ring(active("ES256"), successor())
    assert loaded.signer("ES256", LATER - timedelta(microseconds=1)).kid == active("ES256").kid
    assert loaded.signer("ES256", LATER).kid == successor().kid


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(NoSigningKey):
        KeyRing([], {}).signer("ES256", NOW)
    with pytest.raises(NoSigningKey):
        ring(successor()).signer("ES256", NOW)
    assert keys_in(KeyRing([], {}).jwks_document()) == []


@pytest.mark.parametrize(
    ("record", "in_jwks", "in_history", "for_tokens", "for_hints"),
    [
        (successor(), True, False, True, True),
        (active("ES256"), True, False, True, True),
        (retired(), True, True, True, True),
        (archived(), False, True, False, True),
        (compromised(), False, True, False, False),
    ],
    ids=["pending", "active", "retired", "history", "compromised"],
)
def test_where_a_key_stands_in_each_state(
    record: KeyRecord, in_jwks: bool, in_history: bool, for_tokens: bool, for_hints: bool
) -> None:
    loaded = ring(record)
    assert (record.kid in kids_in(loaded.jwks_document())) is in_jwks
    assert (record.kid in kids_in(loaded.history_document())) is in_history
    assert (record.kid in loaded.token_keys) is for_tokens
    assert (record.kid in loaded.hint_keys) is for_hints
    assert (record.kid in loaded.compromised) is (record.state is KeyState.COMPROMISED)
    assert loaded.knows(record.kid)
    assert not loaded.knows("another")


def test_a_hint_signed_by_a_key_of_the_history_is_valid_and_one_by_a_compromised_key_is_not() -> None:
    hint = ring(active("ES256")).signer("ES256", NOW).sign(CLAIMS, "JWT")
    types = frozenset({"JWT"})
    assert jwt.verify(hint, ring(archived()).hint_keys, typ=types) == CLAIMS
    with pytest.raises(InvalidJwt):
        jwt.verify(hint, ring(archived()).token_keys, typ=types)
    with pytest.raises(InvalidJwt):
        jwt.verify(hint, ring(compromised()).hint_keys, typ=types)


def test_the_history_tells_when_a_key_ended_and_why() -> None:
    (old,) = keys_in(ring(archived()).history_document())
    assert (old["iat"], old["exp"]) == (int(NOW.timestamp()), int(LATER.timestamp()))
    assert "revoked" not in old
    (lost,) = keys_in(ring(compromised()).history_document())
    assert lost["revoked"] == {"revoked_at": int(LATER.timestamp()), "reason": "compromised"}


def test_nothing_published_is_private() -> None:
    loaded = ring(active("ES256"), active("RS256"), archived())
    private = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
    for document in (loaded.jwks_document(), loaded.history_document()):
        assert all(not private & key.keys() for key in keys_in(document))


def test_the_entity_tag_changes_exactly_with_the_document() -> None:
    one, same, other = ring(active("ES256")), ring(active("ES256")), ring(active("ES256"), successor())
    assert one.jwks_document() == same.jwks_document()
    assert one.jwks_document().etag != other.jwks_document().etag
    assert one.jwks_document().etag.startswith('"')


def test_a_reload_keeps_the_keys_already_parsed_and_drops_the_compromised() -> None:
    before = ring(active("ES256"), active("RS256"))
    after = KeyRing.load([compromised(), active("RS256")], vault(), previous=before)
    assert after.signer("RS256", NOW) is before.signer("RS256", NOW)
    with pytest.raises(NoSigningKey):
        after.signer("ES256", NOW)


def test_the_wrong_key_folder_and_a_row_that_was_changed_are_noticed() -> None:
    with pytest.raises(Undecryptable):
        KeyRing.load([active("ES256")], Vault({"0001": b"\x09" * 32}, "0001"))
    with pytest.raises(Undecryptable):
        ring(replace(active("ES256"), kid="another"))
    with pytest.raises(Undecryptable, match="no private half"):
        ring(replace(active("ES256"), sealed_private=None))


def test_a_sealed_key_of_another_kind_is_refused() -> None:
    der = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    sealed = vault().seal(der, sealing_context(active("ES256").kid))
    with pytest.raises(Undecryptable, match="neither EC nor RSA"):
        ring(replace(active("ES256"), sealed_private=sealed))
