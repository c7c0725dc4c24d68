"""Names of authorities compare as people mean them; lengths and tags are believed only as far as they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.crypto.chip import names, tlv
from idp.crypto.chip.oid import dotted
from sandbox.chip import der


def name(*attributes: tuple[str, bytes]) -> bytes:
    return der.sequence(*(der.set_of(der.sequence(der.oid(oid), value)) for oid, value in attributes))


def test_a_name_is_the_same_in_another_encoding_case_and_spacing() -> None:
    one = name(("2.5.4.6", der.printable("VN")), ("2.5.4.3", der.utf8("CSCA  Vietnam ")))
    other = name(("2.5.4.6", der.utf8("vn")), ("2.5.4.3", der.element(0x1E, "CSCA Vietnam".encode("utf-16-be"))))
    assert names.read(one).key == names.read(other).key
    assert names.read(one).text == "CN=CSCA  Vietnam , C=VN"
    assert names.read(name(("2.5.4.3", der.utf8("CSCA Vietnam")))).key != names.read(one).key


def test_two_names_are_not_one_by_their_order_or_by_what_stands_between() -> None:
    parts = [("2.5.4.3", der.utf8("A")), ("2.5.4.10", der.utf8("B"))]
    assert names.read(name(*parts)).key != names.read(name(*reversed(parts))).key
    joined = name(("2.5.4.3", der.utf8("A\x1e2.5.4.10=B")))
    assert names.read(joined).key != names.read(name(*parts)).key


@given(st.binary(max_size=60))
def test_any_octets_are_a_name_or_an_error(octets: bytes) -> None:
    for encoded in (octets, der.sequence(octets), der.sequence(der.element(0x31, octets))):
        try:
            names.read(encoded)
        except ValueError:
            continue


@given(st.lists(st.binary(max_size=200), max_size=8), st.sampled_from([0x04, 0x30, 0x5F1F, 0x7F61, 0x77]))
def test_what_is_written_is_read(values: list[bytes], tag: int) -> None:
    written = b"".join(der.element(tag, value) for value in values)
    assert [(one.tag, one.value) for one in tlv.elements(written)] == [(tag, value) for value in values]


@given(st.binary(max_size=80), st.booleans())
def test_any_octets_are_checked_or_refused(octets: bytes, strict: bool) -> None:
    try:
        tlv.check(octets, der=strict)
    except tlv.TlvError:
        return
    assert octets


@pytest.mark.parametrize(
    "octets",
    [
        "30 80 05 00 00 00",
        "30 81 02 05 00",
        "30 82 00 02 05 00",
        "24 04 04 02 41 42",
        "02 02 00 7f",
        "02 02 ff 80",
        "01 01 01",
        "30 03 01 01 02",
    ],
)
def test_what_only_ber_allows_is_not_der(octets: str) -> None:
    tlv.check(bytes.fromhex(octets), der=False)
    with pytest.raises(tlv.NotDer):
        tlv.check(bytes.fromhex(octets), der=True)


@pytest.mark.parametrize(
    "octets", ["", "30", "30 05 05 00", "30 02 05 00 00", "04 80 00 00", "30 85 00 00 00 00 00", "1f ff ff ff 00"]
)
def test_what_is_no_element_is_refused(octets: str) -> None:
    with pytest.raises(tlv.TlvError):
        tlv.check(bytes.fromhex(octets), der=False)


@pytest.mark.parametrize("oid", ["1.2.840.113549.1.1.11", "2.23.136.1.1.1", "0.4.0.127.0.7.1.1.4.1.3", "2.5.4.3"])
def test_object_identifiers_are_read_as_specifications_write_them(oid: str) -> None:
    assert dotted(tlv.one(der.oid(oid), 0x06)) == oid
    for broken in (b"", b"\x80", bytes(40)):
        with pytest.raises(ValueError, match="object identifier"):
            dotted(broken)
