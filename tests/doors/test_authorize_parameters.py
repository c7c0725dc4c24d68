"""What each parameter of an authorization request does for whoever has a session, and for whoever has none."""

import orjson
import pytest

from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, error_of, terms_of


@pytest.fixture
async def service(town: PeopleHouse) -> Service:
    terms = terms_of(profile="consent", email="consent", phone="consent", address="consent", offline_access="consent")
    return await town.register(terms=terms)


@pytest.fixture
async def lai(town: PeopleHouse) -> Citizen:
    return await town.citizen(totp=True)


async def test_prompt_shows_its_page_to_whoever_is_signed_in(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    browser = town.browser()
    await town.walk(browser, service, lai, scope="openid profile")
    steps = {"login": "login", "select_account": "login", "consent": "consent", "login consent": "login"}
    for prompt, step in steps.items():
        town.pass_time(minutes=1)
        page = await town.ask(browser, service, scope="openid profile", prompt=prompt)
        assert page.step == step
        if page.step == "login":
            page = await town.sign_in(browser, page, lai)
        if "consent" in prompt:
            page = await town.allow(browser, page)
        assert page.answer["code"]


async def test_max_age_asks_once_and_never_loops(town: PeopleHouse, service: Service, lai: Citizen) -> None:
    browser = town.browser()
    await town.walk(browser, service, lai)
    for max_age in ("0", "59"):
        town.pass_time(minutes=1)
        page = await town.ask(browser, service, max_age=max_age)
        assert page.step == "login"
        town.pass_time(minutes=5)
        page = await town.sign_in(browser, page, lai)
        assert page.answer["code"]
    assert (await town.ask(browser, service, max_age="60")).answer["code"]


async def test_default_max_age_of_the_registration_counts_where_the_request_is_silent(
    town: PeopleHouse, lai: Citizen
) -> None:
    strict, browser = await town.register(default_max_age=60), town.browser()
    await town.walk(browser, strict, lai)
    town.pass_time(minutes=2)
    assert (await town.ask(browser, strict)).step == "login"
    assert (await town.ask(browser, strict, max_age="3600")).answer["code"]


async def test_a_login_hint_is_typed_already_unless_it_is_an_identity_number(
    town: PeopleHouse, service: Service
) -> None:
    page = await town.ask(town.browser(), service, login_hint="lai.pham@thu.example.vn")
    assert page.form("username").fields["username"] == "lai.pham@thu.example.vn"
    for number in ("051158990137", "051 158 990 137", "051-158-990-137"):
        page = await town.ask(town.browser(), service, login_hint=number)
        assert page.form("username").fields["username"] == ""
        page = await town.browser().post_from_elsewhere("/authorize", town.request(service, login_hint=number).items())
        assert page.form("username").fields["username"] == ""


async def test_a_hint_of_the_right_person_passes_and_of_another_is_refused(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    rin = await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin")
    of_lai = (await town.tokens_of(town.browser(), service, lai))["id_token"]
    browser = town.browser()
    of_rin = (await town.tokens_of(browser, service, rin))["id_token"]
    town.pass_time(minutes=30)
    assert (await town.ask(browser, service, id_token_hint=of_rin, prompt="none")).answer["code"]
    silent = await town.ask(browser, service, id_token_hint=of_lai, prompt="none")
    assert error_of(silent, town) == "login_required"
    page = await town.ask(browser, service, id_token_hint=of_lai)
    assert page.step == "login"
    town.pass_time(seconds=20)
    assert error_of(await town.sign_in(browser, page, rin), town) == "login_required"
    town.pass_time(seconds=20)
    page = await town.ask(browser, service, id_token_hint=of_lai)
    assert (await town.sign_in(browser, page, lai)).answer["code"]


async def test_a_hint_that_was_given_to_another_client_or_is_an_access_token_is_no_hint(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    other = await town.register()
    tokens = await town.tokens_of(town.browser(), other, lai)
    for hint in (tokens["id_token"], tokens["access_token"], tokens["id_token"][:-4] + "AAAA"):
        assert error_of(await town.ask(town.browser(), service, id_token_hint=hint), town) == "invalid_request"


async def test_pages_speak_the_language_that_the_service_asks_for(town: PeopleHouse, service: Service) -> None:
    spoken = {"en": "en", "fr en-GB vi": "en", "vi-VN en": "vi", "fr": "vi", "x" * 900: "vi"}
    for ui_locales, lang in spoken.items():
        page = await town.ask(town.browser(), service, ui_locales=ui_locales)
        assert page.response.headers["content-language"] == lang


async def test_every_display_gets_the_page_that_fits_all(town: PeopleHouse, service: Service) -> None:
    for display in ("page", "popup", "touch", "wap", "hologram"):
        assert (await town.ask(town.browser(), service, display=display)).step == "login"


async def test_acr_values_pursue_the_first_that_the_person_can_reach(
    town: PeopleHouse, service: Service, lai: Citizen
) -> None:
    rin = await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin")
    low, substantial, high = (f"{town.origin}/loa/{word}" for word in ("low", "substantial", "high"))
    browser = town.browser()
    page = await town.sign_in(browser, await town.ask(browser, service, acr_values=f"{high} {substantial}"), lai)
    assert page.step == "otp"
    assert (await town.step_up(browser, page, lai)).answer["code"]
    for values, outcome in ((f"{substantial} {low}", "code"), (f"urn:unknown {low}", "code"), (substantial, "error")):
        page = await town.walk(town.browser(), service, rin, acr_values=values)
        assert outcome in page.answer, page.answer
    assert error_of(page, town) == "unmet_authentication_requirements"


async def test_an_acr_claim_whose_values_are_out_of_reach_is_unmet(town: PeopleHouse, service: Service) -> None:
    rin = await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin")
    substantial = f"{town.origin}/loa/substantial"
    for essential in (True, False):
        wish = {"id_token": {"acr": {"essential": essential, "values": [substantial]}}}
        page = await town.walk(town.browser(), service, rin, claims=orjson.dumps(wish).decode())
        assert error_of(page, town) == "unmet_authentication_requirements"
    any_acr = {"id_token": {"acr": {"essential": True}}}
    assert (await town.walk(town.browser(), service, rin, claims=orjson.dumps(any_acr).decode())).answer["code"]
