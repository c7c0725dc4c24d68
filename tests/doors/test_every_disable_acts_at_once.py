"""What was ended is ended on every path in the same moment: ZITADEL CVE-2024-46999, authentik CVE-2025-53942 and kin.

A row for each way to end something, a column for each way to go on; all columns are tried right after, nothing waits.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from idp.flows import people as people_flows
from idp.flows.compromise_key import compromise
from idp.identity.person import PersonState
from idp.kernel.secret import Secret
from idp.protocol.client import ClientState
from tests.doors.little_browser import Browser
from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, terms_of

SCOPE = "openid profile"


@dataclass(frozen=True)
class Visit:
    """A signed-in citizen at a service with tokens, and a code that was not redeemed yet."""

    house: PeopleHouse
    service: Service
    lai: Citizen
    browser: Browser
    tokens: dict[str, Any]
    code: Secret


async def visit(house: PeopleHouse, scope: str = SCOPE) -> Visit:
    service = await house.register(terms=terms_of(profile="consent", offline_access="consent"))
    lai, browser = await house.citizen(), house.browser()
    tokens = await house.tokens_of(browser, service, lai, scope=scope)
    code = Secret((await house.ask(browser, service, scope=scope)).answer["code"])
    return Visit(house, service, lai, browser, tokens, code)


async def end_session(at: Visit) -> None:
    page = await at.browser.get("/logout")
    await at.browser.submit(page, "logout", logout="yes")


async def change_state(at: Visit, state: PersonState) -> None:
    hall, now = at.house.hall, at.house.now
    assert await people_flows.set_state(hall, at.lai.person.id, state, actor="cli:test", reason="báo mất", now=now)


async def suspend(at: Visit) -> None:
    await change_state(at, PersonState.SUSPENDED)


async def suspend_the_row_alone(at: Visit) -> None:
    """As if another node, or a hand in the database, had done it: no session ended, no grant revoked."""
    async with at.house.hall.db.unaudited_tx() as tx:
        await tx.persons.set_state(at.lai.person.id, PersonState.SUSPENDED, at.house.now)


async def disable_client(at: Visit) -> None:
    async with at.house.hall.db.unaudited_tx() as tx:
        await tx.clients.set_state(at.service.client.client_id, ClientState.DISABLED, at.house.now)
    # The directory's second is over, as it is at any node that missed the announcement.
    at.house.pass_time(seconds=1)


async def withdraw_consent(at: Visit) -> None:
    page = await at.browser.get("/account/services")
    form = next(form for form in page.forms if "withdraw" in form.names)
    await at.browser.post(form.action, {**form.fields, **dict(form.buttons)}.items())


async def revoke_grant(at: Visit) -> None:
    answer = await at.house.post("/revoke", at.service, {"token": at.tokens["refresh_token"]})
    assert answer.status_code == 200


async def compromise_keys(at: Visit) -> None:
    hall = at.house.hall
    for kid in [key["kid"] for key in (await at.house.http.get("/jwks")).json()["keys"] if key["kty"] == "EC"]:
        assert await compromise(hall.db, hall.vault, hall.policies.rotation, kid, actor="cli:test", reason="lost")
    await hall.keys.reload(at.house.now)


async def code_redemption(at: Visit) -> bool:
    return (await at.house.redeem(at.service, at.code)).status_code == 200


async def refresh(at: Visit) -> bool:
    return (await at.house.refresh(at.service, at.tokens["refresh_token"])).status_code == 200


async def userinfo(at: Visit) -> bool:
    return (await at.house.userinfo(at.tokens["access_token"])).status_code == 200


async def introspection(at: Visit) -> bool:
    token = {"token": at.tokens["access_token"]}
    answer = await at.house.post("/introspect", at.service, token)
    return answer.status_code == 200 and bool(answer.json()["active"])


async def introspection_of_refresh(at: Visit) -> bool:
    answer = await at.house.post("/introspect", at.service, {"token": at.tokens["refresh_token"]})
    return answer.status_code == 200 and bool(answer.json()["active"])


async def silent_authorize(at: Visit) -> bool:
    return "code" in (await at.house.ask(at.browser, at.service, scope=SCOPE, prompt="none")).answer


async def silent_with_hint(at: Visit) -> bool:
    hint = {"scope": SCOPE, "prompt": "none", "id_token_hint": at.tokens["id_token"]}
    return "code" in (await at.house.ask(at.browser, at.service, **hint)).answer


Act = Callable[[Visit], Awaitable[Any]]
TOKENS: tuple[Act, ...] = (refresh, userinfo, introspection, introspection_of_refresh)
EVERYTHING: tuple[Act, ...] = (*TOKENS, silent_authorize, silent_with_hint, code_redemption)

# A revoked grant is one authorization: the person may give another. A compromised key ends what it signed.
ENDS: dict[Act, tuple[Act, ...]] = {
    end_session: EVERYTHING,
    suspend: EVERYTHING,
    suspend_the_row_alone: EVERYTHING,
    disable_client: EVERYTHING,
    withdraw_consent: EVERYTHING,
    revoke_grant: TOKENS,
    compromise_keys: (userinfo, introspection, silent_with_hint),
}


async def test_everything_works_while_nothing_is_ended(people: PeopleHouse) -> None:
    at = await visit(people)
    for column in (introspection_of_refresh, userinfo, introspection, silent_authorize, silent_with_hint, refresh):
        assert await column(at), column.__name__
    assert await code_redemption(at)


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
async def test_what_was_ended_is_refused_on_every_path(people: PeopleHouse, end: Act) -> None:
    at = await visit(people)
    await end(at)
    for column in ENDS[end]:
        assert not await column(at), column.__name__


@pytest.mark.parametrize("end", [suspend, suspend_the_row_alone, disable_client, withdraw_consent])
async def test_offline_access_is_no_way_around(people: PeopleHouse, end: Act) -> None:
    at = await visit(people, SCOPE + " offline_access")
    await end(at)
    for column in EVERYTHING:
        assert not await column(at), column.__name__


async def test_offline_access_outlives_a_sign_out_and_nothing_else_does(people: PeopleHouse) -> None:
    at = await visit(people, SCOPE + " offline_access")
    await end_session(at)
    assert not await silent_authorize(at)
    for column in (userinfo, introspection, introspection_of_refresh, refresh):
        assert await column(at), column.__name__


async def test_nothing_ended_comes_back_when_the_reason_is_lifted(town: PeopleHouse) -> None:
    at = await visit(town, SCOPE + " offline_access")
    await suspend(at)
    await change_state(at, PersonState.ACTIVE)
    for column in (*TOKENS, silent_authorize, code_redemption):
        assert not await column(at), column.__name__
    assert (await town.walk(at.browser, at.service, at.lai, scope=SCOPE)).answer["code"]
