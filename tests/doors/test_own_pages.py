"""A citizen's own pages: what they show to their owner, what they can end, and that nobody else can do it."""

import pytest

from idp.audit import kinds
from tests.doors.little_browser import Browser, Page
from tests.doors.people_house import Citizen, PeopleHouse, terms_of

PATHS = ("/account", "/account/sessions", "/account/services")


@pytest.fixture
async def lai(town: PeopleHouse) -> Citizen:
    return await town.citizen()


@pytest.fixture
async def rin(town: PeopleHouse) -> Citizen:
    return await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin", email="rin@thu.example.vn")


async def at_home(town: PeopleHouse, citizen: Citizen, path: str = "/account", browser: Browser | None = None) -> Page:
    browser = browser or town.browser()
    town.pass_time(seconds=1)
    page = await browser.get(path)
    return await town.sign_in(browser, page, citizen) if page.step == "login" else page


async def test_each_page_asks_for_a_sign_in_and_then_comes_back_to_itself(town: PeopleHouse, lai: Citizen) -> None:
    for path in PATHS:
        page = await at_home(town, lai, path)
        assert page.path == path
        assert page.status == 200
        assert page.response.headers["cache-control"] == "no-store"
        assert page.response.headers["cross-origin-opener-policy"] == "same-origin"


async def test_the_address_of_the_hub_leads_home(town: PeopleHouse, lai: Citizen) -> None:
    assert (await at_home(town, lai, "/")).path == "/account"


async def test_facts_are_shown_masked_and_only_to_their_owner(town: PeopleHouse, lai: Citizen, rin: Citizen) -> None:
    page = await at_home(town, lai)
    assert lai.name in page.text
    assert "12/03/1958" in page.text
    assert "+84905990137" not in page.response.text
    assert "0905990137" not in page.response.text
    other = await at_home(town, rin)
    assert lai.name not in other.text


async def test_own_pages_are_no_client_that_anybody_could_use(town: PeopleHouse) -> None:
    service = await town.register()
    page = await town.ask(town.browser(), service, client_id="own-pages", redirect_uri="/account")
    assert page.status == 400
    answer = await town.http.post("/token", data={"grant_type": "client_credentials", "client_id": "own-pages"})
    assert answer.status_code in (400, 401)


async def test_a_device_is_signed_out_from_afar(people: PeopleHouse) -> None:
    service, lai = await people.register(), await people.citizen()
    phone, desk = people.browser(), people.browser()
    tokens = await people.tokens_of(phone, service, lai)
    page = await at_home(people, lai, "/account/sessions", desk)
    assert page.text.count("Một cửa") == 1
    form = next(
        form
        for form in page.forms
        if ("session" in form.names and form.fields["csrf"]) and "everywhere" not in form.names
    )
    (form,) = (form for form in page.forms if "session" in form.fields)
    page = await desk.post(form.action, form.fields.items())
    assert page.path == "/account/sessions"
    assert (await people.ask(phone, service)).step == "login"
    assert (await people.userinfo(tokens["access_token"])).status_code == 401
    async with people.hall.db.read() as tx:
        assert await tx.outbox.depth() == 1
    assert (await desk.get("/account")).path == "/account", "this device stays"


async def test_this_very_session_is_ended_by_signing_out(town: PeopleHouse, lai: Citizen) -> None:
    page = await at_home(town, lai, "/account/sessions")
    assert all("session" not in form.fields for form in page.forms)
    assert page.leads_to("/logout")


async def test_somebody_elses_session_is_none_of_ones_business(town: PeopleHouse, lai: Citizen, rin: Citizen) -> None:
    """IDOR: the token is bound to session and act, and the flow looks whose session it is."""
    service, phone = await town.register(), town.browser()
    await town.walk(phone, service, lai)
    async with town.hall.db.read() as tx:
        (victims, _), *_ = await tx.sessions.of_person(lai.person.id, town.now)
    browser = town.browser()
    page = await at_home(town, rin, "/account/sessions", browser)
    for form in page.forms:
        for fields in ({**form.fields, "session": victims.id}, {"session": victims.id}):
            refused = await browser.post("/account/sessions", fields.items())
            assert refused.status == 403
    assert (await town.ask(phone, service)).answer["code"]


async def test_out_everywhere_leaves_nothing_signed_in(people: PeopleHouse) -> None:
    service, lai = await people.register(), await people.citizen()
    phone, desk = people.browser(), people.browser()
    await people.walk(phone, service, lai)
    page = await at_home(people, lai, "/account/sessions", desk)
    page = await desk.submit(page, "everywhere", everywhere="yes")
    assert "Đã đăng xuất" in page.text
    for browser in (phone, desk):
        assert (await people.ask(browser, service)).step == "login"
    async with people.hall.db.read() as tx:
        assert await tx.sessions.of_person(lai.person.id, people.now) == []


async def test_a_withdrawal_ends_offline_grants_too_and_asks_again_next_time(people: PeopleHouse) -> None:
    terms = terms_of(profile="consent", offline_access="consent")
    service, other = await people.register(terms=terms), await people.register(terms=terms)
    lai, browser, scope = await people.citizen(), people.browser(), "openid profile offline_access"
    tokens = await people.tokens_of(browser, service, lai, scope=scope)
    kept = await people.tokens_of(browser, other, lai, scope=scope)
    page = await browser.get("/account/services")
    form = next(form for form in page.forms if ("withdraw", service.client.client_id) in form.buttons)
    page = await browser.post(form.action, {**form.fields, **dict(form.buttons)}.items())
    assert page.path == "/account/services"
    assert all(("withdraw", service.client.client_id) not in form.buttons for form in page.forms)
    assert (await people.userinfo(tokens["access_token"])).status_code == 401
    assert (await people.refresh(service, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await people.refresh(other, kept["refresh_token"])).status_code == 200
    assert (await people.ask(browser, service, scope=scope, prompt="none")).answer["error"] == "consent_required"
    assert (await people.ask(browser, service, scope=scope)).step == "consent"
    assert len(await people.events(kinds.CONSENT_WITHDRAWN)) == 1


async def test_what_the_law_orders_can_not_be_withdrawn_by_a_crafted_form(town: PeopleHouse, lai: Citizen) -> None:
    ordered = await town.register(terms=terms_of(profile="task"))
    agreed = await town.register(terms=terms_of(profile="consent"))
    browser = town.browser()
    await town.walk(browser, ordered, lai, scope="openid profile")
    await town.walk(browser, agreed, lai, scope="openid profile")
    page = await browser.get("/account/services")
    (form,) = (form for form in page.forms if "withdraw" in form.names)
    assert dict(form.buttons) == {"withdraw": agreed.client.client_id}
    refused = await browser.post(form.action, {**form.fields, "withdraw": ordered.client.client_id}.items())
    assert refused.status == 403
    assert (await town.ask(browser, ordered, scope="openid profile", prompt="none")).answer["code"]


async def test_forms_from_other_sites_other_sessions_or_other_acts_are_refused(town: PeopleHouse, lai: Citizen) -> None:
    service = await town.register(terms=terms_of(profile="consent"))
    browser, second = town.browser(), town.browser()
    await town.walk(browser, service, lai, scope="openid profile")
    page, others = await browser.get("/account/services"), await at_home(town, lai, "/account/services", second)
    form = next(form for form in page.forms if "withdraw" in form.names)
    theirs = next(form for form in others.forms if "withdraw" in form.names)
    fields = {**form.fields, **dict(form.buttons)}
    sessions_form = (await browser.get("/account/sessions")).form("everywhere")
    for odd in (
        {**fields, "csrf": theirs.fields["csrf"]},
        {**fields, "csrf": sessions_form.fields["csrf"]},
        {**fields, "csrf": ""},
        {**fields, "withdraw": "another_service"},
    ):
        assert (await browser.post(form.action, odd.items())).status == 403
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert (await browser.post(form.action, fields.items(), headers)).status == 403
    remembered = browser.cookie("browser")
    crossed = await browser.post_from_elsewhere(form.action, fields.items())
    assert crossed.path == "/account/services", "without cookies it was nobody's form"
    assert browser.cookie("browser") == remembered, "nor did it take what binds open sign-ins to this browser"
    assert await town.events(kinds.CONSENT_WITHDRAWN) == []


async def test_a_form_sent_after_the_session_ended_asks_for_a_sign_in(town: PeopleHouse, lai: Citizen) -> None:
    browser = town.browser()
    page = await at_home(town, lai, "/account/sessions", browser)
    async with town.hall.db.unaudited_tx() as tx:
        await tx.sessions.end_all(lai.person.id, town.now)
    page = await browser.submit(page, "everywhere", everywhere="yes")
    assert page.step == "login"
    assert (await town.sign_in(browser, page, lai)).path == "/account/sessions"


async def test_idle_own_pages_forget_who_was_here(town: PeopleHouse, lai: Citizen) -> None:
    browser = town.browser()
    await at_home(town, lai, browser=browser)
    town.pass_time(minutes=59)
    assert (await browser.get("/account")).path == "/account"
    town.pass_time(minutes=61)
    page = await browser.get("/account")
    assert page.step == "login"
    assert lai.name not in page.text


async def test_a_lost_sign_in_to_the_own_pages_leads_home(town: PeopleHouse) -> None:
    browser = town.browser()
    page = await browser.get("/account")
    await town.lose_interaction(page)
    lost = await browser.get(page.url)
    assert lost.status == 410
    assert lost.leads_to("/account")


async def test_sessions_show_what_device_and_where(town: PeopleHouse, lai: Citizen) -> None:
    chrome = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
    browser = town.browser("203.0.113.9", {"user-agent": chrome + "<script>"})
    page = await at_home(town, lai, "/account/sessions", browser)
    assert "Chrome" in page.text
    assert "203.0.113.9" in page.text
    assert "<script>" not in page.response.text.replace("<script nonce", "")
