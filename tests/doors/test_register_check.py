"""Questions to the population register: what each answer means, and that no fault of it ever refuses a person."""

import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from idp.audit import kinds
from idp.checks import State, of_upstream
from idp.flows import register_check, upstream_pin
from idp.flows.upstream_health import POPULATION_REGISTER
from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.life_event import LifeEventKind, Teller
from idp.identity.matching import Match
from idp.identity.person import PersonState
from idp.identity.register import Verdict
from idp.outgoing import Outgoing, OutgoingFailed, OutgoingPolicy
from idp.storage.register_questions import QuestionState
from sandbox.population_register.faults import Fault
from tests.doors.register_house import LAI, RIN, RegisterHouse, pin, question

WAITING, ANSWERED = QuestionState.WAITING, QuestionState.ANSWERED


async def test_a_register_that_agrees_everywhere_answers_at_once_and_the_case_goes_on(register: RegisterHouse) -> None:
    stored = await register.inquire(await register.lai(), question(), "case-1")
    answer = stored.answer
    assert answer is not None
    assert (stored.state, stored.verdict, answer.verdict) == (ANSWERED, Verdict.MATCH, Verdict.MATCH)
    assert answer.fields == dict.fromkeys(("name", "birthdate", "gender"), Match.EXACT)
    assert (answer.as_of, answer.recorded_name) == (register.now, None)
    assert register.waiting.told == [("case-1", answer)]
    # The register's own word is kept, and anybody can check it by its key.
    assert answer.signed is not None
    kept = json.loads(jws.deserialize_compact(answer.signed, register.simulator.key).payload)
    assert (kept["jti"], kept["evidence_id"], kept["status"]) == (stored.id, answer.evidence_id, "match")


async def test_every_question_is_recorded_with_its_purpose_and_whoever_asked(register_town: RegisterHouse) -> None:
    lai = await register_town.lai()
    stored = await register_town.inquire(lai, question())
    [asked] = await register_town.events(kinds.REGISTER_ASKED)
    assert (asked.actor, asked.person_id, asked.purpose) == ("officer:o1", lai, "verify_identity")
    assert asked.changed["claims"] == ["birthdate", "gender", "name"]
    [answered] = await register_town.events(kinds.REGISTER_ANSWERED)
    assert (answered.on_behalf_of, answered.purpose, answered.changed["verdict"]) == (
        "officer:o1",
        "verify_identity",
        "match",
    )
    assert asked.changed["question_id"] == answered.changed["question_id"] == stored.id
    told = json.dumps([dict(asked.changed), dict(answered.changed)], ensure_ascii=False)
    assert not any(word in told for word in (LAI.number, LAI.name, LAI.birthdate))


@pytest.mark.parametrize(
    ("changes", "verdict", "fields"),
    [
        ({"name": "PHẠM  THỊ LÀI"}, Verdict.MATCH, {"name": Match.EXACT}),
        ({"name": "PHAM THI LAI"}, Verdict.PARTIAL, {"name": Match.FOLDED}),
        ({"name": "Phạm Thị Lan"}, Verdict.MISMATCH, {"name": Match.DIFFERENT}),
        ({"birthdate": "1958"}, Verdict.PARTIAL, {"birthdate": Match.FOLDED}),
        ({"birthdate": "1958-12-03"}, Verdict.MISMATCH, {"birthdate": Match.DIFFERENT}),
        ({"gender": "male"}, Verdict.MISMATCH, {"gender": Match.DIFFERENT}),
        ({"gender": None}, Verdict.MATCH, {}),
        ({"nationality": "VNM"}, Verdict.MATCH, {"nationality": Match.EXACT}),
        ({"number": pin("051158990138")}, Verdict.NOT_FOUND, None),
        ({"number": IdentityNumber(NumberKind.PASSPORT, LAI.number[3:], "LAO")}, Verdict.NOT_FOUND, None),
    ],
)
async def test_each_field_is_answered_by_itself(
    register_town: RegisterHouse, changes: dict[str, Any], verdict: Verdict, fields: dict[str, Match] | None
) -> None:
    stored = await register_town.inquire(await register_town.lai(), question(**changes))
    assert stored.answer is not None
    assert stored.answer.verdict is verdict
    others = (
        {} if fields is None else {claim: Match.EXACT for claim in question(**changes).asked if claim not in fields}
    )
    assert stored.answer.fields == {**others, **(fields or {})}
    folded = stored.answer.fields.get("name") is Match.FOLDED
    assert stored.answer.recorded_name == (LAI.name if folded else None), "the marks come from the register alone"


@pytest.mark.parametrize(
    ("fault", "kind", "state"),
    [
        (Fault.REVOKED, LifeEventKind.NUMBER_REVOKED, PersonState.SUSPENDED),
        (Fault.DECEASED, LifeEventKind.DEATH, PersonState.CLOSED),
    ],
)
async def test_the_registers_word_acts_on_whoever_bears_the_number_and_at_once(
    register: RegisterHouse, fault: Fault, kind: LifeEventKind, state: PersonState
) -> None:
    lai, service = await register.citizen(LAI.number), await register.register()
    tokens = await register.tokens_of(register.browser(), service, lai)
    await register.fault(fault, LAI.number)
    stored = await register.inquire(lai.person.id, question(), "case-1")
    assert stored.answer is not None
    assert (stored.answer.verdict.value, stored.answer.fields) == (fault.value, {})
    assert register.waiting.told == [("case-1", stored.answer)]
    async with register.hall.db.read() as tx:
        person = await tx.persons.get(lai.person.id)
        [happened] = await tx.life_events.of_person(lai.person.id)
    assert person is not None
    assert (person.state, happened.kind, happened.told_by) == (state, kind, Teller.REGISTER)
    assert not (await register.introspect(service, tokens["access_token"]))["active"]
    [recorded] = await register.events(kinds.LIFE_EVENT_RECORDED)
    assert recorded.actor == f"register:{POPULATION_REGISTER}"


async def test_a_second_word_of_the_same_changes_nothing(register_town: RegisterHouse) -> None:
    lai = await register_town.lai()
    await register_town.fault(Fault.REVOKED, LAI.number)
    for _ in range(2):
        stored = await register_town.inquire(lai, question())
        assert stored.verdict is Verdict.REVOKED
    assert len(await register_town.events(kinds.LIFE_EVENT_RECORDED)) == 1


@pytest.mark.parametrize("fault", [Fault.REVOKED, Fault.DECEASED])
async def test_whoever_types_the_number_of_somebody_who_died_is_not_thereby_dead(
    register_town: RegisterHouse, fault: Fault
) -> None:
    lai, rin = await register_town.lai(), (await register_town.citizen(RIN.number)).person.id
    await register_town.fault(fault, LAI.number)
    stored = await register_town.inquire(rin, question(LAI), "case-1")
    assert stored.verdict is not None
    assert stored.verdict.value == fault.value
    async with register_town.hall.db.read() as tx:
        people = [await tx.persons.get(one) for one in (lai, rin)]
    assert [one.state for one in people if one] == [PersonState.ACTIVE] * 2, "who bears it was not the one asked about"
    assert await register_town.events(kinds.LIFE_EVENT_RECORDED) == []


async def test_an_old_record_without_marks_is_for_an_officer(register_town: RegisterHouse) -> None:
    await register_town.fault(Fault.PARTIAL, LAI.number)
    stored = await register_town.inquire(await register_town.lai(), question())
    assert stored.answer is not None
    assert stored.answer.verdict is Verdict.PARTIAL
    assert stored.answer.fields["name"] is stored.answer.fields["birthdate"] is Match.FOLDED


async def test_a_register_that_has_not_decided_is_asked_again_when_it_said(register_town: RegisterHouse) -> None:
    await register_town.fault(Fault.PENDING, LAI.number)
    stored = await register_town.inquire(await register_town.lai(), question(), "case-1")
    assert (stored.state, stored.verdict, stored.answer) == (WAITING, Verdict.PENDING, None)
    await register_town.fault(Fault.NONE, LAI.number)
    register_town.pass_time(seconds=4)
    assert await register_town.ask_due() == 0, "five seconds were asked for"
    register_town.pass_time(seconds=2)
    assert await register_town.ask_due() == 1
    assert [(case, answer.verdict) for case, answer in register_town.waiting.told] == [("case-1", Verdict.MATCH)]
    assert register_town.simulator.heard[stored.id] == 2


# (fault, why the question waits, how often it was tried)
FAULTS = [
    (Fault.TIMEOUT, "unavailable", 3),
    (Fault.ERROR_500, "unavailable", 3),
    (Fault.SLOW_DRIP, "unavailable", 3),
    (Fault.EXPIRED_CERTIFICATE, "unavailable", 3),
    (Fault.OK_WITH_ERROR, "mistrusted", 1),
    (Fault.GARBAGE, "mistrusted", 1),
    (Fault.WRONG_SIGNATURE, "mistrusted", 1),
    (Fault.WRONG_NONCE, "mistrusted", 1),
    (Fault.STALE, "mistrusted", 1),
    (Fault.TOO_MANY, "busy", 1),
]


@pytest.mark.parametrize(("fault", "why", "tries"), FAULTS)
async def test_no_fault_of_the_register_is_an_answer_and_the_question_goes_on_waiting(
    register_town: RegisterHouse, fault: Fault, why: str, tries: int
) -> None:
    if fault in (Fault.TIMEOUT, Fault.SLOW_DRIP):
        register_town.connect(timeout_s=0.25)
    lai = await register_town.lai()
    await register_town.fault(fault)
    stored = await register_town.inquire(lai, question(), "case-1")
    assert (stored.state, stored.verdict, stored.answer) == (WAITING, Verdict.UNAVAILABLE, None)
    assert len(register_town.pauses) == tries - 1
    async with register_town.hall.db.read() as tx:
        assert await tx.register_questions.reasons() == [(why, 1)]
    assert len(await register_town.events(kinds.REGISTER_MISTRUSTED)) == (why == "mistrusted")
    assert register_town.waiting.told == []
    await register_town.fault(Fault.NONE)
    register_town.connect()
    register_town.pass_time(seconds=8)
    assert await register_town.ask_due() == 1
    assert [(case, answer.verdict) for case, answer in register_town.waiting.told] == [("case-1", Verdict.MATCH)]
    assert await register_town.events(kinds.REGISTER_ASKED) != []
    assert len(await register_town.events(kinds.REGISTER_ASKED)) == 1, "nothing was resubmitted"


async def test_too_many_is_heeded_for_as_long_as_it_asks(register_town: RegisterHouse) -> None:
    await register_town.fault(Fault.TOO_MANY)
    await register_town.inquire(await register_town.lai(), question())
    await register_town.fault(Fault.NONE)
    register_town.pass_time(seconds=6)
    assert await register_town.ask_due() == 0
    register_town.pass_time(seconds=1)
    assert await register_town.ask_due() == 1


async def test_a_hub_that_the_register_does_not_know_blames_nobody(register_town: RegisterHouse) -> None:
    register_town.simulator.client_id = "somebody-else"
    stored = await register_town.inquire(await register_town.lai(), question(), "case-1")
    assert (stored.state, stored.verdict) == (WAITING, Verdict.UNAVAILABLE)
    async with register_town.hall.db.read() as tx:
        assert await tx.register_questions.reasons() == [("refused", 1)]


async def test_without_our_certificate_the_register_hears_nothing(register_town: RegisterHouse) -> None:
    stranger = OutgoingPolicy(sandbox_loopback=True, ca_file=register_town.folder.ca, system_authorities=False)
    async with Outgoing(stranger) as outgoing:
        with pytest.raises(OutgoingFailed):
            await outgoing.get_json(f"{register_town.simulator.url}/jwks")


async def test_a_key_that_nobody_approved_is_not_believed(register_town: RegisterHouse) -> None:
    lai = await register_town.lai()
    register_town.simulator.key = ECKey.generate_key("P-256")
    register_town.pass_time(minutes=11)
    stored = await register_town.inquire(lai, question(), "case-1")
    assert (stored.state, stored.verdict) == (WAITING, Verdict.UNAVAILABLE)
    async with register_town.hall.db.read() as tx:
        assert await tx.register_questions.reasons() == [("unapproved", 1)]
    [finding, _] = await of_upstream(register_town.hall, register_town.now)
    assert (finding.state, "thumbprints" in finding.told) == (State.WARN, True)
    proposal = await upstream_pin.propose(register_town.hall, "cli:an", register_town.now, POPULATION_REGISTER)
    fingerprint = proposal.pin.fingerprint
    await upstream_pin.approve(register_town.hall, fingerprint, "cli:binh", register_town.now, POPULATION_REGISTER)
    register_town.pass_time(seconds=3)
    await register_town.ask_due()
    assert [answer.verdict for _, answer in register_town.waiting.told] == [Verdict.MATCH]


async def test_before_any_approval_production_asks_nothing_and_the_doctor_says_why(
    bare_register: RegisterHouse,
) -> None:
    stored = await bare_register.inquire(await bare_register.lai(), question())
    assert stored.verdict is Verdict.UNAVAILABLE
    assert not bare_register.simulator.heard
    [finding, waits] = await of_upstream(bare_register.hall, bare_register.now)
    assert (finding.state, "--of population_register" in finding.remedy) == (State.WARN, True)
    assert (waits.state, waits.told) == (State.OK, "1 wait")
    bare_register.pass_time(hours=2)
    [_, waits] = await of_upstream(bare_register.hall, bare_register.now)
    assert waits.state is State.WARN


async def test_a_hub_without_a_register_says_so(register_town: RegisterHouse) -> None:
    hall = replace(register_town.hall, population_register=None)
    with pytest.raises(register_check.Absent):
        await register_check.ask_due(hall, {}, register_town.now)
    assert await of_upstream(hall, register_town.now) == []
