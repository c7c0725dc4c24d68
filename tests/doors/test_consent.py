"""What a citizen agrees to, refuses and is told; and what a service then gets, and doesn't."""

from dataclasses import replace
from typing import Any

import orjson

from idp.audit import kinds
from idp.storage.agencies import Agency
from tests.doors.machine_house import Service
from tests.doors.people_house import PeopleHouse, terms_of

ALL = "openid profile email phone"


def claims(**userinfo: Any) -> str:
    return orjson.dumps({"userinfo": userinfo}).decode()


async def released(people: PeopleHouse, service: Service, page_answer: Any) -> dict[str, Any]:
    tokens = await people.exchanged(service, page_answer)
    told: dict[str, Any] = (await people.userinfo(tokens["access_token"])).json()
    return told


async def test_the_necessary_is_released_by_allow_and_the_optional_only_when_ticked(people: PeopleHouse) -> None:
    service = await people.register(terms=terms_of(profile="consent", email="optional", phone="optional"))
    lai, browser = await people.citizen(), people.browser()
    page = await people.sign_in(browser, await people.ask(browser, service, scope=ALL), lai)
    form = page.form("decision")
    assert {value for _, value in form.boxes} == {"email", "phone"}
    assert form.buttons == (("decision", "allow"), ("decision", "deny"))
    for word in ("Phạm Thị Lài", "Điền sẵn tờ khai", "Điều 9 Luật mẫu", "Sở Nội vụ", "Một cửa"):
        assert word in page.text
    told = await released(people, service, await people.allow(browser, page, "email", "profile", "address", "../x"))
    assert {"name", "email"} <= set(told)
    assert not {"phone_number", "address"} & set(told)


async def test_what_was_agreed_is_not_asked_again_and_what_was_refused_is_not_slipped_in(people: PeopleHouse) -> None:
    service = await people.register(terms=terms_of(profile="consent", email="optional", phone="optional"))
    lai, browser = await people.citizen(), people.browser()
    page = await people.sign_in(browser, await people.ask(browser, service, scope="openid profile email"), lai)
    await people.allow(browser, page, "email")
    told = await released(people, service, await people.ask(browser, service, scope="openid profile email"))
    assert "email" in told
    page = await people.ask(browser, service, scope=ALL)
    assert {value for _, value in page.form("decision").boxes} == {"phone"}, "only what is new is asked"
    told = await released(people, service, await people.allow(browser, page))
    assert "email" in told, "the earlier yes stands"
    assert "phone_number" not in told
    told = await released(people, service, await people.ask(browser, service, scope=ALL))
    assert "phone_number" not in told


async def test_prompt_consent_asks_everything_anew_and_yes_can_become_no(town: PeopleHouse) -> None:
    service = await town.register(terms=terms_of(profile="consent", email="optional"))
    lai, browser = await town.citizen(), town.browser()
    page = await town.sign_in(browser, await town.ask(browser, service, scope="openid profile email"), lai)
    await town.allow(browser, page, "email")
    page = await town.ask(browser, service, scope="openid profile email", prompt="consent")
    assert {value for _, value in page.form("decision").boxes} == {"email"}
    assert "thay đổi" not in page.text, "nothing has changed since"
    told = await released(town, service, await town.allow(browser, page))
    assert "email" not in told


async def test_prompt_consent_shows_its_page_even_where_nothing_is_left_to_ask(town: PeopleHouse) -> None:
    service = await town.register()
    lai, browser = await town.citizen(), town.browser()
    page = await town.sign_in(browser, await town.ask(browser, service, prompt="consent"), lai)
    assert page.step == "consent"
    assert (await town.allow(browser, page)).answer["code"]


async def test_no_means_no_and_the_service_is_told(town: PeopleHouse) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    lai, browser = await town.citizen(), town.browser()
    page = await town.sign_in(browser, await town.ask(browser, service, scope="openid profile"), lai)
    refused = await town.deny(browser, page)
    assert refused.answer["error"] == "access_denied"
    assert refused.answer["state"] == "trạng thái 1"
    assert [event.person_id for event in await town.events(kinds.CONSENT_REFUSED)] == [lai.person.id]
    assert await town.events(kinds.CONSENT_GIVEN) == []
    again = await town.allow(browser, page)
    assert again.status == 410, "Back, and Allow after all: this interaction is over"
    assert (await town.ask(browser, service, scope="openid profile")).step == "consent"


async def test_a_task_of_the_agency_is_told_once_and_not_asked(people: PeopleHouse) -> None:
    service = await people.register(terms=terms_of(profile="task"))
    lai, browser = await people.citizen(), people.browser()
    silent = await people.sign_in(browser, await people.ask(browser, service), lai)
    assert silent.answer["code"], "nothing to tell for openid alone"
    page = await people.ask(browser, service, scope="openid profile", prompt="none")
    assert page.answer["error"] == "interaction_required"
    page = await people.ask(browser, service, scope="openid profile")
    assert page.step == "consent"
    assert page.form("decision").boxes == ()
    told = await released(people, service, await people.allow(browser, page))
    assert told["name"] == "Phạm Thị Lài"
    assert (await people.ask(browser, service, scope="openid profile", prompt="none")).answer["code"]


async def test_changed_terms_ask_again_and_say_so(town: PeopleHouse) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    lai, browser = await town.citizen(), town.browser()
    await town.walk(browser, service, lai, scope="openid profile")
    moved = Agency("H48.02", {"vi": "Sở Tư pháp"})
    for terms, agency in (
        (terms_of(profile="consent", purpose="Gửi quảng cáo"), None),
        (terms_of(profile="task"), None),
        (terms_of(moved.id, profile="consent"), moved),
    ):
        other = replace(service.client, sector=agency.id) if agency else None
        await town.change(service, other, terms=terms, agency=agency)
        assert "error" in (await town.ask(browser, service, scope="openid profile", prompt="none")).answer
        page = await town.ask(browser, service, scope="openid profile")
        assert page.step == "consent"
        assert "thay đổi" in page.text
        assert (await town.allow(browser, page)).answer["code"]


async def test_terms_that_change_while_the_page_is_open_are_shown_before_they_count(town: PeopleHouse) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    lai, browser = await town.citizen(), town.browser()
    page = await town.sign_in(browser, await town.ask(browser, service, scope="openid profile"), lai)
    await town.change(service, terms=terms_of(profile="consent", purpose="Gửi quảng cáo"))
    page = await town.allow(browser, page)
    assert page.step == "consent"
    assert "Gửi quảng cáo" in page.text
    assert await town.events(kinds.CONSENT_GIVEN) == []
    assert (await town.allow(browser, page)).answer["code"]


async def test_nobody_agrees_in_anothers_name(town: PeopleHouse) -> None:
    """Two tabs: the page shows Lài's data, but Rin has signed in meanwhile."""
    service = await town.register(terms=terms_of(profile="consent"))
    lai, rin = await town.citizen(), await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin")
    browser = town.browser()
    page = await town.sign_in(browser, await town.ask(browser, service, scope="openid profile"), lai)
    await town.sign_in(browser, await town.ask(browser, service, prompt="select_account"), rin)
    page = await town.allow(browser, page)
    assert page.step == "consent"
    assert "Đinh Văn Rin" in page.text
    assert await town.events(kinds.CONSENT_GIVEN) == []


async def test_a_button_that_does_not_exist_decides_nothing(town: PeopleHouse) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    lai, browser = await town.citizen(), town.browser()
    page = await town.sign_in(browser, await town.ask(browser, service, scope="openid profile"), lai)
    for odd in ({"decision": "ALLOW"}, {"decision": ""}, {"decision": "allow", "transition": "x" * 43}):
        page = await browser.submit(page, "decision", **odd)
        assert page.step == "consent"
    assert await town.events(kinds.CONSENT_GIVEN) == []


async def test_single_claims_are_asked_by_name_and_those_said_to_be_voluntary_are_boxes(people: PeopleHouse) -> None:
    service = await people.register(terms=terms_of(profile="consent", email="consent", phone="consent"))
    lai, browser = await people.citizen(), people.browser()
    wanted = claims(email={"essential": True}, phone_number={"essential": False}, iban=None)
    page = await people.ask(browser, service, claims=wanted)
    page = await people.sign_in(browser, page, lai)
    assert [value for _, value in page.form("decision").boxes] == ["claim:phone_number"]
    told = await released(people, service, await people.allow(browser, page))
    assert told["email"] == "lai.pham@thu.example.vn"
    assert "phone_number" not in told
    page = await people.ask(browser, service, claims=wanted, prompt="consent")
    told = await released(people, service, await people.allow(browser, page, "claim:phone_number"))
    assert told["phone_number"] == "+84905990137"
    assert "name" not in told


async def test_a_claim_of_a_scope_that_was_never_registered_is_not_released(town: PeopleHouse) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    page = await town.walk(town.browser(), service, await town.citizen(), claims=claims(email={"essential": True}))
    assert set(await released(town, service, page)) == {"sub"}


async def test_a_scope_without_terms_is_never_granted(town: PeopleHouse) -> None:
    service = await town.register(scopes=frozenset({"openid", "profile", "email"}), terms=terms_of(profile="task"))
    told = await released(town, service, await town.walk(town.browser(), service, await town.citizen(), scope=ALL[:20]))
    assert "email" not in told
    assert "name" in told


async def test_offline_access_is_always_asked_and_can_be_left_out_where_it_is_optional(town: PeopleHouse) -> None:
    for basis, boxes, granted in (
        ("task", (), True),
        ("consent", (), True),
        ("optional", (), False),
        ("optional", ("offline_access",), True),
    ):
        service, browser = await town.register(terms=terms_of(offline_access=basis)), town.browser()
        login = f"{service.client.client_id[:8]}@thu.example.vn"
        page = await town.ask(browser, service, scope="openid offline_access")
        page = await town.sign_in(browser, page, await town.citizen(login))
        assert page.step == "consent"
        tokens = await town.exchanged(service, await town.allow(browser, page, *boxes))
        assert ("offline_access" in tokens["scope"]) is granted, basis


async def test_each_purpose_that_is_asked_for_stands_on_the_page(town: PeopleHouse) -> None:
    for basis in ("consent", "optional", "task"):
        first, other = terms_of(profile="consent"), terms_of(email=basis, purpose="Báo kết quả qua thư điện tử")
        service = await town.register(terms=replace(first, scopes={**first.scopes, **other.scopes}))
        browser = town.browser()
        page = await town.ask(browser, service, scope="openid profile email")
        page = await town.sign_in(browser, page, await town.citizen(f"{basis}@thu.example.vn"))
        assert "Điền sẵn tờ khai" in page.text
        assert "Báo kết quả qua thư điện tử" in page.text


async def test_a_page_of_consent_speaks_english_too(town: PeopleHouse) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    browser = town.browser()
    page = await town.sign_in(browser, await town.ask(browser, service, scope="openid profile"), await town.citizen())
    page = await browser.get(page.language_link)
    assert page.step == "consent"
    assert "Filling in the form" in page.text
    assert (await town.allow(browser, page)).answer["code"]


async def test_not_me_on_the_consent_page_changes_the_person(town: PeopleHouse) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    lai, rin = await town.citizen(), await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin")
    browser = town.browser()
    page = await town.sign_in(browser, await town.ask(browser, service, scope="openid profile"), lai)
    town.pass_time(seconds=5)
    page = await browser.get(page.link("/switch"))
    page = await town.sign_in(browser, page, rin)
    assert "Đinh Văn Rin" in page.text
    told = await released(town, service, await town.allow(browser, page))
    assert told["name"] == "Đinh Văn Rin"


async def test_claims_locales_gives_localized_claims_beside_the_plain_ones(town: PeopleHouse) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    localized: dict[str, Any] = {"name#en": "Lai Pham", "name#km": "ផាំ"}
    lai = await town.citizen(**localized)
    page = await town.walk(town.browser(), service, lai, scope="openid profile", claims_locales="en fr")
    told = await released(town, service, page)
    assert told["name#en"] == "Lai Pham"
    assert told["name"] == "Phạm Thị Lài"
    assert "name#km" not in told
