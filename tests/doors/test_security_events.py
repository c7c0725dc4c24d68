"""Security event tokens: what services are told of accounts, pushed with retries or kept until they fetch it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from joserfc import jwt
from joserfc.jwk import KeySet
from starlette.applications import Starlette

from cua_chung import security_event as reading
from idp.flows import people as administration
from idp.flows import security_events
from idp.flows.courier import Courier, wait_after
from idp.flows.security_events import credential_change, level_change
from idp.identity.person import PersonState
from idp.kernel.errors import InvalidRequest
from idp.kernel.level import Level
from idp.oidc import security_events as door
from idp.protocol.security_event import Delivery, EventType, SecurityEvent, poll_request
from idp.storage.database import Tx
from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, open_people_house, terms_of
from tests.outgoing.conftest import Answer, Site, listening, saying
from tests.protocol.build import json_values

POLL = "/security-events/poll"
AT_ONCE = {"returnImmediately": True}


@pytest.fixture
async def town(stores: tuple[str, str | None]) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(*stores, sandbox=True) as house:
        yield house


@pytest.fixture
async def hamlet(sqlite_url: str) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url, sandbox=True) as house:
        yield house


async def polling(house: PeopleHouse, **metadata: Any) -> Service:
    told = {"backchannel_logout_uri": None, "security_events_delivery": Delivery.POLL, **metadata}
    return await house.register(terms=terms_of(profile="consent"), **told)


async def pushed_to(house: PeopleHouse, site: Site, **metadata: Any) -> Service:
    where = {"security_events_delivery": Delivery.PUSH, "security_events_uri": site.url("/security-events")}
    return await polling(house, **where, **metadata)


async def visited(house: PeopleHouse, *services: Service) -> tuple[Citizen, list[str]]:
    """A citizen who agreed with each of them, and the `sub` by which each knows them."""
    lai, browser = await house.citizen(), house.browser()
    subs = []
    for service in services:
        tokens = await house.tokens_of(browser, service, lai, scope="openid profile")
        subs.append((await verified(house, tokens["id_token"]))["sub"])
    return lai, subs


async def verified(house: PeopleHouse, token: str, typ: str = "JWT") -> dict[str, Any]:
    keys = KeySet.import_key_set((await house.http.get("/jwks")).json())
    read = jwt.decode(token, keys, algorithms=["ES256"])
    assert read.header["typ"] == typ
    claims: dict[str, Any] = read.claims
    return claims


async def poll(house: PeopleHouse, service: Service, **asked: Any) -> dict[str, Any]:
    answer = await house.http.post(POLL, json={**AT_ONCE, **asked}, auth=service.basic)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


async def suspend(house: PeopleHouse, citizen: Citizen, state: PersonState = PersonState.SUSPENDED) -> None:
    await administration.set_state(
        house.hall, citizen.person.id, state, actor="administrator", reason="thẻ mất", now=house.now
    )


async def send(house: PeopleHouse) -> int:
    courier = Courier(house.hall)
    taken = await courier.send_due(house.now)
    await courier.settle()
    return taken


def events_of(told: list[dict[str, Any]]) -> set[str]:
    return {one for claims in told for one in claims["events"]}


async def test_a_suspended_account_is_told_to_every_service_under_its_own_name(town: PeopleHouse) -> None:
    here, elsewhere = await polling(town), await polling(town, sector="khac")
    stranger, silent = await polling(town), await polling(town, security_events_delivery=None)
    lai, [known_as, other_name, _] = await visited(town, here, elsewhere, silent)
    await suspend(town, lai)
    sets = (await poll(town, here))["sets"]
    told = [await verified(town, token, "secevent+jwt") for token in sets.values()]
    assert events_of(told) == {EventType.SESSION_REVOKED, EventType.ACCOUNT_DISABLED}
    [disabled] = [claims for claims in told if EventType.ACCOUNT_DISABLED in claims["events"]]
    assert disabled["sub_id"] == {"format": "iss_sub", "iss": town.origin, "sub": known_as}
    assert disabled["aud"] == here.client.client_id
    assert disabled["events"][EventType.ACCOUNT_DISABLED] == {"event_timestamp": int(town.now.timestamp())}
    # OpenID Shared Signals 1.0 §4.1: so that it passes for no other kind of token.
    assert not {"exp", "sub", "nonce"} & disabled.keys()
    assert set(sets) == {claims["jti"] for claims in told}
    other = (await poll(town, elsewhere))["sets"].values()
    assert {(await verified(town, one, "secevent+jwt"))["sub_id"].get("sub") for one in other} == {other_name, None}
    assert other_name != known_as
    assert (await poll(town, stranger))["sets"] == {}
    refused = await town.http.post(POLL, json=AT_ONCE, auth=silent.basic)
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")


async def test_what_is_acknowledged_does_not_come_again_and_what_is_refused_neither(town: PeopleHouse) -> None:
    service, other = await polling(town), await polling(town)
    lai, _ = await visited(town, service, other)
    await suspend(town, lai)
    first = await poll(town, service, maxEvents=1)
    assert (len(first["sets"]), first["moreAvailable"]) == (1, True)
    # Until it is acknowledged it comes again, and nobody else can acknowledge it.
    assert (await poll(town, other, maxEvents=0, ack=[*first["sets"]]))["sets"] == {}
    assert (await poll(town, service, maxEvents=1))["sets"].keys() == first["sets"].keys()
    second = await poll(town, service, ack=[*first["sets"], "unknown"])
    assert not second["sets"].keys() & first["sets"].keys()
    assert (len(second["sets"]), second["moreAvailable"]) == (1, False)
    errors = {jti: {"err": "invalid_key", "description": "?"} for jti in second["sets"]}
    assert await poll(town, service, setErrs=errors) == {"sets": {}, "moreAvailable": False}
    async with town.hall.db.read() as tx:
        record = {one.id: one for one in await tx.outbox.deliveries(service.client.client_id)}
        assert await tx.outbox.depth() == 0, "what waits to be fetched is no backlog of ours"
    assert record[next(iter(first["sets"]))].status == 200
    assert record[next(iter(second["sets"]))].reason == "refused_invalid_key"


async def test_restored_and_closed_accounts_are_told_too(hamlet: PeopleHouse) -> None:
    service = await polling(hamlet)
    lai, _ = await visited(hamlet, service)
    for state in (PersonState.SUSPENDED, PersonState.ACTIVE, PersonState.CLOSED):
        await suspend(hamlet, lai, state)
    told = [await verified(hamlet, one, "secevent+jwt") for one in (await poll(hamlet, service))["sets"].values()]
    assert events_of(told) == {
        EventType.SESSION_REVOKED,
        EventType.ACCOUNT_DISABLED,
        EventType.ACCOUNT_ENABLED,
        EventType.ACCOUNT_PURGED,
    }


async def test_levels_and_credentials_speak_the_words_of_their_specification(hamlet: PeopleHouse) -> None:
    service = await polling(hamlet)
    lai, _ = await visited(hamlet, service)
    changed = level_change(hamlet.origin, Level.SUBSTANTIAL, Level.LOW, hamlet.now)
    async with hamlet.hall.db.unaudited_tx() as tx:
        for event in (changed, credential_change("totp", "delete", hamlet.now)):
            assert await security_events.tell(tx, lai.person.id, event, hamlet.now) == 1
    told = [await verified(hamlet, one, "secevent+jwt") for one in (await poll(hamlet, service))["sets"].values()]
    said = {name: about for claims in told for name, about in claims["events"].items()}
    assert said[EventType.ASSURANCE_LEVEL_CHANGE] == {
        "event_timestamp": int(hamlet.now.timestamp()),
        "namespace": f"{hamlet.origin}/loa/",
        "current_level": f"{hamlet.origin}/loa/low",
        "previous_level": f"{hamlet.origin}/loa/substantial",
        "change_direction": "decrease",
    }
    assert said[EventType.CREDENTIAL_CHANGE].items() >= {"credential_type": "app", "change_type": "delete"}.items()


async def test_a_sign_out_tells_which_session_of_the_service_has_ended(hamlet: PeopleHouse) -> None:
    service = await polling(hamlet)
    lai, browser = await hamlet.citizen(), hamlet.browser()
    tokens = await hamlet.tokens_of(browser, service, lai)
    await browser.get("/logout", id_token_hint=tokens["id_token"])
    [token] = (await poll(hamlet, service))["sets"].values()
    known = await verified(hamlet, tokens["id_token"])
    assert (await verified(hamlet, token, "secevent+jwt"))["sub_id"] == {
        "format": "complex",
        "user": {"format": "iss_sub", "iss": hamlet.origin, "sub": known["sub"]},
        "session": {"format": "opaque", "id": known["sid"]},
    }


async def test_the_sdk_reads_what_is_told(hamlet: PeopleHouse) -> None:
    service = await polling(hamlet)
    lai, [known_as] = await visited(hamlet, service)
    await suspend(hamlet, lai)
    told = [await verified(hamlet, one, "secevent+jwt") for one in (await poll(hamlet, service))["sets"].values()]
    now = hamlet.now.timestamp()
    read = [
        reading.validate(claims, issuer=hamlet.origin, client_id=service.client.client_id, now=now, leeway=0)
        for claims in told
    ]
    assert {(event.type, event.sub, event.sid is None) for event in read} == {
        (EventType.SESSION_REVOKED.value, known_as, False),
        (EventType.ACCOUNT_DISABLED.value, known_as, True),
    }
    assert all(event.ends_sessions for event in read)


async def test_a_push_is_repeated_as_the_same_event_until_it_is_taken(hamlet: PeopleHouse) -> None:
    answers: list[Answer] = [saying("503 Busy"), saying("202 Accepted")]

    async def answer(writer: Any) -> None:
        await (answers.pop(0) if len(answers) > 1 else answers[0])(writer)

    async with listening(answer) as site:
        service = await pushed_to(hamlet, site)
        lai, [known_as] = await visited(hamlet, service)
        async with hamlet.hall.db.unaudited_tx() as tx:
            event = SecurityEvent(EventType.ACCOUNT_DISABLED, hamlet.now)
            await security_events.tell(tx, lai.person.id, event, hamlet.now)
        assert await send(hamlet) == 1
        assert await send(hamlet) == 0, "not before its time"
        hamlet.now += wait_after(1)
        assert await send(hamlet) == 1
        heads, bodies = zip(*(heard.split(b"\r\n\r\n", 1) for heard in site.heard), strict=True)
        assert all(b"content-type: application/secevent+jwt" in head.lower() for head in heads)
        told = [await verified(hamlet, body.decode(), "secevent+jwt") for body in bodies]
        assert told[0] == told[1]
        assert told[0]["sub_id"]["sub"] == known_as
    async with hamlet.hall.db.read() as tx:
        [record] = await tx.outbox.deliveries(service.client.client_id)
    assert (record.status, record.attempts) == (202, 2)


@pytest.mark.parametrize(("answer", "reason"), [("400 Bad Request", "status_400"), ("302 Found", "status_302")])
async def test_a_refusal_is_final_and_a_redirect_is_not_followed(hamlet: PeopleHouse, answer: str, reason: str) -> None:
    async with listening(saying(answer, b"", "Location: http://127.0.0.1:1/")) as site:
        service = await pushed_to(hamlet, site)
        lai, _ = await visited(hamlet, service)
        async with hamlet.hall.db.unaudited_tx() as tx:
            event = SecurityEvent(EventType.ACCOUNT_ENABLED, hamlet.now)
            await security_events.tell(tx, lai.person.id, event, hamlet.now)
        await send(hamlet)
    async with hamlet.hall.db.read() as tx:
        [record] = await tx.outbox.deliveries(service.client.client_id)
    assert (record.reason, record.abandoned_at is not None) == (reason, answer.startswith("400"))


async def test_a_withdrawn_consent_ends_what_a_service_is_told(hamlet: PeopleHouse) -> None:
    service = await polling(hamlet)
    lai, _ = await visited(hamlet, service)

    async def without(tx: Tx) -> int:
        await tx.consents.withdraw(lai.person.id, service.client.client_id, hamlet.now)
        await tx.grants.revoke_all(lai.person.id, service.client.client_id, hamlet.now)
        event = SecurityEvent(EventType.ACCOUNT_DISABLED, hamlet.now)
        return await security_events.tell(tx, lai.person.id, event, hamlet.now)

    async with hamlet.hall.db.unaudited_tx() as tx:
        assert await without(tx) == 0


async def test_what_nobody_fetches_for_a_month_is_given_up(hamlet: PeopleHouse) -> None:
    service = await polling(hamlet)
    lai, _ = await visited(hamlet, service)
    await suspend(hamlet, lai)
    assert await send(hamlet) == 0
    hamlet.pass_time(days=31)
    await send(hamlet)
    assert (await poll(hamlet, service))["sets"] == {}
    async with hamlet.hall.db.read() as tx:
        assert {one.reason for one in await tx.outbox.deliveries(service.client.client_id)} == {"not_fetched"}


async def test_a_client_polls_with_its_secret_or_with_a_token_of_its_own(hamlet: PeopleHouse) -> None:
    service = await polling(hamlet, grant_types=frozenset({"authorization_code", "client_credentials"}))
    own = (await hamlet.token(service, {"grant_type": "client_credentials"})).json()["access_token"]

    async def status(authorization: str | None) -> int:
        headers = {} if authorization is None else {"authorization": authorization}
        return (await hamlet.http.post(POLL, json=AT_ONCE, headers=headers)).status_code

    assert await status(f"Bearer {own}") == 200
    lai = await hamlet.citizen()
    about_a_person = await hamlet.tokens_of(hamlet.browser(), service, lai)
    for wrong in (None, f"Bearer {about_a_person['access_token']}", f"Bearer {own}x", "Basic x", "Bearer"):
        assert await status(wrong) == 401, wrong
    hamlet.pass_time(minutes=6)
    assert await status(f"Bearer {own}") == 401
    await hamlet.disable(service)
    assert (await hamlet.http.post(POLL, json=AT_ONCE, auth=service.basic)).status_code == 401


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"{", "application/json"),
        (b'{"maxEvents": -1}', "application/json"),
        (b'{"maxEvents": true}', "application/json"),
        (b'{"returnImmediately": 1}', "application/json"),
        (b'{"ack": [1]}', "application/json"),
        (b'{"ack": ["a\\u0000"]}', "application/json"),
        (b'{"setErrs": []}', "application/json"),
        (b"{}", "text/plain"),
        (orjson.dumps({"ack": ["x" * 120] * 3_000}), "application/json"),
    ],
)
async def test_what_is_no_poll_request_is_refused(hamlet: PeopleHouse, body: bytes, media: str) -> None:
    service = await polling(hamlet)
    answer = await hamlet.http.post(POLL, content=body, headers={"content-type": media}, auth=service.basic)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@given(json_values)
def test_every_document_is_a_poll_request_or_an_invalid_request(document: Any) -> None:
    for one in (document, {"ack": document, "setErrs": document, "maxEvents": document}):
        try:
            poll_request(one)
        except InvalidRequest:
            continue


@pytest.mark.slow
async def test_a_request_that_may_wait_waits_a_while_and_hears_the_news(hamlet: PeopleHouse) -> None:
    service = await polling(hamlet)
    lai, _ = await visited(hamlet, service)
    impatient = Starlette(routes=door.routes(hamlet.hall, lambda: hamlet.now, patience=2.0))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(impatient), base_url=hamlet.origin) as http:
        assert (await http.post(POLL, json={}, auth=service.basic)).json() == {"sets": {}, "moreAvailable": False}
        waiting = asyncio.create_task(http.post(POLL, json={}, auth=service.basic))
        await asyncio.sleep(0.1)
        await suspend(hamlet, lai)
        assert len((await waiting).json()["sets"]) == 2


async def test_the_configuration_promises_what_there_is(hamlet: PeopleHouse) -> None:
    told = (await hamlet.http.get("/.well-known/ssf-configuration")).json()
    assert told["issuer"] == hamlet.origin
    assert told["delivery_methods_supported"] == ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"]
    assert told["poll_endpoint"] == hamlet.origin + POLL
    assert set(told["events_supported"]) == {one.value for one in EventType}
    assert not [name for name in told if name.endswith("_endpoint") and name != "poll_endpoint"]
