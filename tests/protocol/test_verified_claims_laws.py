"""Laws of verified claims: nothing that was not asked, nothing whose requirement is not met, every answer valid."""

import json
from datetime import datetime
from typing import Any

import orjson
from hypothesis import given

from idp.kernel.errors import InvalidRequest
from idp.protocol import claims_parameter
from idp.protocol.claim_names import short, wire
from idp.protocol.verified_claims.asked import Requested, Verified, parse, to_json
from idp.protocol.verified_claims.delivery import Attested, answer, without_numbers
from tests.protocol.assured import COUNTER, NOW, VNEID, WITNESSED, attested, hostile, requests
from tests.protocol.test_verified_claims import elements_of, is_valid


def is_within(said: Any, asked: Any) -> bool:
    """Whether every member that was said had been asked for, to any depth; entries of an array by any template."""
    match said, asked:
        case dict(), dict():
            return all(name in asked and is_within(inner, asked[name]) for name, inner in said.items())
        case list(), list():
            return all(any(is_within(one, entry) for entry in asked) for one in said)
        case dict() | list(), None:
            return False
        case _:
            return True


@given(requests, attested)
def test_nothing_is_told_that_was_not_asked_and_every_answer_is_valid(request: Any, by: list[Attested]) -> None:
    requested = parse(request)
    found = answer(requested, by, NOW)
    if found is None:
        return
    assert isinstance(found, list) == isinstance(request, list) == requested.listed
    for element in elements_of(found):
        assert element.keys() == {"verification", "claims"}
        assert element["claims"]
        assert any(
            is_within(element["verification"], one["verification"])
            and element["claims"].keys() <= {wire(name) for name in one["claims"] or {}}
            for one in elements_of(request)
        )
    assert is_valid({"verified_claims": found}, "verified_claims.json")
    orjson.dumps(found)


def meets(asked: Any, value: Any) -> bool:
    """Every restriction of a request against a whole verification, as the specification's sentences read."""
    if isinstance(asked, list):
        return not any(map(restricts, asked)) or any(meets(one, item) for item in value or () for one in asked)
    if not isinstance(asked, dict):
        return True
    if not asked.keys() <= {"essential", "value", "values", "max_age", "purpose"}:
        held = value if isinstance(value, dict) else {}
        return all(meets(inner, held.get(name)) for name, inner in asked.items() if name != "assurance_details")
    allowed = [set(asked["values"])] if "values" in asked else []
    allowed += [{asked["value"]}] if "value" in asked else []
    if allowed and not (isinstance(value, str) and all(value in one for one in allowed)):
        return False
    return "max_age" not in asked or (isinstance(value, str) and age_of(value) <= asked["max_age"])


def restricts(asked: Any) -> bool:
    if isinstance(asked, dict):
        return not {"value", "values", "max_age"}.isdisjoint(asked) or any(map(restricts, asked.values()))
    return isinstance(asked, list) and all(map(restricts, asked))


def age_of(value: str) -> float:
    """Of what is no day and no instant: older than anything."""
    try:
        whole = value if "T" in value else f"{value}T23:59:59Z"
        return (NOW - datetime.fromisoformat(whole)).total_seconds()
    except ValueError:
        return float("inf")


@given(requests, attested)
def test_nothing_is_told_where_a_requirement_is_not_met(request: Any, by: list[Attested]) -> None:
    for element in elements_of(answer(parse(request), by, NOW) or []):
        asked_and_held = ((one, held) for one in elements_of(request) for held in by)
        assert any(
            meets(one["verification"], held.verification)
            and all(
                claim in held.claims and meets((one["claims"] or {})[claim], held.claims[claim])
                for claim in map(short, element["claims"])
            )
            for one, held in asked_and_held
            if element["claims"].keys() <= {wire(claim) for claim in one["claims"] or {}}
        )


@given(requests, attested)
def test_a_number_is_neither_told_nor_tested_without_leave(request: Any, by: list[Attested]) -> None:
    hidden = answer(parse(request), [without_numbers(one) for one in by], NOW)
    assert "051168000218" not in json.dumps(hidden)
    assert "document_number" not in json.dumps(hidden)


@given(requests, attested)
def test_what_was_not_granted_is_not_told(request: Any, by: list[Attested]) -> None:
    granted = frozenset({"name", "gender"})
    found = answer(Verified(parse(request)).only(granted).userinfo, by, NOW)
    assert found is None or all(one["claims"].keys() <= granted for one in elements_of(found))


@given(requests)
def test_a_request_comes_back_from_the_store_as_it_was(request: Any) -> None:
    requested = parse(request)
    sent = to_json(requested)
    assert parse(orjson.loads(orjson.dumps(sent))) == requested
    parameter = claims_parameter.from_json({"userinfo": {"verified_claims": sent, "name": None}})
    assert parameter.verified == Verified(requested)
    assert claims_parameter.from_json(claims_parameter.to_json(parameter)) == parameter
    assert list(parameter.userinfo) == ["name"]


@given(hostile())
def test_every_document_is_a_request_or_an_invalid_request(document: Any) -> None:
    try:
        requested = parse(document)
    except InvalidRequest:
        return
    assert isinstance(requested, Requested)
    answer(requested, (COUNTER, VNEID, WITNESSED), NOW)
