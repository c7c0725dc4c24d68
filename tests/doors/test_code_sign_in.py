"""Signing in by a code: sent by SMS or e-mail, or printed on a card; for everybody the same page, whoever they are."""

from collections.abc import AsyncIterator

import pytest

from idp.audit import kinds
from idp.kernel.level import Level
from tests.doors.code_house import EMAIL, PHONE, PIN, CodeHouse, claims_of, open_code_house
from tests.doors.own_authenticators import LIST, enrolled, go, make_codes
from tests.doors.people_house import PeopleHouse
from tests.stand.inbox import Inbox


@pytest.fixture
async def codes(stores: tuple[str, str | None], inbox: Inbox) -> AsyncIterator[CodeHouse]:
    async with open_code_house(*stores, inbox) as opened:
        yield opened


@pytest.fixture
async def town(sqlite_url: str, inbox: Inbox) -> AsyncIterator[CodeHouse]:
    async with open_code_house(sqlite_url, None, inbox) as opened:
        yield opened


def substantial(house: PeopleHouse) -> str:
    return f"{house.origin}/loa/substantial"


async def test_a_phone_is_switched_on_by_a_code_and_then_signs_in_without_a_password(codes: CodeHouse) -> None:
    house, nga = codes.house, await codes.nga()
    assert (await codes.switch_on(house.browser(), nga)).url.endswith("?done=added")
    service, browser = await house.register(), house.browser()
    house.pass_time(seconds=61)
    page = await codes.ask_by(browser, await house.ask(browser, service), nga.login, "sms")
    assert page.step == "sms-code"
    assert "090" not in page.text, "nobody learns a part of a number by a name"
    page = await codes.type_code(browser, page)
    told = await house.exchanged(service, page)
    claims = claims_of(told["id_token"])
    assert (claims["acr"], claims["amr"]) == (f"{house.origin}/loa/low", ["sms"])
    # It is worth no more: what asks for substantial goes on to the password, which adds nothing here.
    page = await house.ask(browser, service, acr_values=substantial(house))
    assert page.answer["error"] == "unmet_authentication_requirements"
    kept = next(one for one in await enrolled(house, nga) if one.kind == "sms_code")
    assert kept.level_cap is Level.LOW
    assert kept.last_used_at is not None


async def test_an_e_mail_address_signs_in_too_and_its_code_is_typed_once(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    await town.switch_on(house.browser(), nga, "email")
    service, browser = await house.register(), house.browser()
    house.pass_time(seconds=61)
    page = await town.ask_by(browser, await house.ask(browser, service), nga.login, "email")
    wrong = await browser.submit(page, "otp", otp="000000" if await town.code(EMAIL) != "000000" else "000001")
    assert "Mã không đúng" in wrong.text
    used = await town.code(EMAIL)
    assert (await browser.submit(wrong, "otp", otp=used)).answer["code"]
    other = house.browser()
    again = await town.ask_by(other, await house.ask(other, service), nga.login, "email")
    assert (await other.submit(again, "otp", otp=used)).step == "email-code", "a code counts where it was asked for"


async def test_every_name_gets_the_same_page_and_the_same_answers(town: CodeHouse) -> None:
    """Somebody who gets codes, somebody who does not, and nobody."""
    house, nga = town.house, await town.nga()
    await town.switch_on(house.browser(), nga)
    await house.citizen("051180990137")
    service = await house.register()
    house.pass_time(seconds=61)
    seen = []
    for login in (nga.login, "051180990137", "051999999999", "không phải tên"):
        browser = house.browser()
        page = await town.ask_by(browser, await house.ask(browser, service), login, "sms")
        wrong = await browser.submit(page, "otp", otp="12 34 56")
        again = await browser.submit(wrong, "act", act="send")
        assert "sau" in again.text, "not yet another one"
        seen.append((page.text, wrong.text, again.step, page.status, wrong.status))
    assert len({(text, wrong, step, one, two) for text, wrong, step, one, two in seen}) == 1
    await town.deliver()
    sent = [message for message in town.inbox.messages(PHONE) if "OTP" in message["text"]]
    assert len(sent) == 2, "one to switch it on, one to sign in"
    failed = await house.events(kinds.SIGN_IN_FAILED)
    assert {event.person_id for event in failed} >= {None, nga.person.id}
    cards = []
    for login in (nga.login, "051999999999"):
        browser = house.browser()
        page = await town.ask_by(browser, await house.ask(browser, service), login, "card")
        first = town.asked(page)
        page = await browser.submit(page, "card_code", card_code="12345678")
        assert town.asked(page) == first, "a guess does not change the question"
        cards.append((page.step, page.text.replace(f"số {first} ", "")))
    assert len(set(cards)) == 1


async def test_nobody_learns_by_a_wait_that_two_names_are_one_person(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga(more_logins=(EMAIL, PHONE))
    await town.switch_on(house.browser(), nga)
    service, browser = await house.register(), house.browser()
    page = await house.ask(browser, service)
    for login in (nga.login, EMAIL, PHONE):
        house.pass_time(seconds=1)
        sent = await town.ask_by(browser, page, login, "sms")
        assert "đã được gửi" in sent.text
        page = await browser.get(sent.link("/login"))
    again = await town.ask_by(browser, page, PHONE, "sms")
    assert "sau" in again.text
    assert (await town.type_code(browser, again)).is_answer, "the newest code is for the name that was typed last"


async def test_a_card_and_its_pin_are_two_factors_and_a_card_alone_is_one(codes: CodeHouse) -> None:
    house, nga = codes.house, await codes.nga()
    card, service = await codes.card(nga), await house.register()
    browser = house.browser()
    page = await house.ask(browser, service, acr_values=substantial(house))
    page = await browser.submit(page, "username", username=card.number[:6] + " " + card.number[6:], password="111111")
    assert page.step == "login", "a wrong PIN is a wrong password"
    page = await browser.submit(page, "username", username=card.number, password=PIN)
    assert page.step == "code-card"
    first = codes.asked(page)
    told = await house.exchanged(service, await codes.by_card(browser, page, card))
    claims = claims_of(told["id_token"])
    assert (claims["acr"], claims["amr"]) == (substantial(house), ["otp", "pin", "mfa"])
    alone = house.browser()
    page = await codes.ask_by(alone, await house.ask(alone, service), card.number, "card")
    assert codes.asked(page) != first or len(card.codes) == 1
    told = await house.exchanged(service, await codes.by_card(alone, page, card))
    assert claims_of(told["id_token"])["acr"] == f"{house.origin}/loa/low"
    # More is asked: the card again, with the PIN beside it.
    page = await house.ask(alone, service, acr_values=substantial(house))
    assert page.step == "code-card"
    assert page.has_form("pin")
    page = await codes.by_card(alone, page, card, pin="000000")
    assert "Mã không đúng" in page.text
    assert (await codes.by_card(alone, page, card, pin=PIN)).answer["code"]
    (kept,) = [one for one in await enrolled(house, nga) if one.kind == "code_card"]
    assert kept.last_step == 3
    assert not any(code.reveal().encode() in kept.secret for code in card.codes)
    assert len(await house.events(kinds.CODE_CARD_ISSUED)) == 1


async def test_a_used_code_of_a_card_and_an_old_card_are_worth_nothing(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    old, service = await town.card(nga), await house.register()
    browser = house.browser()
    page = await town.ask_by(browser, await house.ask(browser, service), old.number, "card")
    used = old.codes[town.asked(page) - 1]
    await town.by_card(browser, page, old)
    other = house.browser()
    page = await town.ask_by(other, await house.ask(other, service), old.number, "card")
    assert (await other.submit(page, "card_code", card_code=used.reveal())).step == "code-card"
    new = await town.card(nga)
    page = await town.ask_by(other, await house.ask(other, service), old.number, "card")
    assert (await town.by_card(other, page, old)).step == "code-card"
    page = await town.ask_by(other, await house.ask(other, service), new.number, "card")
    assert (await town.by_card(other, page, new)).answer["code"]


async def test_only_a_service_whose_policy_says_so_takes_a_code_by_sms_for_more(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    async with house.hall.db.unaudited_tx() as tx:
        # Switched on at a counter, with an officer looking on.
        digest = tx.contacts.digest("sms", PHONE)
        await tx.authenticators.add(
            nga.person.id, "sms_code", PHONE.encode(), house.now, level_cap=Level.SUBSTANTIAL, credential=digest
        )
    lenient = await house.register(accepts_restricted_factors=True, sector="H48.02")
    strict, browser = await house.register(), house.browser()
    page = await house.sign_in(browser, await house.ask(browser, lenient, acr_values=substantial(house)), nga)
    assert page.step == "sms-code"
    assert "090•••••04" in page.text, "one's own number, to oneself"
    page = await browser.submit(page, "act", act="send")
    told = await house.exchanged(lenient, await town.type_code(browser, page))
    claims = claims_of(told["id_token"])
    assert (claims["acr"], claims["amr"]) == (substantial(house), ["pwd", "sms", "mfa"])
    page = await house.ask(browser, strict, acr_values=substantial(house))
    assert page.answer["error"] == "unmet_authentication_requirements"
    told = await house.exchanged(strict, await house.ask(browser, strict))
    assert claims_of(told["id_token"])["acr"] == f"{house.origin}/loa/low"


async def test_guesses_count_for_the_person_under_every_name_and_by_every_factor(town: CodeHouse) -> None:
    """Authelia CVE-2025-24806: no way in gives fresh guesses at another."""
    house, nga = town.house, await town.nga("051177771104", more_logins=(EMAIL, PHONE))
    await town.card(nga)
    service = await house.register()
    for n in range(26):
        browser = house.browser(f"198.51.100.{n}")
        login = ("051177771104", EMAIL, "0905 771 104")[n % 3]
        page = await house.ask(browser, service)
        if n in (1, 3, 5):
            page = await browser.submit(page, "username", username=login, password="guess")
        else:
            page = await town.ask_by(browser, page, login, "card")
            page = await browser.submit(page, "card_code", card_code="12345678")
        assert page.status == 200
    # A place that did not fail before is heard a few times; then the account's counter holds it up.
    seen = []
    browser = house.browser("203.0.113.200")
    for _ in range(4):
        page = await town.ask_by(browser, await house.ask(browser, service), nga.login, "card")
        seen.append((await browser.submit(page, "card_code", card_code="12345678")).status)
    assert seen == [200, 200, 200, 429]


async def test_an_attack_from_everywhere_holds_up_nobody_in_their_own_browser(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    await town.switch_on(house.browser(), nga)
    service, home = await house.register(), house.browser("192.0.2.9")
    house.pass_time(seconds=61)
    page = await town.ask_by(home, await house.ask(home, service), nga.login, "sms")
    assert (await town.type_code(home, page)).is_answer
    house.pass_time(seconds=61)
    for n in range(30):
        stranger = house.browser(f"198.51.100.{n}")
        page = await town.ask_by(stranger, await house.ask(stranger, service), nga.login, ("card", "sms")[n % 2])
        field = "otp" if page.has_form("otp") else "card_code"
        if page.has_form(field):
            await stranger.submit(page, field, **{field: "00000000"[: 6 if field == "otp" else 8]})
    # Strangers have used up the minute's and the hour's messages; this browser has its own.
    page = await town.ask_by(home, await house.ask(home, service, prompt="login"), nga.login, "sms")
    assert "đã được gửi" in page.text
    assert (await town.type_code(home, page)).is_answer


async def test_a_card_that_is_used_up_opens_nothing_and_says_nothing(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    card, browser = await town.card(nga), house.browser()
    (kept,) = [one for one in await enrolled(house, nga) if one.kind == "code_card"]
    async with house.hall.db.unaudited_tx() as tx:
        await tx.authenticators.replace_secret(kept.id, nga.person.id, b"{}")
    page = await town.ask_by(browser, await house.ask(browser, await house.register()), card.number, "card")
    assert (await town.by_card(browser, page, card)).step == "code-card"


@pytest.mark.parametrize("way", ["", "fax", "sms\x01", "card" * 200])
async def test_odd_ways_lead_nowhere(town: CodeHouse, way: str) -> None:
    house = town.house
    browser = house.browser()
    page = await browser.get((await house.ask(browser, await house.register())).link("/by-code"))
    page = await browser.post(page.url, {**page.form("way").fields, "username": "x", "way": way}.items())
    assert page.step == "by-code"
    # And no page of a code opens before somebody was named.
    for step in ("sms-code", "email-code", "code-card"):
        assert (await browser.get(page.path.replace("by-code", step))).step == "login"


async def test_one_number_signs_in_one_person(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    await town.switch_on(house.browser(), nga)
    son = await town.nga("051201771104", name="Triệu Văn Rin", email="rin@trieu.example")
    house.pass_time(seconds=61)
    page = await town.switch_on(house.browser(), son)
    assert "một người khác" in page.text
    assert [one.kind for one in await enrolled(house, son)] == ["password"]


async def test_a_contact_that_nobody_proved_is_proven_by_switching_it_on(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga(phone_number_verified=False)
    await town.switch_on(house.browser(), nga)
    async with house.hall.db.read() as tx:
        person = await tx.persons.get(nga.person.id)
    assert person is not None
    assert person.facts["phone_number_verified"].value is True
    assert person.facts["phone_number_verified"].source == "confirmed"
    assert len(await house.events(kinds.CONTACT_PROVEN)) == 1


async def test_a_code_by_sms_guards_changes_where_there_is_no_better_guard(town: CodeHouse) -> None:
    house, nga = town.house, await town.nga()
    await town.switch_on(house.browser(), nga)
    house.pass_time(seconds=61)
    thief = house.browser()
    page = await go(house, thief, f"{LIST}/password", nga)
    assert page.step == "sms-code"
    page = await thief.submit(page, "act", act="send")
    assert (await town.type_code(thief, page)).path == f"{LIST}/password"
    assert await make_codes(house, thief, nga)
