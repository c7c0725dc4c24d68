"""The sign-in page as a citizen meets it, and as somebody meets it who is not the citizen."""

import re

import pytest
from passlib.hash import bcrypt

from idp.audit import kinds
from idp.authn.login_policy import LoginPolicy
from idp.identity.person import PersonState
from tests.doors.little_browser import Page
from tests.doors.machine_house import Service
from tests.doors.people_house import PASSWORD, Citizen, PeopleHouse

WRONG = "không đúng"


@pytest.fixture
async def service(town: PeopleHouse) -> Service:
    return await town.register()


async def try_to_sign_in(town: PeopleHouse, service: Service, login: str, password: str) -> Page:
    browser = town.browser()
    page = await town.ask(browser, service)
    return await browser.submit(page, "username", username=login, password=password)


async def test_every_way_to_write_a_name_is_the_same_person(town: PeopleHouse, service: Service) -> None:
    await town.citizen("051158990137", more_logins=("0905990137", "lai.pham@thu.example.vn", "QN7H3KP9WX"))
    spellings = [
        *("051158990137", "051 158 990 137", " 051158990137 ", "051.158.990.137"),
        *("0905990137", "+84 905 990 137", "0905 990 137", "84905990137"),
        *("lai.pham@thu.example.vn", "Lai.Pham@THU.example.vn "),
        *("QN7H3KP9WX", "qn7h 3kp9 wx", "QN7H-3KP9-WX"),
    ]
    for spelled in spellings:
        page = await try_to_sign_in(town, service, spelled, PASSWORD)
        assert page.answer.get("code"), spelled


async def test_a_wrong_password_keeps_the_name_as_it_was_typed_and_never_the_password(
    town: PeopleHouse, service: Service
) -> None:
    await town.citizen()
    page = await try_to_sign_in(town, service, " Lai.Pham@thu.example.vn", "mật khẩu sai <b>")
    assert page.status == 200
    assert WRONG in page.text
    assert page.form("username").fields["username"] == " Lai.Pham@thu.example.vn"
    assert "sai &lt;b" not in page.response.text
    assert page.form("username").fields.get("password", "") == ""


def without_what_was_typed(page: Page, *typed: str) -> str:
    text = page.response.text
    challenges = re.findall(r"challenge&#34;:&#34;([^&]+)", text)
    for word in (*typed, *challenges, *(form.fields["transition"] for form in page.forms)):
        text = text.replace(word, "…")
    address = page.url.split("/i/")[1][:26]
    nonces = [script["nonce"] for script in page.scripts if "nonce" in script]
    for word in (address, *nonces):
        text = text.replace(word, "…")
    return text


async def test_unknown_suspended_closed_and_passwordless_accounts_all_get_the_one_answer(
    town: PeopleHouse, service: Service
) -> None:
    await town.citizen("rin@thu.example.vn")
    await town.citizen("dat@thu.example.vn", state=PersonState.SUSPENDED)
    await town.citizen("nhan@thu.example.vn", state=PersonState.CLOSED)
    await town.citizen("blum@thu.example.vn", stored_hash="not a hash that we know")
    answers = {}
    for login, password in (
        ("nobody@thu.example.vn", PASSWORD),
        ("rin@thu.example.vn", "wrong"),
        ("dat@thu.example.vn", PASSWORD),
        ("nhan@thu.example.vn", PASSWORD),
        ("blum@thu.example.vn", PASSWORD),
    ):
        page = await try_to_sign_in(town, service, login, password)
        assert page.status == 200
        answers[login] = without_what_was_typed(page, login)
    assert len(set(answers.values())) == 1


async def test_unknown_accounts_cost_the_same_work(town: PeopleHouse, service: Service) -> None:
    """Beside the hash, each failure is one write: an event in the history, whoever's it is."""
    rin = await town.citizen("rin@thu.example.vn")
    await try_to_sign_in(town, service, "nobody@thu.example.vn", PASSWORD)
    await try_to_sign_in(town, service, "rin@thu.example.vn", "wrong")
    failed = await town.events(kinds.SIGN_IN_FAILED)
    assert [event.person_id for event in failed] == [rin.person.id, None]
    assert "nobody" not in repr(failed)


@pytest.mark.parametrize(
    ("username", "password", "field"),
    [("", PASSWORD, "username"), ("  ", PASSWORD, "username"), ("a@b.vn", "", "password")],
)
async def test_what_is_missing_is_asked_for_and_not_counted(
    town: PeopleHouse, service: Service, username: str, password: str, field: str
) -> None:
    page = await try_to_sign_in(town, service, username, password)
    assert f'id="{field}-error"' in page.response.text
    assert await town.events(kinds.SIGN_IN_FAILED) == []


async def test_a_hash_from_an_older_system_is_replaced_at_the_first_sign_in(
    town: PeopleHouse, service: Service
) -> None:
    lai = await town.citizen(stored_hash=bcrypt.using(rounds=4).hash(PASSWORD))
    assert (await try_to_sign_in(town, service, lai.login, "wrong")).status == 200
    assert (await try_to_sign_in(town, service, lai.login, PASSWORD)).answer["code"]
    async with town.hall.db.read() as tx:
        stored = [one.secret for one in await tx.authenticators.of_person(lai.person.id)]
    assert stored[0].startswith(b"$argon2id$")
    assert (await try_to_sign_in(town, service, lai.login, PASSWORD)).answer["code"]


async def test_a_suspension_acts_on_the_open_sign_in_page(town: PeopleHouse, service: Service) -> None:
    lai, browser = await town.citizen(), town.browser()
    page = await town.ask(browser, service)
    async with town.hall.db.unaudited_tx() as tx:
        await tx.persons.set_state(lai.person.id, PersonState.SUSPENDED, town.now)
    page = await town.sign_in(browser, page, lai)
    assert page.step == "login"
    assert WRONG in page.text


async def test_the_cookie_changes_with_every_proof_and_the_old_one_is_worth_nothing(
    town: PeopleHouse, service: Service
) -> None:
    lai, browser = await town.citizen(totp=True), town.browser()
    await town.walk(browser, service, lai)
    first = browser.cookie("session")
    page = await town.ask(browser, service, acr_values=f"{town.origin}/loa/substantial")
    await town.step_up(browser, page, lai)
    second = browser.cookie("session")
    town.pass_time(seconds=30)
    page = await town.sign_in(browser, await town.ask(browser, service, prompt="login"), lai)
    third = browser.cookie("session")
    assert len({first, second, third, None}) == 4
    for stale in (first, second):
        thief = town.browser()
        thief.plant("__Host-cuachung_session", stale or "")
        assert (await town.ask(thief, service)).step == "login"


async def test_a_planted_session_cookie_is_never_taken_over(town: PeopleHouse, service: Service) -> None:
    """Session fixation: what the browser brought is not what it leaves with."""
    browser = town.browser()
    browser.plant("__Host-cuachung_session", "chosen-by-the-attacker")
    page = await town.sign_in(browser, await town.ask(browser, service), await town.citizen())
    assert page.answer["code"]
    thief = town.browser()
    thief.plant("__Host-cuachung_session", "chosen-by-the-attacker")
    assert (await town.ask(thief, service)).step == "login"


async def test_the_language_link_stays_on_the_page_even_after_an_error(town: PeopleHouse, service: Service) -> None:
    lai, browser = await town.citizen(), town.browser()
    page = await town.ask(browser, service)
    page = await browser.submit(page, "username", username=lai.login, password="wrong")
    page = await browser.get(page.language_link)
    assert page.step == "login"
    assert page.response.headers["content-language"] == "en"
    page = await town.sign_in(browser, page, lai)
    assert page.answer["code"]
    assert (await town.ask(browser, service, prompt="login")).response.headers["content-language"] == "en"


async def test_somebody_else_signs_in_here_and_the_first_is_signed_out(town: PeopleHouse, service: Service) -> None:
    lai, rin, browser = await town.citizen(), await town.citizen("rin@thu.example.vn"), town.browser()
    tokens = await town.tokens_of(browser, service, lai)
    page = await town.ask(browser, service, prompt="select_account")
    page = await town.sign_in(browser, page, rin)
    assert page.answer["code"]
    assert (await town.userinfo(tokens["access_token"])).status_code == 401
    async with town.hall.db.read() as tx:
        assert await tx.sessions.of_person(lai.person.id, town.now) == []
        assert await tx.outbox.depth() == 1


async def test_a_sign_in_after_an_idle_hour_goes_on_with_the_same_session(town: PeopleHouse, service: Service) -> None:
    """So that one sign-out still reaches the services of the morning."""
    lai, browser, second = await town.citizen(), town.browser(), await town.register()
    morning = await town.tokens_of(browser, service, lai)
    town.pass_time(hours=2)
    assert (await town.ask(browser, second)).step == "login"
    await town.walk(browser, second, lai)
    async with town.hall.db.read() as tx:
        assert len(await tx.sessions.of_person(lai.person.id, town.now)) == 1
    page = await browser.get("/logout")
    await browser.submit(page, "logout", logout="yes")
    assert (await town.userinfo(morning["access_token"])).status_code == 401


@pytest.mark.parametrize("policy", list(LoginPolicy))
async def test_a_service_for_vneid_alone_never_shows_our_own_form(town: PeopleHouse, policy: LoginPolicy) -> None:
    service = await town.register(login_policy=policy)
    page = await town.ask(town.browser(), service)
    if policy is LoginPolicy.VNEID_ONLY:
        assert page.answer["error"] == "temporarily_unavailable"
    else:
        assert page.step == "login"


async def test_the_service_is_named_and_its_policies_are_linked(town: PeopleHouse) -> None:
    service = await town.register(
        policy_uri="https://motcua.example.vn/chinh-sach",
        tos_uri="https://motcua.example.vn/dieu-khoan",
        logo_uri="https://motcua.example.vn/logo.svg",
    )
    page = await town.ask(town.browser(), service)
    assert "Một cửa" in page.text
    assert "Sở Nội vụ" in page.text
    assert page.leads_to("/chinh-sach")
    assert page.leads_to("/dieu-khoan")
    assert "img-src 'self' https://motcua.example.vn" in page.response.headers["content-security-policy"]


async def test_names_of_services_and_people_are_text_wherever_they_stand(town: PeopleHouse) -> None:
    evil = "<script>alert(1)</script>\"'"
    service = await town.register(client_name={"vi": evil})
    lai: Citizen = await town.citizen(name=evil)
    browser = town.browser()
    pages = [await town.ask(browser, service, scope="openid", prompt="consent", login_hint=evil)]
    pages.append(await town.sign_in(browser, pages[0], lai))
    pages.append(await browser.get("/account"))
    for page in pages:
        assert page.status == 200
        assert "<script>alert" not in page.response.text
