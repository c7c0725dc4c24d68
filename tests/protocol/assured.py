"""Verifications as they would read in full, and requests for them: true ones, and what chance makes of the shapes."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from idp.protocol.verified_claims.delivery import Attested
from idp.protocol.verified_claims.shapes import VERIFICATION, Leaf, Listed, Record, Shape
from idp.protocol.verified_claims.values import CLAIMS
from tests.protocol.build import json_values

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
COUNTER = Attested(
    {
        "trust_framework": "qn_counter_2026",
        "assurance_level": "substantial",
        "assurance_process": {"policy": "qn_counter_2026", "procedure": "chip_and_portrait"},
        "time": "2026-03-01T02:15:00Z",
        "verification_process": "b3f1",
        "evidence": [
            {
                "type": "document",
                "document_details": {
                    "type": "idcard",
                    "document_number": "051168000218",
                    "date_of_issuance": "2021-05-10",
                    "date_of_expiry": "2028-02-03",
                    "issuer": {"name": "Bộ Công an", "country_code": "VNM"},
                },
                "check_details": [
                    {"check_method": "vcrypt", "time": "2026-03-01T02:10:00Z"},
                    {
                        "check_method": "pvp",
                        "organization": "Xã Ba Tơ",
                        "time": "2026-03-01T02:15:00Z",
                        "check_id": "k7",
                    },
                ],
            },
            {
                "type": "electronic_record",
                "record": {
                    "type": "population_register",
                    "source": {"name": "CSDLQG về dân cư", "country_code": "VNM"},
                },
                "check_details": [{"check_method": "data", "time": "2026-03-01T02:12:00Z"}],
            },
        ],
    },
    {
        "name": "Nguyễn Thị Ánh Tuyết",
        "given_name": "Tuyết",
        "birthdate": "1968-02-03",
        "gender": "female",
        "nationalities": ["VNM"],
        "address": {"formatted": "Thôn An Hải, đặc khu Lý Sơn, Quảng Ngãi", "country": "VN"},
        "qn:pin": "051168000218",
    },
)
VNEID = Attested(
    {"trust_framework": "vn_nd69_2024", "assurance_level": "substantial", "time": "2026-02-01T00:00:00Z"},
    {"name": "Nguyễn Thị Ánh Tuyết", "birthdate": "1968-02-03", "qn:pin": "051168000218"},
)
WITNESSED = Attested(
    {
        "trust_framework": "qn_counter_2026",
        "assurance_level": "low",
        "time": "2026-01-05T01:00:00Z",
        "evidence": [
            {
                "type": "vouch",
                "attestation": {"type": "written_attestation", "date_of_issuance": "2026-01-05"},
                "check_details": [{"check_method": "pvp"}],
            },
            {
                "type": "electronic_signature",
                "signature_type": "CAdES",
                "issuer": "CN=Test CA",
                "serial_number": "17",
                "created_at": "2026-01-05T01:00:00Z",
            },
        ],
    },
    {"name": "Đinh Văn Rin"},
)

_TEXTS = (
    "qn_counter_2026",
    "vn_nd69_2024",
    "substantial",
    "idcard",
    "vcrypt",
    "pvp",
    "VNM",
    "population_register",
    "x",
)
_restrictions = st.fixed_dictionaries(
    {},
    optional={
        "essential": st.booleans(),
        "value": st.sampled_from(_TEXTS),
        "values": st.lists(st.sampled_from(_TEXTS), min_size=1, max_size=3),
        "max_age": st.sampled_from([0, 60, 86_400, 10**9]),
        "purpose": st.just("Điền sẵn tờ khai"),
    },
)
# Restrictions that are drawn for each leaf would leave next to nothing that is met.
asks: st.SearchStrategy[Any] = st.one_of(*([st.none()] * 4), st.just({}), st.just({"essential": False}), _restrictions)


def _sent(shape: Shape) -> st.SearchStrategy[Any]:
    match shape:
        case Listed(entry, kinds):
            shapes = {None: entry} if kinds is None else kinds
            entries = [_record(one, kind) for kind, one in shapes.items()]
            return st.lists(st.one_of(entries), min_size=1, max_size=2)
        case Record():
            return _record(shape, None)
        case Leaf():
            return asks


def _record(shape: Record, kind: str | None) -> st.SearchStrategy[Any]:
    members = {name: _sent(inner) for name, inner in shape.members.items()}
    if kind is not None:
        members["type"] = st.just({"value": kind})
    must = {name: members.pop(name) for name in shape.asked}
    return st.fixed_dictionaries(must, optional=members)


elements = st.fixed_dictionaries(
    {
        "verification": _record(VERIFICATION, None),
        "claims": st.dictionaries(st.sampled_from([*CLAIMS, "religion"]), asks, max_size=5),
    }
)
requests = elements | st.lists(elements, min_size=1, max_size=3)


@st.composite
def hostile(draw: st.DrawFn) -> Any:
    """A request in which something was replaced, at any depth, by whatever JSON holds."""
    return _spoiled(draw, draw(requests), draw(json_values))


def _spoiled(draw: st.DrawFn, document: Any, strange: Any) -> Any:
    goes_deeper = draw(st.booleans())
    match document:
        case dict() if document and goes_deeper:
            name = draw(st.sampled_from(sorted(document)))
            return {**document, name: _spoiled(draw, document[name], strange)}
        case list() if document and goes_deeper:
            return [_spoiled(draw, document[0], strange), *document[1:]]
        case _:
            return strange


attested = st.lists(st.sampled_from([COUNTER, VNEID, WITNESSED]), unique_by=id, max_size=3)
