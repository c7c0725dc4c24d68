"""Curves that are written out: each is recognised by all six of its parameters, and by nothing less."""

from dataclasses import fields, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from idp.crypto.chip import ec_params, keys
from idp.crypto.chip.ec_params import Domain
from idp.identity.chip_refusal import ChipRefused, Code

CURVES = (
    *(ec.SECP192R1(), ec.SECP224R1(), ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()),
    *(ec.BrainpoolP256R1(), ec.BrainpoolP384R1(), ec.BrainpoolP512R1()),
)


def recognised(domain: Domain, *, compressed: bool = False) -> ec.EllipticCurve | None:
    size = (domain.p.bit_length() + 7) // 8
    x, y = domain.generator
    point = bytes([2 + y % 2]) + x.to_bytes(size, "big")
    if not compressed:
        point = b"\x04" + x.to_bytes(size, "big") + y.to_bytes(size, "big")
    return ec_params.recognise(domain.p, domain.a, domain.b, point, domain.n, domain.h)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_the_table_is_what_the_library_computes_with(curve: ec.EllipticCurve) -> None:
    domain = ec_params.domain_of(curve)
    one, last = (ec.derive_private_key(scalar, curve).public_key().public_numbers() for scalar in (1, domain.n - 1))
    assert (one.x, one.y) == domain.generator
    assert (last.x, last.y) == (one.x, domain.p - one.y)
    assert curve.key_size == domain.p.bit_length()
    for scalar in range(1, 20):
        point = ec.derive_private_key(scalar, curve).public_key().public_numbers()
        assert (point.y**2 - point.x**3 - domain.a * point.x - domain.b) % domain.p == 0


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_a_curve_is_recognised_with_its_base_point_in_either_form(curve: ec.EllipticCurve) -> None:
    domain = ec_params.domain_of(curve)
    found = recognised(domain)
    assert found is not None
    assert found.name == curve.name
    if domain.p % 4 == 3:
        again = recognised(domain, compressed=True)
        assert again is not None
        assert again.name == curve.name


@given(st.sampled_from(CURVES), st.sampled_from([field.name for field in fields(Domain)]), st.integers(1, 2**64))
def test_one_parameter_that_differs_is_another_curve(curve: ec.EllipticCurve, name: str, by: int) -> None:
    domain = ec_params.domain_of(curve)
    value = getattr(domain, name)
    other: dict[str, Any] = {name: (value[0], domain.p - value[1]) if name == "generator" else value ^ by}
    assert recognised(replace(domain, **other)) is None


@given(st.binary(max_size=200), st.sampled_from(CURVES))
def test_no_octets_but_the_base_point_are_it(point: bytes, curve: ec.EllipticCurve) -> None:
    known = ec_params.domain_of(curve)
    assert ec_params.recognise(known.p, known.a, known.b, point, known.n, known.h) is None


def test_nothing_is_computed_in_a_field_of_a_strangers_choice() -> None:
    prime = 2**200_000 + 3
    assert ec_params.recognise(prime, 1, 1, b"\x02" + bytes(25_001), prime, 1) is None


def test_a_key_is_too_weak_or_strong_enough() -> None:
    for curve in CURVES:
        key = ec.derive_private_key(7, curve).public_key()
        if key.key_size >= 256:
            keys.check_strength(key)
        else:
            with pytest.raises(ChipRefused) as refused:
                keys.check_strength(key)
            assert refused.value.code is Code.KEY_TOO_WEAK
