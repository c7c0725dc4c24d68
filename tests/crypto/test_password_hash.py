"""Passwords: argon2id for new ones, a fixed list of older formats accepted once, everything else refused."""

import base64
import hashlib
import unicodedata
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passlib.context import CryptContext

from idp.crypto.password_hash import MAX_BYTES, Argon2Cost, PasswordHash, UnusablePassword, Verdict, canonical
from idp.kernel.secret import Secret

CHEAP: Final = Argon2Cost(memory_kib=8, time_cost=1)
HASHER: Final = PasswordHash(CHEAP)
TEXT: Final = "mật khẩu của Ánh"
PASSWORD: Final = Secret(TEXT)
WRONG: Final = Verdict(ok=False, needs_upgrade=False)


def hash_by(scheme: str, text: str, **settings: int | str) -> str:
    context = CryptContext([scheme])
    context.update({f"{scheme}__{name}": value for name, value in settings.items()})
    hashed: str = context.hash(text)
    return hashed


def aspnet_v3(text: str, prf: int = 2, iterations: int = 1_000) -> str:
    salt = bytes(range(16))
    key = hashlib.pbkdf2_hmac(("sha1", "sha256", "sha512")[prf], text.encode(), salt, iterations, 32)
    head = b"\x01" + prf.to_bytes(4, "big") + iterations.to_bytes(4, "big") + len(salt).to_bytes(4, "big")
    return base64.b64encode(head + salt + key).decode()


def aspnet_v2(text: str) -> str:
    salt = bytes(range(16))
    return base64.b64encode(b"\x00" + salt + hashlib.pbkdf2_hmac("sha1", text.encode(), salt, 1_000, 32)).decode()


def imported(text: str) -> dict[str, str]:
    crypted = hash_by("bcrypt", text, rounds=4)
    sha512 = hash_by("sha512_crypt", text, rounds=1_000)
    weak_argon2 = hash_by("argon2", text, type="ID", memory_cost=16, time_cost=1, parallelism=2)
    return {
        "bcrypt": crypted,
        "bcrypt of PHP": crypted.replace("$2b$", "$2y$"),
        "bcrypt of Spring": "{bcrypt}" + crypted,
        "bcrypt of Dovecot": "{BLF-CRYPT}" + crypted,
        "pbkdf2-sha256": hash_by("pbkdf2_sha256", text, rounds=1_000),
        "pbkdf2-sha512": hash_by("pbkdf2_sha512", text, rounds=1_000),
        "Django": hash_by("django_pbkdf2_sha256", text, rounds=1_000),
        "Django argon2": "argon2" + weak_argon2,
        "sha512-crypt": sha512,
        "sha512-crypt of OpenLDAP": "{CRYPT}" + sha512,
        "sha256-crypt": hash_by("sha256_crypt", text, rounds=1_000),
        "ASP.NET Identity 3": aspnet_v3(text),
        "ASP.NET Identity 3, SHA-256": aspnet_v3(text, prf=1),
        "ASP.NET Identity 2": aspnet_v2(text),
        "argon2id of another cost": weak_argon2,
        "argon2id of Spring": "{argon2}" + weak_argon2,
    }


IMPORTED = imported(TEXT)


def test_a_new_hash_is_argon2id_and_verifies_without_wanting_an_upgrade() -> None:
    stored = HASHER.hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert HASHER.verify(PASSWORD, stored) == Verdict(ok=True, needs_upgrade=False)
    assert HASHER.verify(Secret(TEXT + "x"), stored) == WRONG


def test_the_current_cost_is_19_mib_two_passes_one_lane() -> None:
    stored = PasswordHash().hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PasswordHash().verify(PASSWORD, HASHER.hash(PASSWORD)) == Verdict(ok=True, needs_upgrade=True)


@pytest.mark.parametrize("name", IMPORTED)
def test_an_older_hash_is_accepted_once_and_asks_to_be_replaced(name: str) -> None:
    stored = IMPORTED[name]
    assert HASHER.is_importable(stored)
    assert HASHER.verify(PASSWORD, stored) == Verdict(ok=True, needs_upgrade=True)
    assert HASHER.verify(Secret("sai"), stored) == WRONG


@pytest.mark.parametrize("name", [name for name in IMPORTED if "argon2" not in name])
def test_an_older_system_may_have_hashed_either_spelling(name: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", "Ánh"), unicodedata.normalize("NFD", "Ánh")
    for hashed in (composed, decomposed):
        stored = imported(hashed)[name]
        assert all(HASHER.verify(Secret(typed), stored).ok for typed in (composed, decomposed))


REFUSED = {
    "plain": TEXT,
    "empty": "",
    "noop": "{noop}" + TEXT,
    "noop before a hash": "{noop}" + IMPORTED["bcrypt"],
    "md5-crypt": hash_by("md5_crypt", TEXT),
    "LDAP SHA-1": hash_by("ldap_sha1", TEXT),
    "hex MD5": hashlib.md5(TEXT.encode()).hexdigest(),  # noqa: S324 — what must be refused
    "hex SHA-256": hashlib.sha256(TEXT.encode()).hexdigest(),
    "unusable password of Django": "!" + "x" * 40,
    "locked by a star": "*" + IMPORTED["sha512-crypt"],
    "bcrypt of two days": "$2b$31$" + IMPORTED["bcrypt"][7:],
    "pbkdf2 of ten million rounds": IMPORTED["pbkdf2-sha256"].replace("$1000$", "$10000000$"),
    "pbkdf2 of one round": hash_by("pbkdf2_sha256", TEXT, rounds=1),
    "argon2 of 4 GiB": "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21l$" + "A" * 43,
    "argon2 of a thousand passes": "$argon2id$v=19$m=8,t=1000,p=1$c29tZXNhbHRzb21l$" + "A" * 43,
    "sha512-crypt of a billion rounds": "$6$rounds=999999999$saltsaltsalt$" + "a" * 86,
    "ASP.NET with no rounds": aspnet_v3(TEXT, iterations=1),
    "ASP.NET of an unknown function": base64.b64encode(b"\x01\x00\x00\x00\x09" + bytes(60)).decode(),
    "truncated bcrypt": IMPORTED["bcrypt"][:-1],
    "a line break behind": IMPORTED["bcrypt"] + "\n",
    "twice in braces": "{bcrypt}{bcrypt}" + IMPORTED["bcrypt"],
    "1 MB": "$2b$04$" + "a" * 1_000_000,
    "not ASCII": "$2b$04$" + "ữ" * 53,
}


@pytest.mark.parametrize("name", REFUSED)
def test_any_other_format_is_neither_imported_nor_accepted(name: str) -> None:
    assert not HASHER.is_importable(REFUSED[name])
    assert HASHER.verify(PASSWORD, REFUSED[name]) == WRONG


@given(
    st.text(st.characters(), max_size=60) | st.sampled_from(sorted(IMPORTED.values())),
    st.text(st.characters(), max_size=20),
)
@settings(max_examples=50)
def test_verifying_is_total(stored: str, password: str) -> None:
    assert HASHER.verify(Secret(password), stored) == WRONG


@given(st.sampled_from(sorted(IMPORTED.values())), st.data())
@settings(max_examples=50)
def test_a_damaged_hash_never_raises(stored: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(stored) - 1))
    damage = data.draw(st.text("$,=.{}A1é\x00", max_size=3))
    HASHER.is_importable(stored[:at] + damage + stored[at + 1 :])
    HASHER.verify(Secret("sai"), stored[: at + 1])


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
@settings(max_examples=25)
def test_a_password_is_the_same_however_its_letters_are_composed(text: str) -> None:
    stored = HASHER.hash(Secret(unicodedata.normalize("NFC", text)))
    assert HASHER.verify(Secret(unicodedata.normalize("NFD", text)), stored).ok
    assert HASHER.verify(Secret(text), stored).ok


def test_letters_that_only_look_alike_are_different_passwords() -> None:
    stored = HASHER.hash(Secret("Lý"))
    assert not HASHER.verify(Secret("Lí"), stored).ok
    assert not HASHER.verify(Secret("lý"), stored).ok
    assert not HASHER.verify(Secret("Ly"), stored).ok


def test_a_no_break_space_is_a_space() -> None:
    assert HASHER.verify(Secret("mật\u00a0khẩu"), HASHER.hash(Secret("mật khẩu"))).ok


@pytest.mark.parametrize(
    "text", ["", "a" * (MAX_BYTES + 1), "ữ" * (MAX_BYTES // 3 + 1), "a" * 1_000_000, "\ud800", "a\udfff"]
)
def test_what_can_not_be_hashed_is_refused_before_any_work(text: str) -> None:
    assert canonical(text) is None
    with pytest.raises(UnusablePassword):
        HASHER.hash(Secret(text))
    assert HASHER.verify(Secret(text), HASHER.hash(PASSWORD)) == WRONG
    assert HASHER.dummy_verify(Secret(text)) == WRONG


def test_the_longest_password_counts_to_its_last_byte() -> None:
    stored = HASHER.hash(Secret("a" * MAX_BYTES))
    assert HASHER.verify(Secret("a" * MAX_BYTES), stored).ok
    assert not HASHER.verify(Secret("a" * (MAX_BYTES - 1) + "b"), stored).ok


@pytest.mark.parametrize("name", ["current", *IMPORTED])
def test_a_null_byte_ends_no_password(name: str) -> None:
    stored = HASHER.hash(Secret("mật")) if name == "current" else imported("mật")[name]
    assert not HASHER.verify(Secret("mật\x00khẩu"), stored).ok
    assert HASHER.verify(Secret("mật"), stored).ok


def test_an_imported_bcrypt_hash_of_a_long_password_still_verifies() -> None:
    """bcrypt itself reads 72 bytes; the upgrade at sign-in makes the rest count."""
    text = "x" * 80
    assert HASHER.verify(Secret(text), hash_by("bcrypt", text[:72], rounds=4)) == Verdict(ok=True, needs_upgrade=True)


def test_an_unknown_account_takes_a_whole_verification_and_is_always_wrong() -> None:
    assert HASHER._decoy.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert HASHER._scheme(HASHER._decoy) == "argon2"
    assert len(HASHER._decoy) == len(HASHER.hash(PASSWORD))
    assert HASHER.dummy_verify(PASSWORD) == WRONG
