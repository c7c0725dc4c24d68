"""Signing out: on whose word, what it ends, where it leads, and what the services hear of it."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.crypto.signing_keys import Compromise, Retire
from tests.doors.little_browser import Browser, Page
from tests.doors.machine_house import Service
from tests.doors.people_house import SIGNED_OUT, Citizen, PeopleHouse, terms_of

DONE = "Đã đăng xuất"
Tokens = dict[str, Any]


@pytest.fixture
async def service(town: PeopleHouse) -> Service:
    return await town.register()


@pytest.fixture
async def lai(town: PeopleHouse) -> Citizen:
    return await town.citizen()


async def is_signed_in(town: PeopleHouse, browser: Browser, service: Service) -> bool:
    return "code" in (await town.ask(browser, service, prompt="none")).answer


def asks(page: Page) -> bool:
    return page.has_form("logout")


async def test_one_sign_out_ends_all(people: PeopleHouse) -> None:
    first, second = await people.register(), await people.register()
    lai, browser = await people.citizen(), people.browser()
    tokens = await people.tokens_of(browser, first, lai)
    others = await people.tokens_of(browser, second, lai)
    page = await browser.get(
        "/logout", id_token_hint=tokens["id_token"], post_logout_redirect_uri=SIGNED_OUT, state="s 1"
    )
    assert page.left_for is not None
    assert page.left_for.startswith(SIGNED_OUT + "?")
    assert page.answer == {"state": "s 1"}
    assert not await is_signed_in(people, browser, first)
    for one, service in ((tokens, first), (others, second)):
        assert (await people.userinfo(one["access_token"])).status_code == 401
        assert (await people.introspect(service, one["access_token"])) == {"active": False}
        assert (await people.refresh(service, one["refresh_token"])).json()["error"] == "invalid_grant"
    async with people.hall.db.read() as tx:
        assert await tx.outbox.depth() == 2
    assert browser.cookie("session") is None


async def test_without_a_hint_the_person_is_asked_and_may_stay(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    browser = town.browser()
    await town.walk(browser, service, lai)
    page = await browser.get("/logout")
    assert asks(page)
    assert lai.name in page.text
    assert "Một cửa" in page.text
    assert (await browser.get(page.link("/account"))).status == 200
    assert await is_signed_in(town, browser, service)
    page = await browser.submit(await browser.get("/logout"), "logout", logout="yes")
    assert DONE in page.text
    assert "Một cửa" in page.text
    assert not await is_signed_in(town, browser, service)


async def test_anybody_elses_link_signs_nobody_out(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    """CSRF: with no hint, another person's hint, another session's hint, or a mutated one, the person decides."""
    rin, victim = await town.citizen("rin@thu.example.vn"), town.browser()
    of_rin = (await town.tokens_of(town.browser(), service, rin))["id_token"]
    of_other_device = (await town.tokens_of(town.browser(), service, lai))["id_token"]
    await town.walk(victim, service, lai)
    for hint in ({}, {"id_token_hint": of_rin}, {"id_token_hint": of_other_device}):
        for page in (
            await victim.get(
                "/logout", post_logout_redirect_uri=SIGNED_OUT, client_id=service.client.client_id, **hint
            ),
            await victim.post_from_elsewhere("/logout", {"client_id": service.client.client_id, **hint}.items()),
        ):
            assert asks(page)
            assert await is_signed_in(town, victim, service)


async def test_the_form_of_the_question_cannot_be_forged(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    browser, other = town.browser(), town.browser()
    await town.walk(browser, service, lai)
    await town.walk(other, service, lai)
    page = await browser.get("/logout")
    form = page.form("logout")
    theirs = (await other.get("/logout")).form("logout").fields["transition"]
    for fields in (
        {"logout": "yes"},
        {"logout": "yes", "transition": theirs},
        {**form.fields, "logout": "no"},
        form.fields,
    ):
        answered = await browser.post(form.action, fields.items())
        assert asks(answered)
        assert await is_signed_in(town, browser, service)
    crossed = await browser.post_from_elsewhere(form.action, {**form.fields, "logout": "yes"}.items())
    assert DONE in crossed.text, "without cookies there is nobody to sign out"
    assert await is_signed_in(town, browser, service), "and no cookie to delete"


async def test_the_question_can_wait_be_reloaded_and_be_read_in_english(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    browser = town.browser()
    await town.walk(browser, service, lai)
    parameters = {"client_id": service.client.client_id, "post_logout_redirect_uri": SIGNED_OUT, "state": "trạng thái"}
    page = await browser.post_from_elsewhere("/logout", parameters.items())
    town.pass_time(minutes=20)
    page = await browser.get(page.url)
    page = await browser.get(page.language_link)
    assert asks(page)
    assert page.response.headers["content-language"] == "en"
    page = await browser.submit(page, "logout", logout="yes")
    assert page.left_for is not None
    assert page.answer == {"state": "trạng thái"}


async def test_the_last_page_can_be_reloaded_and_read_in_english(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    browser = town.browser()
    await town.walk(browser, service, lai)
    page = await browser.get("/logout")
    done = await browser.submit(page, "logout", logout="yes")
    assert DONE in done.text
    english = await browser.get(done.language_link)
    assert english.status == 200
    assert english.response.headers["content-language"] == "en"
    again = await browser.submit(page, "logout", logout="yes")
    assert again.status == 200
    assert not asks(again)


async def test_an_expired_hint_and_one_by_a_retired_key_still_prove_the_session(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    browser = town.browser()
    hint = (await town.tokens_of(browser, service, lai))["id_token"]
    town.pass_time(minutes=50)
    async with town.hall.db.unaudited_tx() as tx:
        for key in await tx.keys.all():
            if key.alg == "ES256":
                await tx.keys.apply(Retire(key.kid, town.now))
    await town.hall.keys.reload(town.now)
    page = await browser.get("/logout", id_token_hint=hint)
    assert not asks(page)
    assert DONE in page.text


async def test_a_hint_by_a_compromised_key_proves_nothing(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    browser = town.browser()
    hint = (await town.tokens_of(browser, service, lai))["id_token"]
    async with town.hall.db.unaudited_tx() as tx:
        for key in await tx.keys.all():
            if key.alg == "ES256":
                await tx.keys.apply(Compromise(key.kid, town.now))
    await town.hall.keys.reload(town.now)
    page = await browser.get("/logout", id_token_hint=hint)
    assert page.status == 400
    assert not page.is_answer


async def test_there_is_no_open_redirect(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    other, browser = await town.register(post_logout_redirect_uris=("https://khac.example.vn/",)), town.browser()
    hint = (await town.tokens_of(browser, service, lai))["id_token"]
    targets = [
        *("https://evil.example/", "//evil.example", "javascript:alert(1)", SIGNED_OUT + "/", SIGNED_OUT + "?x=1"),
        *(SIGNED_OUT.upper(), "https://motcua.example.vn@evil.example/da-dang-xuat", "https://khac.example.vn/"),
        *("https:/\\evil.example", SIGNED_OUT + "\r\nx: y", SIGNED_OUT + "#a", "/\\evil.example"),
    ]
    for target in targets:
        for who in ({"id_token_hint": hint}, {"client_id": service.client.client_id}):
            for page in (
                await browser.get("/logout", post_logout_redirect_uri=target, **who),
                await browser.post_from_elsewhere("/logout", {"post_logout_redirect_uri": target, **who}.items()),
            ):
                assert page.status == 400, target
                assert page.left_for is None
    page = await browser.get("/logout", post_logout_redirect_uri=SIGNED_OUT)
    assert page.status == 400, "nobody registered it, as far as we were told"
    page = await browser.get("/logout", client_id=other.client.client_id, id_token_hint=hint)
    assert page.status == 400, "the hint was given to somebody else"
    assert await is_signed_in(town, browser, service)


async def test_a_kept_request_is_sealed_and_proven_again(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    browser = town.browser()
    await town.walk(browser, service, lai)
    parameters = {"client_id": service.client.client_id, "post_logout_redirect_uri": SIGNED_OUT}
    page = await browser.post_from_elsewhere("/logout", parameters.items())
    kept = parse_qs(urlsplit(page.url).query)["request"][0]
    assert "example" not in kept
    for odd in (kept[:-2], kept[:-1] + ("A" if kept[-1] != "A" else "B"), "x", "á", "A" * 3000):
        assert (await browser.get("/logout", request=odd)).status == 400
    await town.change(service, replace(service.client, post_logout_redirect_uris=()))
    assert (await browser.get(page.url)).status == 400


async def test_who_is_not_signed_in_is_not_asked(town: PeopleHouse, service: Service) -> None:
    page = await town.browser().get("/logout")
    assert DONE in page.text
    parameters = {"client_id": service.client.client_id, "post_logout_redirect_uri": SIGNED_OUT, "state": "x"}
    page = await town.browser().get("/logout", **parameters)
    assert page.answer == {"state": "x"}


async def test_signing_out_after_an_idle_hour_still_reaches_every_service(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    """The hub's page has forgotten the person; the services that were reached from it have not."""
    browser = town.browser()
    tokens = await town.tokens_of(browser, service, lai)
    town.pass_time(hours=3)
    assert (await town.refresh(service, tokens["refresh_token"])).status_code == 200
    page = await browser.get("/logout")
    assert asks(page)
    assert lai.name not in page.text, "whoever sits there now is not told who it was"
    page = await browser.get("/logout", id_token_hint=tokens["id_token"])
    assert DONE in page.text
    async with town.hall.db.read() as tx:
        assert await tx.outbox.depth() == 1
    assert (await town.userinfo(tokens["access_token"])).status_code == 401


async def test_offline_access_outlives_the_sign_out(town: PeopleHouse, lai: Citizen) -> None:
    service, browser = await town.register(terms=terms_of(offline_access="consent")), town.browser()
    tokens = await town.tokens_of(browser, service, lai, scope="openid offline_access")
    await browser.get("/logout", id_token_hint=tokens["id_token"])
    assert not await is_signed_in(town, browser, service)
    assert (await town.refresh(service, tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize("parameter", ["id_token_hint", "post_logout_redirect_uri", "client_id", "state"])
async def test_a_repeated_parameter_is_refused(town: PeopleHouse, service: Service, parameter: str) -> None:
    pairs = [("client_id", service.client.client_id), (parameter, "a"), (parameter, "b")]
    page = await town.browser().post_from_elsewhere("/logout", pairs)
    assert page.status == 400
    assert "Yêu cầu không hợp lệ" in page.text
