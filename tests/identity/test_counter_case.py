"""The rules of a counter: what papers say, what is missing, and who may have nothing to do with a case."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity import counter_case as rules
from idp.identity.counter_case import Consent, Fault, File, Mark, Papers, Reading, Tick, Unfit
from idp.identity.person import Fact, Person, PersonState
from idp.identity.scanned_card import scanned
from idp.kernel.level import Level

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
TODAY = date(2026, 11, 23)
PAPERS = Papers("Phạm Thị Lài", "1958-03-12", "female", "051158990137")
CONSENT = Consent(Reading.SELF, Mark.SIGNATURE)
FILE = File(PAPERS, "21115", ticks=rules.TICKS["counter"], consent=CONSENT)
MRZ = "IDVNM1589901373051158990137<<85803127F9912315VNM<<<<<<<<<<<0PHAM<<THI<LAI<<<<<<<<<<<<<<<<<"


def person(key: str = "p", **facts: Any) -> Person:
    known = {name: Fact(value, "demo", NOW) for name, value in facts.items()}
    return Person(key, PersonState.ACTIVE, Level.SUBSTANTIAL, known, NOW, NOW)


@given(st.dictionaries(st.sampled_from(["number", "name", "birthdate", "gender", "expires", "endless"]), st.text()))
def test_papers_are_whole_or_every_fault_is_named(form: dict[str, str]) -> None:
    for route in ("counter", "witness"):
        papers, faults = rules.read_papers(form, route, TODAY)
        assert (papers is None) is bool(faults)


@given(st.text(max_size=1200))
def test_a_scan_of_anything_fills_in_nothing_or_a_number(text: str) -> None:
    found = scanned(text, TODAY)
    assert found is None or len(found["number"]) == 12


def test_a_day_is_read_as_people_write_it_also_before_1970() -> None:
    form = {"name": "A Blum", "birthdate": "1/2/1958", "gender": "male", "number": "051058990137", "endless": "yes"}
    assert rules.read_papers(form, "counter", TODAY)[1] == (), "a short day and month"
    papers, _ = rules.read_papers({**form, "birthdate": "01/02/1958"}, "counter", TODAY)
    assert papers is not None
    assert papers.birthdate == "1958-02-01"


@given(st.sets(st.sampled_from(Tick)), st.none() | st.just(CONSENT), st.sampled_from(["", "vì"]))
def test_nothing_is_handed_over_with_a_box_or_the_consent_missing(
    ticks: set[Tick], consent: Consent | None, reason: str
) -> None:
    file = replace(FILE, ticks=tuple(ticks), consent=consent, doubts=("d",), doubts_reason=reason)
    whole = set(rules.TICKS["counter"]) <= ticks and consent is not None and bool(reason)
    assert (rules.missing(file, "counter") == ()) is whole


def test_a_helper_or_a_signing_witness_has_a_name() -> None:
    aloud = replace(FILE, consent=Consent(Reading.READ_ALOUD, Mark.SIGNATURE))
    assert rules.missing(aloud, "counter") == (Fault.HELPER,)
    signed = replace(FILE, consent=Consent(Reading.SELF, Mark.WITNESS_SIGNATURE))
    assert rules.missing(signed, "counter") == (Fault.MARK,)


@pytest.mark.parametrize(("witnesses", "short"), [((), True), (("a",), True), (("a", "a"), True), (("a", "b"), False)])
def test_two_witnesses_are_two_persons(witnesses: tuple[str, ...], short: bool) -> None:
    file = replace(FILE, ticks=rules.TICKS["witness"], witnesses=witnesses)
    assert (Fault.WITNESSES in rules.missing(file, "witness")) is short


def test_who_may_have_nothing_to_do_with_a_case() -> None:
    home = {"formatted": "7 Lê Lợi", "street_address": "7 Lê Lợi"}
    citizen = person("c", phone_number="+84900000001", address=home)
    assert rules.unfit(citizen, citizen, FILE) is Unfit.BENEFICIARY
    assert rules.unfit(person("o", phone_number="+84900000001"), citizen, FILE) is Unfit.SAME_PHONE
    assert rules.unfit(person("o", address=home), citizen, FILE) is Unfit.SAME_HOUSEHOLD
    assert rules.unfit(person("w"), citizen, replace(FILE, witnesses=("w",))) is Unfit.WITNESS
    commune = {"formatted": "Xã Ba Tơ"}
    assert rules.unfit(person("o", address=commune), person("c", address=commune), FILE) is None
    assert rules.unfit_as_second(person("o"), "21439", "o", citizen, FILE) is Unfit.SAME_PERSON
    assert rules.unfit_as_second(person("o"), "21115", "f", citizen, FILE) is Unfit.SAME_UNIT
    assert rules.unfit_as_second(person("o"), "21439", "f", citizen, FILE) is None


@given(
    st.builds(
        File,
        papers=st.builds(Papers, st.text(), st.just("1958-03-12"), st.sampled_from(["male", "female"])),
        first_unit=st.text(),
        created=st.booleans(),
        ticks=st.lists(st.sampled_from(Tick)).map(tuple),
        consent=st.none() | st.builds(Consent, st.sampled_from(Reading), st.sampled_from(Mark), st.text(), st.text()),
        kept=st.lists(st.text(max_size=9)).map(tuple),
    )
)
def test_a_file_is_read_as_it_was_written(file: File) -> None:
    assert rules.read(rules.write(file)) == file


def test_an_owner_is_told_apart_by_name_and_day_of_birth() -> None:
    assert not rules.belongs_to_another(person(name="PHẠM THỊ LÀI", birthdate="1958-03-12"), PAPERS)
    assert not rules.belongs_to_another(person(name="Phạm Thị Lài", birthdate="1958"), PAPERS)
    assert rules.belongs_to_another(person(name="Phạm Thị Lành", birthdate="1958-03-12"), PAPERS)
    assert rules.belongs_to_another(person(name="Phạm Thị Lài", birthdate="1958-03-13"), PAPERS)


def test_a_level_ends_with_the_last_day_of_the_card_in_viet_nam() -> None:
    card = replace(PAPERS, expires="2027-01-31")
    assert rules.lasts_until(card, "counter", NOW) == datetime(2027, 1, 31, 17, tzinfo=UTC)
    assert rules.lasts_until(PAPERS, "counter", NOW) is None
    assert rules.lasts_until(PAPERS, "witness", NOW) == NOW + timedelta(days=365)
    assert rules.has_expired(card, date(2027, 2, 1))
    assert not rules.has_expired(card, date(2027, 1, 31))
