"""Passkeys over HTTP: signing in without a name, one more step, and every answer that must not count."""

import json
from dataclasses import replace

import pytest

from idp.audit import kinds
from idp.crypto.base64url import decode, encode
from idp.kernel.level import Level
from tests.doors.machine_house import Service
from tests.doors.own_authenticators import LIST, add_passkey, enrolled, go, options, sign_in_by, soft_passkey
from tests.doors.people_house import Citizen, PeopleHouse
from tests.doors.soft_passkey import SoftPasskey


@pytest.fixture
async def service(town: PeopleHouse) -> Service:
    return await town.register()


@pytest.fixture
async def lai(town: PeopleHouse) -> Citizen:
    return await town.citizen(totp=True)


@pytest.fixture
async def passkey(town: PeopleHouse, lai: Citizen) -> SoftPasskey:
    made = soft_passkey(town)
    page = await add_passkey(town, town.browser(), lai, made)
    assert page.url.endswith("?done=added")
    return made


async def test_a_passkey_signs_in_without_a_name_and_is_worth_substantial(people: PeopleHouse) -> None:
    lai, made, service = await people.citizen(totp=True), soft_passkey(people), await people.register()
    await add_passkey(people, people.browser(), lai, made, "Máy ở nhà")
    browser = people.browser()
    page = await people.ask(browser, service, acr_values=f"{people.origin}/loa/substantial")
    page = await sign_in_by(browser, page, made)
    tokens = await people.exchanged(service, page)
    told = await people.introspect(service, tokens["access_token"])
    assert told["acr"] == f"{people.origin}/loa/substantial"
    assert told["amr"] == ["pop", "mfa"]
    used = next(one for one in await enrolled(people, lai) if one.kind == "passkey")
    assert used.label == "Máy ở nhà"
    assert used.last_used_at == people.now
    assert [event.changed["method"] for event in await people.events(kinds.SIGN_IN)][:1] == ["passkey"]


async def test_without_a_script_the_sign_in_page_is_one_form_with_one_button(
    town: PeopleHouse, service: Service
) -> None:
    page = await town.ask(town.browser(), service)
    text = page.response.text
    assert text.count('type="submit"') == 1
    assert 'autocomplete="username webauthn"' in text
    assert 'data-passkey="get"' in text
    assert " hidden>" in text
    assert json.loads(options(page))["allowCredentials"] == []
    assert json.loads(options(page))["userVerification"] == "required"


async def test_the_handle_is_random_and_one_for_all_passkeys_of_a_person(
    town: PeopleHouse, lai: Citizen, passkey: SoftPasskey
) -> None:
    other = soft_passkey(town)
    browser = town.browser()
    page = await go(town, browser, f"{LIST}/passkey", lai)
    asked = json.loads(options(page))
    assert [one["id"] for one in asked["excludeCredentials"]] == [encode(passkey.credential_id)]
    assert asked["attestation"] == "none"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    await browser.submit(page, "credential", credential=other.create(options(page)))
    assert other.handle == passkey.handle
    assert len(other.handle) == 32
    assert lai.person.id.encode() not in other.handle


async def test_one_more_step_may_be_a_passkey_or_a_code(
    town: PeopleHouse, service: Service, lai: Citizen, passkey: SoftPasskey
) -> None:
    browser = town.browser()
    await town.walk(browser, service, lai)
    page = await town.ask(browser, service, acr_values=f"{town.origin}/loa/substantial")
    assert {page.step} <= {"otp", "passkey"}
    other = "passkey" if page.step == "otp" else "otp"
    page = await browser.get(page.link(f"/{other}"))
    page = page if page.step == "passkey" else await browser.get(page.link("/passkey"))
    assert lai.name in page.text
    assert page.leads_to("/otp")
    assert not page.leads_to("/recovery-code"), "a code on paper replaces what was lost, and serves nothing else"
    assert (await sign_in_by(browser, page, passkey)).answer["code"]
    assert "passkey" in [event.changed["method"] for event in await town.events(kinds.STEP_UP)]


async def test_somebody_elses_passkey_is_no_step_up(
    town: PeopleHouse, service: Service, lai: Citizen, passkey: SoftPasskey
) -> None:
    rin, other, browser = await town.citizen("rin@thu.example.vn", totp=True), soft_passkey(town), town.browser()
    await add_passkey(town, town.browser(), rin, other)
    await town.walk(browser, service, lai)
    page = await town.ask(browser, service, acr_values=f"{town.origin}/loa/substantial")
    page = await browser.get(page.path.rpartition("/")[0] + "/passkey")
    page = await sign_in_by(browser, page, other)
    assert not page.is_answer
    assert page.step == "passkey"


async def test_phr_is_reached_by_a_passkey_alone(
    town: PeopleHouse, service: Service, lai: Citizen, passkey: SoftPasskey
) -> None:
    browser = town.browser()
    await town.walk(browser, service, lai)
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["phr"]}}})
    page = await town.ask(browser, service, claims=claims)
    assert page.step == "passkey"
    assert not page.leads_to("/otp")
    tokens = await town.exchanged(service, await sign_in_by(browser, page, passkey))
    payload = json.loads(decode(tokens["id_token"].split(".")[1]))
    assert payload["acr"] == "phr"
    discovered = (await town.http.get("/.well-known/openid-configuration")).json()
    assert "phr" in discovered["acr_values_supported"]
    assert "phrh" not in discovered["acr_values_supported"]


async def test_phr_is_out_of_reach_without_a_passkey(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    page = await town.walk(town.browser(), service, lai, acr_values="phr")
    assert page.answer["error"] == "unmet_authentication_requirements"


async def test_an_answer_counts_once_in_its_interaction_and_its_browser(
    town: PeopleHouse, service: Service, passkey: SoftPasskey
) -> None:
    browser, thief = town.browser(), town.browser()
    page = await town.ask(browser, service)
    answer = passkey.get(options(page))
    theirs = await town.ask(thief, service)
    refused = await thief.submit(theirs, "credential", credential=answer)
    assert refused.step == "login"
    form = page.form("credential")
    assert (await thief.post(form.action, {**form.fields, "credential": answer}.items())).status == 403
    assert (await browser.submit(page, "credential", credential=answer)).is_answer
    again = await browser.post(form.action, {**form.fields, "credential": answer}.items())
    assert not again.is_answer
    later = await town.ask(browser, service, prompt="login")
    assert (await browser.submit(later, "credential", credential=answer)).step == "login"


@pytest.mark.parametrize("fault", ["unverified", "origin", "rp", "key", "handle", "unknown", "garbage", "empty"])
async def test_what_is_not_whole_does_not_sign_in(
    town: PeopleHouse, service: Service, lai: Citizen, passkey: SoftPasskey, fault: str
) -> None:
    other = soft_passkey(town)
    faults = {
        "unverified": replace(passkey, verifies=False),
        "origin": replace(passkey, origin="https://id.example.vn.example"),
        "rp": replace(passkey, rp_id="example.vn"),
        "key": replace(passkey, key=other.key),
        "handle": replace(passkey, handle=b"x" * 32),
        "unknown": replace(passkey, credential_id=other.credential_id),
    }
    browser = town.browser()
    page = await town.ask(browser, service)
    answer = (
        {"garbage": "[" * 5000, "empty": ""}.get(fault) if fault not in faults else faults[fault].get(options(page))
    )
    page = await browser.submit(page, "credential", credential=answer or "")
    assert page.step == "login"
    assert page.status == 200
    assert "chưa được chấp nhận" in page.text
    page = await browser.get("/account")
    assert page.step == "login"


async def test_a_counter_that_does_not_grow_is_refused_and_recorded(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    original = soft_passkey(town, counts=True)
    await add_passkey(town, town.browser(), lai, original)
    copy = replace(original)
    browser, thief = town.browser(), town.browser()
    assert (await sign_in_by(browser, await town.ask(browser, service), original)).is_answer
    page = await sign_in_by(thief, await town.ask(thief, service), copy)
    assert page.step == "login"
    (suspect,) = await town.events(kinds.PASSKEY_SUSPECT)
    assert suspect.person_id == lai.person.id
    assert (await town.ask(thief, service)).step == "login"


async def test_a_suspended_person_is_not_let_in_by_a_passkey(
    town: PeopleHouse, service: Service, lai: Citizen, passkey: SoftPasskey
) -> None:
    from idp.identity.person import PersonState

    async with town.hall.db.unaudited_tx() as tx:
        await tx.persons.set_state(lai.person.id, PersonState.SUSPENDED, town.now)
    browser = town.browser()
    assert (await sign_in_by(browser, await town.ask(browser, service), passkey)).step == "login"


async def test_a_credential_belongs_to_one_person(town: PeopleHouse, lai: Citizen, passkey: SoftPasskey) -> None:
    rin = await town.citizen("rin@thu.example.vn")
    page = await add_passkey(town, town.browser(), rin, passkey)
    assert "chưa được nhận" in page.text
    assert [one.kind for one in await enrolled(town, rin)] == ["password"]


async def test_half_an_hour_away_leaves_a_low_session_and_asks_the_passkey_again(
    town: PeopleHouse, service: Service, passkey: SoftPasskey
) -> None:
    browser = town.browser()
    assert (await sign_in_by(browser, await town.ask(browser, service), passkey)).is_answer
    town.pass_time(minutes=31)
    page = await town.ask(browser, service)
    told = await town.introspect(service, (await town.exchanged(service, page))["access_token"])
    assert told["acr"] == f"{town.origin}/loa/{Level.LOW.word}"
    page = await town.ask(browser, service, acr_values=f"{town.origin}/loa/substantial")
    assert page.step in ("passkey", "otp")
