"""The chip's own answer: which ones count, for which challenge, and what a recoverable signature must look like."""

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from idp.crypto.chip import active_authentication
from idp.crypto.chip.policy import ChipPolicy, Demand
from idp.crypto.chip.result import ChipResult, CloneCheck
from sandbox.chip.chip_key import ChipKey, chip_key
from sandbox.chip.issue import CHALLENGE, Plan
from sandbox.chip.signing import key
from tests.crypto.chip.issuing import lawful, result_of


def asked(
    plan: Plan, *, required: bool = True, challenge: bytes | None = CHALLENGE, anyone: bool = False
) -> ChipResult:
    return result_of(plan, ChipPolicy(active_authentication=Demand(required, challenge, any_challenge=anyone)))


@pytest.mark.parametrize("kind", ["ec", "rsa", "rsa-sha256"])
def test_the_chip_that_answers_our_challenge_is_no_copy(kind: str) -> None:
    result = asked(lawful(chip=kind))
    assert (result.code, result.clone_check, result.challenge_bound) == (None, CloneCheck.PASSED, True)


@pytest.mark.parametrize("hashed", ["sha1", "sha224", "sha384", "sha512"])
@pytest.mark.parametrize("kind", ["p384", "p521"])
def test_dg14_names_the_hash_of_an_elliptic_key(kind: str, hashed: str) -> None:
    assert asked(replace(lawful(chip="ec"), chip=ChipKey(key(kind, "chip"), hashed))).accepted


def test_without_dg14_nobody_knows_the_hash() -> None:
    assert asked(replace(lawful(chip="ec"), changed={"DG14": None})).code == "aa_missing"


def test_without_dg15_there_is_nothing_to_check_with() -> None:
    assert asked(replace(lawful(chip="ec"), changed={"DG15": None})).code == "aa_missing"


def test_a_challenge_that_nobody_gave_is_not_ours() -> None:
    assert asked(lawful(chip="ec"), challenge=None).code == "aa_challenge_mismatch"
    assert asked(lawful(chip="ec"), challenge=None, required=False).code == "aa_challenge_mismatch"
    assert asked(lawful(chip="ec"), challenge=CHALLENGE + b"\0").code == "aa_challenge_mismatch"


def test_a_stored_upload_may_be_looked_at_with_its_own_challenge_and_says_so() -> None:
    result = asked(lawful(chip="ec"), challenge=None, anyone=True)
    assert (result.code, result.clone_check, result.challenge_bound) == (None, CloneCheck.PASSED, False)


def test_an_answer_is_checked_even_where_none_was_required() -> None:
    wrong = replace(lawful(chip="ec"), response=bytes(64))
    assert asked(wrong, required=False).code == "aa_invalid"


def test_a_chip_without_a_key_is_one_thing_and_a_silent_one_another() -> None:
    assert asked(lawful(), required=False).clone_check is CloneCheck.NOT_SUPPORTED
    assert asked(replace(lawful(chip="ec"), challenge=None), required=False).clone_check is CloneCheck.NOT_DONE
    assert asked(lawful()).code == "aa_missing"


@given(st.sampled_from(["ec", "rsa"]), st.binary(max_size=140))
def test_no_other_octets_are_an_answer(kind: str, response: bytes) -> None:
    assert asked(replace(lawful(chip=kind), response=response)).code == "aa_invalid"


def test_a_recoverable_signature_has_exactly_one_form() -> None:
    chip = chip_key("rsa-sha256")
    assert isinstance(chip.key, rsa.RSAPrivateKey)
    size, numbers = chip.key.key_size // 8, chip.key.private_numbers()

    def signed(first: bytes, own: bytes, message: bytes, trailer: bytes, hashed: str = "sha256") -> ChipResult:
        octets = first + own + hashlib.new(hashed, message).digest() + trailer
        assert len(octets) == size
        opened = pow(int.from_bytes(octets, "big"), numbers.d, numbers.public_numbers.n)
        return asked(replace(lawful(chip="rsa-sha256"), response=opened.to_bytes(size, "big")))

    own = bytes(range(256))[: size - 1 - 32 - 2]
    total = own[: -len(CHALLENGE)] + CHALLENGE
    padded = b"\xbb" * 9 + b"\xba" + own[10:]
    assert signed(b"\x6a", own, own + CHALLENGE, b"\x34\xcc").accepted
    assert signed(b"\x6b", padded, own[10:] + CHALLENGE, b"\x34\xcc").accepted
    assert signed(b"\x4a", total, total, b"\x34\xcc").accepted
    short = own + bytes(1 + 12)
    assert signed(b"\x6a", short, short + CHALLENGE, b"\xbc", "sha1").accepted
    refused = [
        signed(b"\x6a", own, CHALLENGE + own, b"\x34\xcc"),
        signed(b"\x6a", own, own + CHALLENGE, b"\x33\xcc"),
        signed(b"\x6a", own, own + CHALLENGE, b"\x00\xcc"),
        signed(b"\x2a", own, own + CHALLENGE, b"\x34\xcc"),
        signed(b"\x4a", own, own, b"\x34\xcc"),
        signed(b"\x6b", b"\xbb" * len(own), CHALLENGE, b"\x34\xcc"),
        signed(b"\x6a", own, own, b"\x34\xcc"),
    ]
    assert [one.code for one in refused] == ["aa_invalid"] * len(refused)


def test_the_worked_example_of_doc_9303_holds() -> None:
    """Part 11, appendix F: what the signature opens to, and the challenge that it answered."""
    opened = bytes.fromhex(
        "6A9D2784A67F8E7C659973EA1AEA25D95B6C8F91E5002F369F0FBDCE8A3CEC1991B543F1696546C5524CF23A5303CD6C"
        "98599F40B79F377B5F3A1406B3B4D8F96784D23AA88DB7E1032A405E69325FA91A6E86F5C71AEA978264C4A207446DAD"
        "4E7292E2DCDA3024B47DA8C063AA1E6D22FBD976AB0FE73D94D2D9C6D88127BC"
    )
    challenge = bytes.fromhex("F173589974BF40C6")
    assert active_authentication._is_message(opened, challenge)
    assert not active_authentication._is_message(opened, challenge[::-1])
    assert not active_authentication._is_message(opened[:50] + b"\0" + opened[51:], challenge)
