"""Audit events: known kinds, known fields, and nothing personal in them."""

import re
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from idp.audit import kinds, redact
from idp.audit.event import Event, event

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
NUMBER = "051090990218"


def test_an_event_of_a_known_kind_with_known_fields() -> None:
    made = event(kinds.SIGN_IN, at=NOW, actor="person:p", person_id="p", method="password", session_id="s")
    assert made == Event("sign_in", NOW, "person:p", person_id="p", changed={"method": "password", "session_id": "s"})


def test_what_the_registry_does_not_know_is_a_bug() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        event("sign_inn", at=NOW, actor="x")
    with pytest.raises(ValueError, match="has no field"):
        event(kinds.SIGN_IN, at=NOW, actor="x", username=NUMBER)


def test_every_kind_has_a_constant_and_a_line_of_documentation() -> None:
    constants = {
        value for name, value in vars(kinds).items() if re.fullmatch(r"[A-Z_]+", name) and isinstance(value, str)
    }
    assert constants == set(kinds.KINDS)
    assert all(kind.doc for kind in kinds.KINDS.values())


def test_no_kind_has_a_field_for_a_person_to_stand_in() -> None:
    personal = {"name", "email", "phone", "phone_number", "username", "password", "code", "token_value", "address"}
    assert not [kind.name for kind in kinds.KINDS.values() if kind.changed & personal]
    reserved = {field.name for field in fields(Event)}
    assert not [kind.name for kind in kinds.KINDS.values() if kind.changed & reserved]


@pytest.mark.parametrize(
    "reason",
    [
        f"bà Lài, số {NUMBER}, báo mất",
        "0510 9099 0218",
        "gọi 0900 000 001",
        "gọi +84 900 000 001",
        "thư rin@example.vn",
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    ],
)
def test_free_text_loses_what_it_should_not_hold(reason: str) -> None:
    made = event(kinds.PERSON_STATE_CHANGED, at=NOW, actor="cli", person_id="p", reason=reason)
    assert redact.MARK in made.changed["reason"]
    assert not re.search(r"[0-9]{4}|@|eyJ|dBjf", made.changed["reason"])


def test_what_an_event_needs_stays_readable() -> None:
    held = {
        "scope": ["openid", "profile"],
        "kid": "2026-03-es256",
        "acr": "https://id.example.gov.vn/loa/low",
        "uses": 5,
    }
    assert redact.value(held) == held


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
@example("a@b@c")
@example("x " * 244 + "9" * 20)
def test_redaction_is_total_and_done_once(value: object) -> None:
    once = redact.value(value)
    assert redact.value(once) == once
