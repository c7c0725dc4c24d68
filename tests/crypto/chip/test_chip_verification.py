"""Lawful cards are accepted over every algorithm; every forgery is refused, each by its own code."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.crypto.chip import trust
from idp.crypto.chip.policy import ChipPolicy
from idp.crypto.chip.result import STEPS, CloneCheck, to_json
from idp.crypto.chip.verify import verify
from idp.identity.chip_refusal import Code
from sandbox.chip import authority, signing
from sandbox.chip.forgeries import FORGERIES
from sandbox.chip.issue import issue
from sandbox.chip.signing import ALGORITHMS
from tests.crypto.chip.issuing import NOW, PEOPLE, RIN, STRICT, asking, files_of, judged, lawful, result_of

# Two RSA keys of 3072 bits take seconds to make.
_ALGORITHMS = [pytest.param(one, marks=[pytest.mark.slow] if "-sha512" in one else []) for one in ALGORITHMS]
# Said by flows, which know who is known already.
_ELSEWHERE = {Code.IDENTITY_ALREADY_BOUND}
# Some of another algorithm than the usual one, so that a rule does not hang on a curve.
_OTHERS = ("another-face", "bent-signature", "self-made", "revoked", "wrong-digest", "signer-is-authority", "ber")


@pytest.mark.parametrize("algorithm", _ALGORITHMS)
@pytest.mark.parametrize("chip", [None, "ec"])
def test_a_lawful_card_is_accepted(algorithm: str, chip: str | None) -> None:
    result = result_of(lawful(algorithm, chip))
    assert (result.code, result.reason, result.crl) == (None, "", "checked")
    assert result.clone_check is (CloneCheck.NOT_SUPPORTED if chip is None else CloneCheck.PASSED)
    assert result.identity is not None
    assert (result.identity.number, result.identity.name) == (RIN.number, RIN.name)
    assert tuple(check.name for check in result.checks) == STEPS


@pytest.mark.parametrize("number", PEOPLE)
def test_everybody_s_card_says_who_they_are(number: str) -> None:
    person = PEOPLE[number]
    identity = result_of(lawful(number=number)).identity
    assert identity is not None
    assert (identity.name, identity.birthdate, identity.gender) == (person.name, person.birthdate, person.gender)


@pytest.mark.parametrize("name", FORGERIES)
def test_every_forgery_is_refused_by_its_own_code(name: str) -> None:
    forgery = FORGERIES[name]
    issued = issue(forgery.change(lawful()))
    result = judged(issued, asking(issued, required=forgery.needs_answer))
    assert result.code == forgery.code, result.reason
    assert "unforeseen" not in result.reason
    assert (result.identity, result.face) == (None, None)
    assert result.checks[-1].outcome == "refused"


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["rsa", "rsa-pss", "p384", "bp512-explicit"])
@pytest.mark.parametrize("name", _OTHERS)
def test_forgeries_are_the_same_over_other_algorithms(name: str, algorithm: str) -> None:
    assert result_of(FORGERIES[name].change(lawful(algorithm))).code == FORGERIES[name].code


def test_every_code_has_a_forgery() -> None:
    assert {forgery.code for forgery in FORGERIES.values()} == {code.value for code in Code if code not in _ELSEWHERE}


def test_the_first_broken_rule_is_the_one_that_is_told() -> None:
    plan = lawful()
    for name in ("expired", "another-face", "revoked", "bent-signature", "self-made", "ber"):
        plan = FORGERIES[name].change(plan)
        assert result_of(plan).code == FORGERIES[name].code


def test_a_refused_upload_keeps_what_finds_its_signer_again_and_nothing_of_the_card() -> None:
    told = to_json(result_of(FORGERIES["expired"].change(lawful())))
    assert told["document_signer"]["subject"] == f"CN={authority.SIGNER_NAME}, C=VN"
    assert told["identity"] is None
    assert RIN.number not in str(told)


def test_what_the_chip_has_and_the_upload_lacks_is_recorded() -> None:
    result = result_of(replace(lawful(chip="ec"), changed={"DG14": None, "DG15": None}, challenge=None))
    assert (result.code, result.not_uploaded, result.clone_check) == (None, (14, 15), CloneCheck.NOT_DONE)
    assert set(result.hashes) == {1, 2, 13, 14, 15}


def test_dg13_and_ber_are_let_go_where_a_policy_says_so() -> None:
    without = replace(lawful(), changed={"DG13": None})
    result = result_of(without, ChipPolicy(required=frozenset({1, 2})))
    assert result.identity is not None
    assert (result.identity.name, result.identity.name_has_diacritics) == ("DINH VAN RIN", False)
    ber = FORGERIES["ber"].change(lawful())
    assert result_of(ber, ChipPolicy(allow_ber=True)).accepted


def test_dg13_may_be_absent_from_cards_that_were_signed_since_a_day() -> None:
    plan = replace(lawful(), changed={"DG13": None})
    signed = plan.sod.signing_time
    assert signed is not None
    policies = {days: ChipPolicy(dg13_optional_since=(signed + timedelta(days=days)).date()) for days in (-1, 0, 1)}
    assert {days: result_of(plan, policy).code for days, policy in policies.items()} == {
        -1: None,
        0: None,
        1: "dg_missing",
    }
    undated = replace(plan, sod=replace(plan.sod, signing_time=None))
    assert result_of(undated, policies[-1]).code == "dg_missing"
    assert result_of(lawful(), policies[-1]).accepted


def test_a_group_that_holds_no_picture_at_all_is_a_face_that_can_t_be_seen() -> None:
    for picture in (b"", b"\x61\x00", b"\x75\x05\x00"):
        plan = lawful()
        with_it = replace(plan.card, dg2_instead=picture)
        assert result_of(replace(plan, card=with_it)).code == "face_invalid"


def test_dg1_is_required_whatever_a_policy_says() -> None:
    assert result_of(replace(lawful(), changed={"DG1": None}), ChipPolicy(required=frozenset())).code == "dg_missing"


def test_without_a_list_revocation_is_unchecked_and_recorded() -> None:
    result = result_of(replace(lawful(), revoked=None))
    assert (result.code, result.crl) == (None, "unchecked")


def test_a_stale_list_may_be_let_go_but_still_revokes() -> None:
    lenient = ChipPolicy(allow_stale_crl=True)
    result = result_of(FORGERIES["list-of-the-past"].change(lawful()), lenient)
    assert (result.code, result.crl) == (None, "unchecked")
    plan = lawful()
    old = authority.revocation_list(plan.csca_key, NOW - timedelta(days=60), [plan.dsc.serial])
    assert result_of(replace(plan, crl=old), lenient).code == "dsc_revoked"


def test_an_authority_that_expired_since_it_certified_still_stands_behind_the_card() -> None:
    plan = lawful()
    csca = replace(plan.csca, not_after=NOW.replace(microsecond=0) - timedelta(days=5))
    assert result_of(replace(plan, csca=csca)).accepted


def test_of_several_authorities_of_one_name_the_one_that_signed_counts() -> None:
    issued = issue(lawful())
    other = signing.signer("p256", "an older key")
    namesake = authority.authority(NOW).written(other, other)
    mixed = replace(issued, anchors=(namesake, b"\x30\x00", *issued.anchors))
    assert judged(mixed).accepted


def test_a_signer_found_by_its_key_identifier_is_as_good() -> None:
    plan = lawful()
    assert result_of(replace(plan, sod=replace(plan.sod, key_identifier=plan.dsc.key_identifier))).accepted


def test_the_clock_decides() -> None:
    issued = issue(lawful())
    known = trust.load(files_of(replace(issued, crls=())))
    verdicts = {
        years: verify(issued.document, known, STRICT, NOW + timedelta(days=365 * years)).code
        for years in (-5, 0, 5, 20)
    }
    assert verdicts == {-5: "signing_time_future", 0: None, 5: "document_expired", 20: "dsc_expired"}
