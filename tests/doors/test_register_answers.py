"""What comes in the register's name: signed and yet odd, no answer at all, or from people that the simulator makes."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws

from idp.audit import kinds
from idp.identity import matching
from idp.identity.name import search_key
from idp.identity.register import Verdict
from idp.storage.register_questions import QuestionState
from idp.upstream.errors import UpstreamFailed
from sandbox.population_register.faults import Fault
from sandbox.population_register.people import COUNT, records
from sandbox.population_register.register import Register, compared
from tests.doors.register_house import LAI, VERIFY, RegisterHouse, question

WAITING = QuestionState.WAITING


def answer_of(asked: dict[str, Any], register: Register, **changes: Any) -> dict[str, Any]:
    """A sound answer, but for the changes; None leaves a member out."""
    said = {
        "iss": register.url,
        "aud": asked["iss"],
        "iat": asked["iat"],
        "jti": asked["jti"],
        "nonce": asked["nonce"],
        "status": "match",
        "fields": {"name": "exact", "birthdate": "exact", "gender": "exact"},
        "as_of": asked["iat"],
        "evidence_id": "c06-1",
        **changes,
    }
    return {member: value for member, value in said.items() if value is not None}


EXACT = {"name": "exact", "birthdate": "exact", "gender": "exact"}
HOSTILE = [
    {"iss": "https://register.example"}, {"aud": "somebody-else"}, {"jti": "another"}, {"nonce": None}, {"nonce": 1},
    {"iat": None}, {"iat": "now"}, {"iat": True}, {"iat": 10**30}, {"iat": -(10**30)},
    {"status": None}, {"status": "unavailable"}, {"status": "MATCH"}, {"status": ["match"]}, {"status": True},
    {"fields": None}, {"fields": []}, {"fields": {}}, {"fields": {"name": "exact"}}, {"fields": {**EXACT, "name": 1}},
    {"fields": {**EXACT, "religion": "exact"}}, {"fields": {**EXACT, "name": "close"}},
    {"fields": {**EXACT, "name": "different"}}, {"fields": {**EXACT, "name": "folded"}},
    {"status": "partial"}, {"status": "mismatch"},
    {"as_of": None}, {"as_of": 10**11}, {"as_of": "2026-11-28"},
    {"evidence_id": None}, {"evidence_id": ""}, {"evidence_id": "x" * 101}, {"evidence_id": "số"}, {"evidence_id": 7},
    {"recorded_name": "Phạm Thị Lài"},
    {"status": "partial", "fields": {**EXACT, "name": "folded"}, "recorded_name": "Trần Thị Lài"},
    {"status": "partial", "fields": {**EXACT, "name": "folded"}, "recorded_name": ["Phạm Thị Lài"]},
]  # fmt: skip


@pytest.mark.parametrize("changes", HOSTILE, ids=lambda changes: json.dumps(changes)[:40])
async def test_a_signed_answer_that_is_odd_in_one_member_is_not_believed(
    register_town: RegisterHouse, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    said_of = Register.answer

    def odd(self: Register, body: bytes) -> str:
        said_of(self, body)
        asked = json.loads(jws.deserialize_compact(body, self.asker, algorithms=["ES256"]).payload)
        header = {"alg": "ES256", "typ": "register-answer+jwt"}
        return jws.serialize_compact(header, json.dumps(answer_of(asked, self, **changes)).encode(), self.key)

    monkeypatch.setattr(Register, "answer", odd)
    stored = await register_town.inquire(await register_town.lai(), question(), "case-1")
    assert (stored.state, stored.verdict) == (WAITING, Verdict.UNAVAILABLE)
    assert len(await register_town.events(kinds.REGISTER_MISTRUSTED)) == 1
    assert register_town.waiting.told == []


@given(body=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: f"eyJ.{text}.x".encode()))
async def test_no_octets_whatsoever_become_an_answer_or_a_crash(register_town: RegisterHouse, body: bytes) -> None:
    register = register_town.simulator
    said, Register.answer = Register.answer, lambda _self, _body: body  # type: ignore[assignment, method-assign, return-value] # octets in its place
    try:
        connector = register_town.hall.population_register
        assert connector is not None
        with pytest.raises(UpstreamFailed):
            await connector.ask(None, "q1", question(), VERIFY, register_town.now)
    finally:
        Register.answer = said  # type: ignore[method-assign] # as it was
    assert register.fault is Fault.NONE


NAMES = [one.name for one in records().values()][:400]


@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(["", "upper", "bare", "swap"]))
def test_the_register_and_the_hub_compare_alike(name: str, other: str, change: str) -> None:
    asked = {"": other, "upper": name.upper(), "bare": search_key(name), "swap": other}[change]
    record = replace(LAI, name=name)
    told = compared({"name": asked, "birthdate": "1958"}, record)["fields"]
    assert told["name"] == matching.names(asked, name).value
    assert told["birthdate"] == matching.birthdates("1958", record.birthdate).value


def test_ten_thousand_people_are_the_same_at_each_start_and_nobody_is_forgotten() -> None:
    people = records()
    assert len(people) == COUNT
    assert records() == people
    assert all(number == one.number and len(number) == 12 for number, one in people.items())
    years = {int(one.birthdate[:4]) for one in people.values()}
    assert (min(years) <= 1935, max(years) >= 2020) == (True, True)
    assert all(int(one.number[3]) % 2 == (one.gender == "female") for one in list(people.values())[50:])
    nguyen = sum(one.name.startswith("Nguyễn ") for one in people.values())
    assert 0.25 < nguyen / COUNT < 0.40
    assert sum(" Thị " in one.name for one in people.values()) > COUNT / 5
    assert any(one.name.startswith("A ") for one in people.values())
    assert any("\u0306" in one.name for one in people.values())
    assert any(" " not in one.name for one in people.values())
    assert any(len(one.birthdate) == 4 for one in people.values())
    assert people[LAI.number] == LAI
