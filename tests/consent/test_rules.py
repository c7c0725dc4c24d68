"""Consent: what is asked, what is only told, what an answer grants, and when it no longer fits."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.consent.decision import ConsentDecision
from idp.consent.items import Item, claim_item, scope_item
from idp.consent.policy import Basis, ScopeTerms, ServiceTerms
from idp.consent.rules import Granted, Pending, allow, granted, pending, wording

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)

OPENID = scope_item("openid", ["sub"])
PROFILE = scope_item("profile", ["name", "birthdate"])
EMAIL = scope_item("email", ["email", "email_verified"])
OFFLINE = scope_item("offline_access", [])
PHONE_CLAIM = claim_item("phone_number", "phone", False)
VOLUNTARY_CLAIM = claim_item("phone_number", "phone", True)


def terms(basis: Basis = Basis.CONSENT, *, necessary: bool = True) -> ScopeTerms:
    return ScopeTerms(basis, {"vi": "Giải quyết hồ sơ", "en": "Handle a case"}, {"vi": "Nghị định 118/2025"}, necessary)


SERVICE = ServiceTerms(
    "so-noi-vu",
    {
        "profile": terms(),
        "email": terms(necessary=False),
        "phone": terms(),
        "address": terms(Basis.TASK),
        "offline_access": terms(Basis.TASK),
    },
)
ADDRESS = scope_item("address", ["address"])


def answer(*items: Item, ticked: tuple[str, ...] = (), before: ConsentDecision | None = None) -> ConsentDecision:
    return allow(items, SERVICE, before, ticked, "person", "client", NOW)


def test_what_is_necessary_is_listed_and_released_by_allow() -> None:
    assert pending([OPENID, PROFILE], SERVICE, None) == Pending(necessary=(PROFILE,))
    decision = answer(OPENID, PROFILE)
    assert granted([OPENID, PROFILE], SERVICE, decision) == Granted(("openid", "profile"))
    assert pending([OPENID, PROFILE], SERVICE, decision) is None


def test_what_is_optional_is_a_box_without_a_tick() -> None:
    assert pending([EMAIL], SERVICE, None) == Pending(optional=(EMAIL,))
    assert granted([EMAIL], SERVICE, answer(EMAIL)) == Granted()
    assert granted([EMAIL], SERVICE, answer(EMAIL, ticked=("email",))) == Granted(("email",))


def test_a_refused_option_is_remembered_and_not_asked_again() -> None:
    decision = answer(PROFILE, EMAIL)
    assert decision.refused == {"email"}
    assert pending([PROFILE, EMAIL], SERVICE, decision) is None


def test_a_claim_asked_with_essential_false_is_an_option_even_under_necessary_terms() -> None:
    assert pending([VOLUNTARY_CLAIM], SERVICE, None) == Pending(optional=(VOLUNTARY_CLAIM,))
    assert granted([VOLUNTARY_CLAIM], SERVICE, answer(VOLUNTARY_CLAIM)) == Granted()
    ticked = answer(VOLUNTARY_CLAIM, ticked=("claim:phone_number",))
    assert granted([VOLUNTARY_CLAIM], SERVICE, ticked) == Granted((), frozenset({"phone_number"}))


def test_a_single_claim_is_granted_without_its_scope() -> None:
    decision = answer(PHONE_CLAIM)
    assert decision.claims == {"phone_number"}
    assert granted([PHONE_CLAIM], SERVICE, decision) == Granted((), frozenset({"phone_number"}))
    assert granted([scope_item("phone", ["phone_number"])], SERVICE, decision) == Granted()


def test_a_task_of_the_agency_is_told_without_a_question() -> None:
    shown = pending([ADDRESS], SERVICE, None)
    assert shown == Pending(notices=(ADDRESS,))
    assert not shown.asks
    assert granted([ADDRESS], SERVICE, None) == Granted(("address",))
    assert pending([ADDRESS], SERVICE, answer(ADDRESS)) is None


def test_offline_access_is_asked_whatever_the_basis() -> None:
    shown = pending([OFFLINE], SERVICE, None)
    assert shown == Pending(necessary=(OFFLINE,))
    assert shown.asks
    assert granted([OFFLINE], SERVICE, None) == Granted()
    assert granted([OFFLINE], SERVICE, answer(OFFLINE)) == Granted(("offline_access",))


def test_openid_alone_needs_no_question() -> None:
    assert pending([OPENID], SERVICE, None) is None
    assert granted([OPENID], SERVICE, None) == Granted(("openid",))


def test_prompt_consent_always_shows_the_page() -> None:
    assert pending([OPENID], SERVICE, answer(OPENID), prompt_consent=True) == Pending()
    again = pending([PROFILE, EMAIL], SERVICE, answer(PROFILE, EMAIL), prompt_consent=True)
    assert again == Pending(necessary=(PROFILE,), optional=(EMAIL,))


def test_a_scope_without_terms_is_neither_shown_nor_granted() -> None:
    unknown = scope_item("hoso:read", [])
    assert pending([unknown], SERVICE, None) is None
    assert granted([unknown], SERVICE, answer(unknown)) == Granted()


@pytest.mark.parametrize(
    "changed",
    [
        replace(SERVICE, agency_id="so-tai-chinh"),
        replace(SERVICE, scopes={**SERVICE.scopes, "profile": replace(terms(), purpose={"vi": "Việc khác"})}),
        replace(SERVICE, scopes={**SERVICE.scopes, "profile": replace(terms(), legal_reference={"vi": "Luật khác"})}),
        replace(SERVICE, scopes={**SERVICE.scopes, "profile": terms(Basis.TASK)}),
    ],
)
def test_changed_terms_ask_or_tell_again(changed: ServiceTerms) -> None:
    decision = answer(PROFILE)
    assert pending([PROFILE], changed, decision) is not None


def test_a_changed_claim_set_asks_again() -> None:
    wider = scope_item("profile", ["name", "birthdate", "gender"])
    again = pending([wider, EMAIL], SERVICE, answer(PROFILE))
    assert again == Pending(necessary=(wider,), optional=(EMAIL,), changed=True)
    assert granted([wider], SERVICE, answer(PROFILE)) == Granted()


def test_what_is_asked_for_the_first_time_is_no_change() -> None:
    first = pending([PROFILE, EMAIL, ADDRESS], SERVICE, None)
    assert first is not None
    assert not first.changed
    assert first.shown == (PROFILE, EMAIL, ADDRESS)


def test_the_wording_of_a_page_names_exactly_what_it_told_and_asked() -> None:
    wider = scope_item("profile", ["name", "birthdate", "gender"])
    pages = (
        Pending(necessary=(PROFILE,)),
        Pending(necessary=(wider,)),
        Pending(optional=(PROFILE,)),
        Pending(notices=(PROFILE,)),
        Pending(necessary=(PROFILE,), optional=(EMAIL,)),
    )
    assert len({wording(page, SERVICE) for page in pages}) == len(pages)
    assert wording(pages[0], SERVICE) != wording(pages[0], replace(SERVICE, agency_id="so-tai-chinh"))
    assert wording(pages[0], SERVICE) == wording(Pending(necessary=(PROFILE,)), SERVICE)


def test_an_answer_keeps_earlier_answers_to_other_items() -> None:
    first = answer(EMAIL, PHONE_CLAIM, ticked=("email",))
    second = answer(PROFILE, before=first)
    assert granted([PROFILE, EMAIL, PHONE_CLAIM], SERVICE, second) == Granted(
        ("profile", "email"), frozenset({"phone_number"})
    )
    third = answer(EMAIL, before=second)
    assert granted([EMAIL], SERVICE, third) == Granted()


ITEMS = (OPENID, PROFILE, EMAIL, OFFLINE, ADDRESS, PHONE_CLAIM, VOLUNTARY_CLAIM, scope_item("hoso:read", []))
items_lists = st.lists(st.sampled_from(ITEMS), unique_by=lambda item: item.key, max_size=7)
boxes = st.lists(st.sampled_from([*(item.key for item in ITEMS), "claim:religion", "profile ", ""]), max_size=4)


@given(items_lists, items_lists, boxes)
def test_nothing_is_granted_that_was_not_asked_told_and_allowed(
    asked: list[Item], later: list[Item], ticked: list[str]
) -> None:
    decision = answer(*asked, ticked=tuple(ticked))
    told = {item.key for item in asked if item.scope in SERVICE.scopes}
    got = granted(later, SERVICE, decision)
    keys = {*got.scopes, *(f"claim:{claim}" for claim in got.claims)}
    assert keys <= told | {"openid", "address"}
    assert keys <= {item.key for item in later}
    optional = {item.key for item in asked if item.voluntary or item.key == "email"}
    assert not (keys & optional) - set(ticked)


@given(items_lists, boxes)
def test_after_an_answer_nothing_is_left_to_ask(asked: list[Item], ticked: list[str]) -> None:
    assert pending(asked, SERVICE, answer(*asked, ticked=tuple(ticked))) is None


@given(items_lists)
def test_without_an_answer_only_what_the_law_orders_is_released(asked: list[Item]) -> None:
    assert set(granted(asked, SERVICE, None).scopes) <= {"openid", "address"}
    assert granted(asked, SERVICE, None).claims == frozenset()
