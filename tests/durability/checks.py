"""What must be true after everything was killed: each confirmed thing is there, and nothing happened twice."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import httpx

from tests.durability.back_office import BackOffice
from tests.durability.balancer import Balancer
from tests.durability.hub import BASIC, LOGOUT, Hub
from tests.durability.ledger import Code, Family, Fate, Ledger, Session, read_payload
from tests.durability.rows import rows
from tests.durability.visit import SCOPE, pkce_of

T = TypeVar("T")
_AT_ONCE = 8


async def for_each(things: Iterable[T], check: Callable[[T], Awaitable[None]]) -> None:
    """A few at a time."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(thing: T) -> None:
        async with places:
            await check(thing)

    await asyncio.gather(*(one(thing) for thing in things))


async def silently(hub: Hub, client_id: str, session: Session, scope: str) -> str:
    """Where the browser of this session is sent when nothing may be asked."""
    service = hub.services[client_id]
    asked = {
        "client_id": client_id,
        "redirect_uri": service.redirect_uri,
        "response_type": "code",
        "scope": scope,
        "prompt": "none",
        **pkce_of("v" * 43),
    }
    cookie = {"cookie": f"cuachung_session={session.cookie}"}
    async with httpx.AsyncClient(transport=Balancer(hub.port), base_url=hub.issuer) as browser:
        response = await browser.get("/authorize", params=asked, headers=cookie)
    assert response.status_code == 303
    return response.headers["location"]


async def sessions_are_what_was_said(hub: Hub, ledger: Ledger) -> None:
    """Signed in stays signed in, signed out stays signed out."""

    async def check(session: Session) -> None:
        answer = await silently(hub, BASIC, session, "openid")
        assert ("error=login_required" in answer) == session.ended, answer

    await for_each(ledger.sessions, check)


async def consents_are_remembered(hub: Hub, ledger: Ledger) -> None:
    """Whoever allowed something once is not asked again."""
    living = {session.login: session for session in ledger.sessions if not session.ended}

    async def check(given: tuple[str, str]) -> None:
        login, client_id = given
        if login in living:
            answer = await silently(hub, client_id, living[login], SCOPE)
            assert "code=" in answer, answer

    assert ledger.consents
    await for_each(ledger.consents, check)


async def tokens_are_what_was_said(office: BackOffice, ledger: Ledger) -> None:
    """The newest tokens of each family live, unless a service or a person ended them; then all are dead for good."""

    async def check(family: Family) -> None:
        living = family.fate is Fate.LIVING
        assert await office.is_active(family.service, family.refresh[-1]) == living, family.fate
        for token in family.access:
            assert await office.is_active(family.service, token) == living, family.fate

    await for_each(ledger.families, check)


async def held_codes_redeem_once(office: BackOffice, held: Iterable[Code]) -> None:
    """Received before the disasters, presented after them, twice at once: one answer has tokens."""

    async def check(code: Code) -> None:
        answers = await asyncio.gather(office.redeem_once(code), office.redeem_once(code))
        got = sorted(answer.status_code for answer in answers)
        assert got == ([400, 400] if code.session.ended else [200, 400]), "a confirmed code was lost, or redeemed twice"

    await for_each(held, check)


async def no_code_redeems_again(office: BackOffice, ledger: Ledger) -> None:
    """Every code there ever was; and the second try ends what the first one gave."""

    async def check(code: Code) -> None:
        response = await office.redeem_once(code)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
        if code.family is not None:
            assert not await office.is_active(code.service, code.family.access[-1])

    await for_each(ledger.codes, check)


async def no_old_refresh_token_serves(office: BackOffice, ledger: Ledger) -> None:
    """Reuse ends the family: its newest token is refused too."""

    async def check(family: Family) -> None:
        for token in (family.refresh[0], family.refresh[-1]):
            response = await office.refresh_once(family, token)
            assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")

    await for_each((family for family in ledger.families if family.refreshed), check)


async def the_database_agrees(hub: Hub, ledger: Ledger) -> None:
    """Each write with its event, by counting both: neither can have been committed without the other."""
    url = hub.database_url
    events = Counter((kind, grant) for kind, grant in await rows(url, "SELECT kind, grant_id FROM events"))
    for grant, used in await rows(url, "SELECT grant_id, used_at IS NOT NULL FROM codes"):
        assert events["code_issued", grant] == 1
        assert events["tokens_issued", grant] == int(used), "tokens without their event, or twice for one code"
    spent = Counter(
        grant for (grant,) in await rows(url, "SELECT grant_id FROM refresh_tokens WHERE used_at IS NOT NULL")
    )
    living = Counter(grant for (grant,) in await rows(url, "SELECT grant_id FROM refresh_tokens WHERE used_at IS NULL"))
    assert set(living.values()) == {1}, "a refresh family has more than one living member"
    for grant in spent.keys() | living.keys():
        assert events["tokens_refreshed", grant] == spent[grant]
    for family in ledger.families:
        grant = family.grant_id
        assert family.refreshed <= events["tokens_refreshed", grant] <= family.refreshed + family.unanswered
        assert (family.fate is not Fate.REVOKED) or events["token_revoked", grant] == 1
        assert (family.fate is not Fate.REUSED) or events["refresh_reuse", grant] == 1


async def people_are_in_the_record(hub: Hub, ledger: Ledger) -> None:
    """Sign-ins, consents and sign-outs: as many events as were confirmed, or more where an answer was lost."""
    url = hub.database_url
    kinds = Counter(kind for (kind,) in await rows(url, "SELECT kind FROM events"))
    [[sessions]] = await rows(url, "SELECT count(*) FROM sessions")
    [[consents]] = await rows(url, "SELECT count(*) FROM consents")
    [[asked]] = await rows(url, "SELECT count(*) FROM (SELECT DISTINCT person_id, client_id FROM consents) AS decided")
    assert kinds["sign_in"] >= sessions >= len(ledger.sign_ins) == len(ledger.sessions)
    assert kinds["consent_given"] == consents
    assert asked >= len(ledger.consents)
    ended = [session for session in ledger.sessions if session.ended]
    told = [changed for (changed,) in await rows(url, "SELECT changed FROM events WHERE kind = 'session_ended'")]
    [[out]] = await rows(url, "SELECT count(*) FROM sessions WHERE ended_at IS NOT NULL")
    assert len({json.loads(one)["session_id"] for one in told}) == len(told) == out >= len(ended)


async def every_sign_out_is_announced(hub: Hub) -> None:
    """In the transaction that ends the session: one message for each service with a back channel that it reached."""
    url = hub.database_url
    ended = {session for (session,) in await rows(url, "SELECT id FROM sessions WHERE ended_at IS NOT NULL")}
    reached = await rows(url, "SELECT session_id, client_id FROM client_sessions")
    expected = sum(session in ended and client_id == LOGOUT for session, client_id in reached)
    [[announced]] = await rows(url, "SELECT count(*) FROM outbox")
    assert announced == expected


def sids_to_be_told(ledger: Ledger) -> set[str]:
    """The session of each confirmed sign-out, as the service with a back channel knows it."""
    families = (family for family in ledger.families if family.session.ended)
    return {str(read_payload(family.id_token)["sid"]) for family in families if family.service.client_id == LOGOUT}
