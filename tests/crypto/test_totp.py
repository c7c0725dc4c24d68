"""Time-based codes: RFC 6238's own vectors, one use each, and digits only."""

import base64
from datetime import datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.crypto.totp import accepted_step, new_totp_secret, provisioning_uri
from idp.kernel.clock import epoch, instant
from idp.kernel.secret import Secret
from tests.crypto.minting import NOW

SECRET = Secret(base64.b32encode(b"12345678901234567890").decode())
STEP = epoch(NOW) // 30


def code_at(when: datetime, secret: Secret = SECRET) -> str:
    return pyotp.TOTP(secret.reveal()).at(when)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_in_their_last_six_digits(seconds: int, code: str) -> None:
    assert accepted_step(SECRET, code[-6:], instant(seconds), None) == seconds // 30


@given(st.integers(-4, 4), st.integers(0, 29))
def test_one_step_of_delay_either_way_is_forgiven_and_no_more(steps: int, within: int) -> None:
    now = instant(STEP * 30 + within)
    expected = STEP + steps if abs(steps) <= 1 else None
    assert accepted_step(SECRET, code_at(instant((STEP + steps) * 30)), now, None) == expected


@given(st.integers(-2, 2), st.integers(-2, 2))
def test_a_step_at_or_before_the_last_accepted_one_is_refused(steps: int, last: int) -> None:
    found = accepted_step(SECRET, code_at(NOW + timedelta(seconds=30 * steps)), NOW, STEP + last)
    assert found == (STEP + steps if abs(steps) <= 1 and steps > last else None)


def test_a_code_counts_once() -> None:
    step = accepted_step(SECRET, code_at(NOW), NOW, None)
    assert step == STEP
    assert accepted_step(SECRET, code_at(NOW), NOW, step) is None


def test_another_persons_code_is_refused() -> None:
    assert accepted_step(SECRET, code_at(NOW, new_totp_secret()), NOW, None) is None


def spellings(code: str) -> list[str]:
    """What looks like the right code to a lenient reader."""
    zeroes = {"full-width": 0xFF10, "Arabic": 0x0660, "Devanagari": 0x0966, "mathematical": 0x1D7CE}
    return [
        *("".join(chr(zero + int(digit)) for digit in code) for zero in zeroes.values()),
        *(code[:3] + gap + code[3:] for gap in (" ", "-", "\u00a0")),
        code + "\n",
        " " + code,
        "+" + code[1:],
        code[:5],
        code + "0",
        "0" + code,
        code[:5] + "²",
        code[:5] + "\x00",
        "",
    ]


@pytest.mark.parametrize("at", range(len(spellings("123456"))))
def test_only_six_ascii_digits_are_a_code(at: int) -> None:
    assert accepted_step(SECRET, spellings(code_at(NOW))[at], NOW, None) is None


@given(st.text(max_size=12), st.text(max_size=12))
def test_checking_is_total_even_for_a_broken_secret(secret: str, code: str) -> None:
    assert accepted_step(Secret(secret), code, NOW, None) in {None, STEP - 1, STEP, STEP + 1}
    assert accepted_step(Secret(secret), "000000", NOW, None) in {None, STEP - 1, STEP, STEP + 1}


def test_at_the_very_beginning_of_time_there_is_no_step_before() -> None:
    assert accepted_step(SECRET, code_at(instant(0)), instant(0), None) == 0


def test_new_secrets_have_160_bits_and_differ() -> None:
    secrets = {new_totp_secret().reveal() for _ in range(20)}
    assert len(secrets) == 20
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


def test_the_uri_for_the_authenticator_names_account_and_issuer() -> None:
    parsed = pyotp.parse_uri(provisioning_uri(SECRET, "Nguyễn Thị Ánh", "Cửa Chung"))
    assert (parsed.name, parsed.issuer, parsed.secret) == ("Nguyễn Thị Ánh", "Cửa Chung", SECRET.reveal())
