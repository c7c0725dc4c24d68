"""Whatever is uploaded is answered: no byte changes who somebody is, nothing crashes, nothing takes long."""

import base64
import json
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.crypto.chip import trust
from idp.crypto.chip.data_groups import items
from idp.crypto.chip.policy import ChipPolicy, Demand, TrustFiles
from idp.crypto.chip.trust import Trust
from idp.crypto.chip.verify import verify
from idp.identity.chip_refusal import ChipRefused
from sandbox.chip import der
from sandbox.chip.issue import Issued, issue
from tests.crypto.chip.issuing import NOW, STRICT, asking, files_of, judged, lawful

_MIB = 1024 * 1024
_BASES = (("bp256-explicit", "ec"), ("rsa-pss", "rsa-sha256"))


@cache
def base(algorithm: str, chip: str) -> tuple[Issued, Trust]:
    issued = issue(lawful(algorithm, chip))
    return issued, trust.load(files_of(issued))


@given(
    st.sampled_from(_BASES),
    st.sampled_from(["EF.SOD", "EF.SOD", "EF.SOD", "DG1", "DG2", "DG13", "DG14", "DG15", "challenge", "response"]),
    st.integers(0, 2**16),
    st.binary(max_size=4),
    st.integers(0, 3),
    st.booleans(),
)
def test_no_change_of_bytes_makes_it_somebody_else_s_card(
    which: tuple[str, str], name: str, at: int, written: bytes, taken: int, allow_ber: bool
) -> None:
    issued, known = base(*which)
    told = json.loads(issued.document)
    part = told["active_authentication"] if name in ("challenge", "response") else told["files"]
    name = name if name in part else "EF.SOD"  # a chip with an RSA key has no DG14
    octets = base64.b64decode(part[name])
    at %= len(octets)
    part[name] = base64.b64encode(octets[:at] + written + octets[at + taken :]).decode()
    result = verify(json.dumps(told).encode(), known, asking(issued, ChipPolicy(allow_ber=allow_ber)), NOW)
    assert "unforeseen" not in result.reason
    assert not result.accepted or result.identity == judged(issued).identity


@given(st.sampled_from(_BASES), st.integers(0, 2**20), st.binary(min_size=1, max_size=3))
def test_no_change_of_the_document_does_either(which: tuple[str, str], at: int, written: bytes) -> None:
    issued, known = base(*which)
    at %= len(issued.document)
    changed = issued.document[:at] + written + issued.document[at + 1 :]
    result = verify(changed, known, asking(issued), NOW)
    assert "unforeseen" not in result.reason
    assert not result.accepted or result.identity == judged(issued).identity


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_garbage_is_refused(garbage: bytes) -> None:
    for document in (garbage, b'{"files": {"SOD": "%s"}}' % base64.b64encode(garbage)):
        result = verify(document, Trust({}), STRICT, NOW)
        assert result.code in ("malformed", "not_der", "sod_missing")
        assert "unforeseen" not in result.reason


_NESTED = b"\x77\x84\x00\x10\x00\x00" + b"\x30\x84\x00\x10\x00\x00" * 170_000


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"[" * 4_000_000, "malformed"),
        (b'{"files":' * 400_000, "malformed"),
        (b"{" + b'"a":"",' * 500_000 + b"}", "malformed"),
        (b'{"files": {"DG1": ' + b"9" * 4_000_000 + b"}}", "malformed"),
        (b'{"files": {"DG1": 1e999}}', "malformed"),
        (b'{"files": {"DG1": Infinity}}', "malformed"),
        (b'{"files": {"DG1": "\\ud800"}}', "malformed"),
        (b"\xef\xbb\xbf{}", "malformed"),
        (b" " * (4 * _MIB + 1), "too_large"),
        (b'{"files": {"DG1": "%s"}}' % base64.b64encode(bytes(2 * _MIB + 1)), "too_large"),
        (b'{"files": {"SOD": "%s"}}' % base64.b64encode(_NESTED[: 2 * _MIB]), "malformed"),
        (b'{"files": {"SOD": "%s"}}' % base64.b64encode(b"\x77\x80" + b"\x30\x80" * 1_000_000), "not_der"),
        (b'{"files": {"SOD": "%s"}}' % base64.b64encode(der.element(0x77, b"\x05\x00" * 900_000)), "malformed"),
        (b'{"files": {"SOD": "", "DG1": ""}}', "sod_missing"),
        (b'{"files": {}, "reader": ""}', "malformed"),
        (b'{"files": {"DG01": "", "dg1": ""}}', "malformed"),
    ],
)
def test_bombs_are_refused_before_they_are_unpacked(document: bytes, code: str) -> None:
    lenient = ChipPolicy(allow_ber=True, active_authentication=Demand(any_challenge=True))
    assert verify(document, Trust({}), STRICT, NOW).code == code
    assert verify(document, Trust({}), lenient, NOW).code in (code, "malformed")


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_strange_anchors_are_named_and_passed_over(strange: list[bytes]) -> None:
    issued, _ = base(*_BASES[0])
    files = tuple((str(number), one) for number, one in enumerate(strange))
    mixed = files_of(issued)
    known = trust.load(TrustFiles((*files, *mixed.anchors), mixed.crls))
    assert len(known.unusable) == len(strange)
    assert verify(issued.document, known, asking(issued), NOW).accepted


@given(st.integers(0, 2**12), st.binary(min_size=1, max_size=3))
def test_an_anchor_with_changed_bytes_never_crashes(at: int, written: bytes) -> None:
    issued, _ = base(*_BASES[0])
    (anchor,) = issued.anchors
    at %= len(anchor)
    files = TrustFiles((("a", anchor[:at] + written + anchor[at + 1 :]),), (("c", anchor),))
    known = trust.load(files)
    assert known.unreadable_crls == ("c",)
    assert "unforeseen" not in verify(issued.document, known, STRICT, NOW).reason


_der = st.recursive(
    st.binary(max_size=8).map(der.octets) | st.integers(0, 20).map(der.integer) | st.text(max_size=6).map(der.utf8),
    lambda inner: st.lists(inner, max_size=4).map(lambda parts: der.sequence(*parts)),
)


@given(st.lists(_der, max_size=6))
def test_dg13_is_walked_whatever_its_nesting(parts: list[bytes]) -> None:
    name = der.sequence(der.integer(2), der.utf8("Kơ̆"))
    try:
        found = items({13: der.element(0x6D, *parts, der.sequence(der.sequence(name)))})
    except ChipRefused:
        return
    assert found[2] == "Kơ̆"


def test_what_comes_after_the_known_items_of_dg13_may_be_anything() -> None:
    strange = (
        der.sequence(der.integer(13), der.element(0x0C, b"\xff\xfe")),
        der.sequence(der.integer(13), der.utf8("twice")),
        der.sequence(der.integer(16), der.octets(b"\x00")),
        der.sequence(der.integer(14), der.sequence(der.utf8("of another generation"))),
    )
    assert items({13: der.element(0x6D, der.sequence(der.integer(1), der.utf8("1")), *strange)}) == {1: "1"}
    with pytest.raises(ChipRefused):
        items({13: der.element(0x6D, *[der.sequence(der.integer(1), der.utf8("1"))] * 2)})
