"""Scopes: read once, never growing; what a client did not register it does not get."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.errors import InvalidScope
from idp.protocol.client import ClientState
from idp.protocol.scope import SCOPES, claims_of, for_client_itself, narrowed, parse, requested
from tests.protocol.build import CLIENT, DRAFT, hostile_text

names = st.sampled_from([*SCOPES, "hoso:read", "unknown"])
scopes = st.lists(names, max_size=6, unique=True).map(tuple)


def test_scope_keeps_its_order_and_drops_duplicates() -> None:
    assert parse("openid  email openid") == ("openid", "email")
    assert parse(None) == ()


@pytest.mark.parametrize(
    "text", ['open"id', "open\\id", "opén", "a\tb", "a\nb", "\x7f", " ".join(f"s{n}" for n in range(60))]
)
def test_a_scope_with_other_characters_is_invalid(text: str) -> None:
    with pytest.raises(InvalidScope):
        parse(text)


@given(hostile_text)
def test_every_text_is_scopes_or_an_invalid_scope(text: str) -> None:
    try:
        assert " " not in "".join(parse(text))
    except InvalidScope:
        return


@given(scopes, scopes)
def test_scope_never_grows(granted: tuple[str, ...], asked: tuple[str, ...]) -> None:
    try:
        answer = narrowed(granted, asked)
    except InvalidScope:
        assert not asked or not set(asked) <= set(granted)
    else:
        assert set(answer) <= set(granted)
    assert narrowed(granted, None) == granted


@given(scopes, st.frozensets(names), st.booleans())
def test_a_client_gets_at_most_what_it_registered(
    asked: tuple[str, ...], registered: frozenset[str], refreshes: bool
) -> None:
    grant_types = frozenset({"authorization_code"} | ({"refresh_token"} if refreshes else set()))
    client = replace(CLIENT, scopes=registered, grant_types=grant_types)
    try:
        kept = requested(asked, client)
    except InvalidScope:
        return
    assert set(kept) <= set(asked) & registered
    assert refreshes or "offline_access" not in kept


def test_an_unknown_scope_is_ignored_and_a_known_one_that_is_not_registered_is_an_error() -> None:
    client = replace(CLIENT, scopes=frozenset({"openid"}))
    assert requested(("openid", "unknown"), client) == ("openid",)
    with pytest.raises(InvalidScope):
        requested(("openid", "email"), client)


def test_a_draft_gets_openid_only() -> None:
    assert requested(("openid", "profile", "offline_access"), DRAFT) == ("openid",)
    with pytest.raises(InvalidScope):
        requested(("profile",), DRAFT)


def test_a_scope_that_names_nothing_is_an_error() -> None:
    with pytest.raises(InvalidScope):
        requested((), CLIENT)


def test_a_client_for_itself_never_gets_a_persons_scope() -> None:
    client = replace(CLIENT, scopes=frozenset({"openid", "profile", "hoso:read"}))
    assert for_client_itself(("hoso:read",), client) == ("hoso:read",)
    assert for_client_itself((), client) == ()
    for scope in (*SCOPES, "unregistered"):
        with pytest.raises(InvalidScope):
            for_client_itself((scope,), client)
    with pytest.raises(InvalidScope):
        for_client_itself(("hoso:read",), replace(client, state=ClientState.DRAFT))


def test_every_standard_claim_belongs_to_its_scope() -> None:
    assert claims_of(["email", "unknown"]) == {"email", "email_verified"}
    assert claims_of(SCOPES) >= {"name", "birthdate", "updated_at", "phone_number_verified", "address"}
