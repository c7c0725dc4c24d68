"""`verified_claims`, sentence by sentence: what a request is, what meets it, and what then is left out."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from idp.kernel.errors import InvalidRequest
from idp.protocol import claims_parameter
from idp.protocol.claim_names import wire
from idp.protocol.verified_claims import metadata
from idp.protocol.verified_claims.asked import parse
from idp.protocol.verified_claims.delivery import Attested, answer, names
from tests.protocol.assured import COUNTER, NOW, VNEID, WITNESSED

ANY: dict[str, Any] = {"trust_framework": None}
# Data of the OpenID Foundation, beside the project where it is worked on; without it our own checks stand alone.
_OFFICIAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "ida"
_SCHEMAS = [json.loads(path.read_text("utf-8")) for path in sorted(_OFFICIAL.glob("*.json"))]
_REGISTRY: Registry[Any] = Registry().with_resources(
    [(schema["$id"], Resource.from_contents(schema)) for schema in _SCHEMAS]
)
_BY_NAME = {schema["$id"].rpartition("/")[2]: schema for schema in _SCHEMAS}


def is_valid(document: dict[str, Any], schema: str) -> bool:
    """Under the official schema, where it is there."""
    if schema not in _BY_NAME:
        return True
    checked = jsonschema.Draft202012Validator(
        _BY_NAME[schema], registry=_REGISTRY, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return bool(checked.is_valid(document))


def told(request: Any, *by: Attested) -> Any:
    return answer(parse(request), by or (COUNTER,), NOW)


def asks(verification: dict[str, Any], *claims: str, **restricted: Any) -> dict[str, Any]:
    return {
        "verification": {**ANY, **verification},
        "claims": {**dict.fromkeys(claims or (() if restricted else ("name",))), **restricted},
    }


def elements_of(document: Any) -> list[Any]:
    return document if isinstance(document, list) else [document]


@pytest.mark.parametrize(
    "document",
    [
        "x",
        [],
        {},
        [asks({})] * 11,
        {"verification": ANY},
        {"claims": {"name": None}},
        {"verification": {}, "claims": {"name": None}},
        {**asks({}), "purpose": "why"},
        {"verification": ANY, "claims": ["name"]},
        asks({}, name=1),
        asks({}, name={"essential": "yes"}),
        asks({}, name={"purpose": "ab"}),
        asks({}, name={"purpose": "a" * 301}),
        asks({}, name={"purpose": "lật \u202e ngược"}),
        asks({}, name={"values": "Rin"}),
        asks({"time": {"max_age": -1}}),
        asks({"time": {"max_age": True}}),
        asks({"time": {"max_age": 1.5}}),
        asks({"evidence": []}),
        asks({"evidence": None}),
        asks({"evidence": [{}]}),
        asks({"evidence": [{"type": None}]}),
        asks({"evidence": [{"type": {"values": ["document"]}}]}),
        asks({"evidence": [{"type": {"value": "document", "values": ["document"]}}]}),
        asks({"evidence": [{"type": {"value": "document"}, "document_details": None}]}),
        asks({"evidence": [{"type": {"value": "document"}, "check_details": [{}]}]}),
        asks({"evidence": [{"type": {"value": "document"}}] * 11}),
        asks({"assurance_process": "x"}),
        asks({f"x{i}": None for i in range(60)}),
    ],
)
def test_what_is_no_request_is_an_invalid_request(document: Any) -> None:
    with pytest.raises(InvalidRequest):
        parse(document)
    nested = json.dumps({"id_token": {"verified_claims": document}})
    with pytest.raises(InvalidRequest):
        claims_parameter.parse(nested)


def test_what_was_asked_is_told_and_no_more() -> None:
    assert told(asks({}, "name", "birthdate")) == {
        "verification": {"trust_framework": "qn_counter_2026"},
        "claims": {"name": "Nguyễn Thị Ánh Tuyết", "birthdate": "1968-02-03"},
    }
    deeper = asks(
        {
            "assurance_level": None,
            "evidence": [
                {
                    "type": {"value": "document"},
                    "document_details": {"type": None, "issuer": {"country_code": None}},
                    "check_details": [{"check_method": None}],
                }
            ],
        }
    )
    assert told(deeper)["verification"] == {
        "trust_framework": "qn_counter_2026",
        "assurance_level": "substantial",
        "evidence": [
            {
                "type": "document",
                "document_details": {"type": "idcard", "issuer": {"country_code": "VNM"}},
                "check_details": [{"check_method": "vcrypt"}, {"check_method": "pvp"}],
            }
        ],
    }


@pytest.mark.parametrize("nothing", [None, {}, {"essential": False}])
def test_null_an_empty_object_and_essential_false_ask_the_same(nothing: Any) -> None:
    assert told(asks({"time": nothing}, name=nothing)) == told(asks({"time": None}, name=None)) is not None


@pytest.mark.parametrize(
    ("verification", "met"),
    [
        ({"trust_framework": {"value": "qn_counter_2026"}}, True),
        ({"trust_framework": {"value": "vn_nd69_2024"}}, False),
        ({"trust_framework": {"values": ["vn_nd69_2024", "qn_counter_2026"]}}, True),
        ({"trust_framework": {"value": "vn_nd69_2024", "values": ["vn_nd69_2024", "qn_counter_2026"]}}, False),
        ({"assurance_level": {"values": ["high"]}}, False),
        ({"time": {"max_age": 86_400 * 2}}, True),
        ({"time": {"max_age": 3_600}}, False),
        ({"no_such_element": None}, True),
        ({"no_such_element": {"value": "x"}}, False),
        ({"no_such_element": {"deep": [{"max_age": 1}]}}, False),
        ({"evidence": [{"type": {"value": "vouch"}}]}, False),
        ({"evidence": [{"type": {"value": "utility_bill"}}]}, False),
        ({"evidence": [{"type": {"value": "vouch"}}, {"type": {"value": "document"}}]}, True),
        ({"evidence": [{"type": {"value": "document"}, "document_details": {"type": {"value": "passport"}}}]}, False),
        (
            {
                "evidence": [
                    {
                        "type": {"value": "document"},
                        "check_details": [
                            {"check_method": {"value": "vpip"}},
                            {"check_method": {"values": ["pvp"]}},
                        ],
                    }
                ]
            },
            True,
        ),
        (
            {"evidence": [{"type": {"value": "document"}, "check_details": [{"check_method": {"value": "vpip"}}]}]},
            False,
        ),
        # §6.2: what is asked of assurance_details filters nothing.
        ({"assurance_process": {"policy": None, "assurance_details": [{"assurance_type": {"value": "x"}}]}}, True),
    ],
)
def test_a_requirement_of_the_verification_that_is_not_met_takes_the_whole_element(
    verification: dict[str, Any], met: bool
) -> None:
    assert (told(asks(verification)) is not None) is met


def test_a_requirement_of_a_claim_that_is_not_met_takes_that_claim_alone() -> None:
    asked = asks({}, "gender", name={"value": "Đinh Văn Rin"}, birthdate={"max_age": 10})
    assert told(asked)["claims"] == {"gender": "female"}
    assert told(asks({}, nationalities={"value": ["VNM"]}))["claims"] == {"nationalities": ["VNM"]}
    assert told(asks({}, "religion")) is None


def test_what_a_valid_answer_cannot_do_without_takes_its_parent_along() -> None:
    details = {"type": {"value": "document"}, "document_details": {"date_of_expiry": None}}
    # A document has a type, or is none; the type was not asked for.
    assert told(asks({"evidence": [details]}))["verification"]["evidence"] == [{"type": "document"}]
    signature = asks({"evidence": [{"type": {"value": "electronic_signature"}, "issuer": None}]})
    assert told(signature, WITNESSED)["verification"] == {"trust_framework": "qn_counter_2026"}
    whole = {"type": {"value": "electronic_signature"}, "issuer": None, "signature_type": None, "serial_number": None}
    [piece] = told(asks({"evidence": [whole]}), WITNESSED)["verification"]["evidence"]
    assert piece.keys() == whole.keys()


def test_each_element_is_answered_by_itself_and_in_the_form_of_the_question() -> None:
    two = [asks({"trust_framework": {"value": one}}) for one in ("vn_nd69_2024", "qn_counter_2026", "gold")]
    found = told(two, COUNTER, VNEID)
    assert [one["verification"]["trust_framework"] for one in found] == ["vn_nd69_2024", "qn_counter_2026"]
    assert told(two[2]) is None
    # Of verifications that answer as much, the first; else the one that answers most.
    assert told(asks({}), VNEID, COUNTER)["verification"] == {"trust_framework": "vn_nd69_2024"}
    assert told(asks({}, "name", "gender"), VNEID, COUNTER)["verification"] == {"trust_framework": "qn_counter_2026"}


def test_the_first_of_two_alternatives_that_fit_is_the_template() -> None:
    entries = [
        {"type": {"value": "document"}, "check_details": [{"check_method": {"value": "pvp"}, "organization": None}]},
        {"type": {"value": "document"}, "document_details": {"type": None}},
    ]
    [piece] = told(asks({"evidence": entries}))["verification"]["evidence"]
    assert piece == {"type": "document", "check_details": [{"check_method": "pvp", "organization": "Xã Ba Tơ"}]}


def test_a_day_counts_from_its_last_second() -> None:
    at_counter = {"type": {"value": "document"}, "document_details": {"type": None, "date_of_issuance": {"max_age": 0}}}
    age = int((NOW.timestamp()) - 1_620_691_199)  # 2021-05-10T23:59:59Z
    for limit, met in ((age, True), (age - 1, False)):
        at_counter["document_details"]["date_of_issuance"] = {"max_age": limit}  # type: ignore[index]
        assert (told(asks({"evidence": [at_counter]})) is not None) is met


def test_a_value_that_no_schema_admits_is_left_out() -> None:
    year_alone = Attested(COUNTER.verification, {"name": "Rin", "birthdate": "1950", "nationalities": ["Việt Nam"]})
    assert told(asks({}, "name", "birthdate", "nationalities"), year_alone)["claims"] == {"name": "Rin"}


def test_the_record_of_a_release_names_claims_and_no_values() -> None:
    assert names(told(asks({}, "name", "qn:pin"))) == ("verified_claims.name", "verified_claims.qn:pin")
    assert names(None) == ()


def test_what_discovery_promises_is_what_can_be_told() -> None:
    promised = metadata.document()
    assert {COUNTER.verification["trust_framework"], VNEID.verification["trust_framework"]} == {
        *promised["trust_frameworks_supported"]
    }
    assert promised["evidence_supported"] == ["document", "electronic_record", "vouch", "electronic_signature"]
    assert wire("qn:pin") in promised["claims_in_verified_claims_supported"]
    assert all(promised.values())


@pytest.mark.parametrize("schema", sorted({"verified_claims.json"} & set(_BY_NAME)))
def test_the_official_schema_says_no_where_it_should(schema: str) -> None:
    wrong = {"verification": {"trust_framework": "x", "evidence": [{"type": "bill"}]}, "claims": {}}
    assert not is_valid({"verified_claims": wrong}, schema)


@pytest.mark.parametrize(
    "document", [asks({}), [asks({"time": {"max_age": 5}}), asks({"evidence": [{"type": {"value": "vouch"}}]})]]
)
def test_our_own_examples_are_requests_under_the_official_schema(document: Any) -> None:
    assert is_valid({"userinfo": {"verified_claims": document}}, "verified_claims_request.json")
