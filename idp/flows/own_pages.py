"""A person's own pages: what they see of their account, and what they can end or take back there."""

from dataclasses import dataclass
from datetime import datetime

from idp.audit import kinds
from idp.audit.event import event
from idp.authn.recovery_rules import Recovery
from idp.authn.sso_session import Session
from idp.consent.decision import ConsentDecision
from idp.flows import discretion, notices, receipts, recovery_running, sessions
from idp.flows.hall import Hall
from idp.flows.visitor import Visitor
from idp.flows.withdraw_grants import withdraw_grants
from idp.identity.assurance import may_sign_in, standing
from idp.identity.person import Person
from idp.identity.routes import imported
from idp.kernel.clock import epoch
from idp.notify.notice import CONSENT_WITHDRAWN
from idp.protocol.grant import Grant
from idp.storage.authenticators import Authenticator
from idp.storage.clients import RegisteredClient
from idp.storage.database import Tx
from idp.storage.sessions import Agent


@dataclass(frozen=True, slots=True)
class Owner:
    """The person who is signed in here, and the session by which they are.

    `alert`: `recovery` while somebody recovers the account, `locked` while nothing may be changed.
    """

    person: Person
    session: Session
    alert: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who vouched for the level that a person now has, and when."""

    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """Figures for the first page, and by what the person came to their level."""

    authenticators: list[Authenticator]
    sessions: int
    services: int
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """One signed-in browser with the services that it reached."""

    session: Session
    agent: Agent
    services: tuple[RegisteredClient, ...]


@dataclass(frozen=True, slots=True)
class Connection:
    """One service that a person decided about, with the grants that still live, and the receipt of the decision."""

    registered: RegisteredClient
    decision: ConsentDecision
    grants: tuple[Grant, ...]
    receipt_id: str | None = None


async def owner(hall: Hall, visitor: Visitor, now: datetime) -> Owner | None:
    """Whoever is signed in in this browser; None sends them to the sign-in page."""
    async with hall.db.read() as tx:
        session = await sessions.current(tx, hall, visitor, now)
        person = await tx.persons.get(session.person_id) if session else None
        alert = await _alert(tx, person.id, now) if person else None
    if session is None or person is None or not may_sign_in(person):
        return None
    await sessions.seen(hall, visitor, session, now)
    return Owner(person, session, alert)


async def _alert(tx: Tx, person_id: str, now: datetime) -> str | None:
    if await tx.account_locks.standing(person_id) is not None:
        return "locked"
    return "recovery" if await recovery_running.living(tx, person_id, now) is not None else None


async def running_recovery(hall: Hall, owner: Owner, now: datetime) -> Recovery | None:
    """What the alert is about."""
    async with hall.db.read() as tx:
        return await recovery_running.living(tx, owner.person.id, now)


async def overview(hall: Hall, owner: Owner, now: datetime) -> Overview:
    """Sensitive services are not even counted for whoever may not see them."""
    person_id = owner.person.id
    everything = discretion.sees_all(hall, owner.person, owner.session, now)
    async with hall.db.read() as tx:
        decided = [await tx.clients.get(one.client_id) for one in await tx.consents.of_person(person_id)]
        return Overview(
            await tx.authenticators.of_person(person_id),
            len(await tx.sessions.of_person(person_id, now)),
            sum(everything or not registered.client.sensitive for registered in decided if registered is not None),
            await _evidence(tx, person_id, now),
        )


async def _evidence(tx: Tx, person_id: str, now: datetime) -> Evidence | None:
    """What the level stands on; of whoever an administrator brought along, where they came from."""
    by = standing(await tx.verifications.of_person(person_id), now).by
    if by is not None and by.route != imported.ROUTE.name:
        return Evidence(by.route, by.at)
    for stored in await tx.events.page(person_id=person_id, kind=kinds.PERSON_ADDED, limit=1):
        source = stored.event.changed.get("source")
        if source:
            return Evidence(str(source), stored.event.at)
    return None


async def devices(hall: Hall, person_id: str, now: datetime) -> list[Device]:
    """Every living session, newest first."""
    found = []
    async with hall.db.read() as tx:
        for session, agent in await tx.sessions.of_person(person_id, now):
            reached = [await tx.clients.get(one.client_id) for one in await tx.client_sessions.of_session(session.id)]
            found.append(Device(session, agent, tuple(one for one in reached if one is not None)))
    return found


async def connections(hall: Hall, person_id: str, now: datetime) -> list[Connection]:
    """Every service with a decision that stands."""
    found = []
    async with hall.db.read() as tx:
        grants = await tx.grants.of_person(person_id)
        for decision in await tx.consents.of_person(person_id):
            registered = await tx.clients.get(decision.client_id)
            if registered is not None:
                own = tuple(grant for grant in grants if grant.client_id == decision.client_id)
                receipt = await tx.receipts.latest(person_id, decision.client_id, now)
                found.append(Connection(registered, decision, own, receipt.id if receipt else None))
    return found


async def end_session(hall: Hall, owner: Owner, session_id: str, now: datetime) -> bool:
    """End one of one's own sessions; False for anything else, whatever it is."""
    async with hall.db.tx() as tx:
        session = await tx.sessions.get(session_id)
        if session is None or session.person_id != owner.person.id:
            return False
        ended = await sessions.end(tx, session, actor=f"person:{owner.person.id}", reason="own_pages", now=now)
    hall.outbox_due.set()
    return ended


async def end_everywhere(hall: Hall, owner: Owner, now: datetime) -> None:
    """End every session of this person, this one too: "Đăng xuất khỏi mọi thiết bị" leaves nothing signed in."""
    async with hall.db.tx() as tx:
        await sessions.end_all(
            tx, owner.person.id, actor=f"person:{owner.person.id}", reason="own_pages_everywhere", now=now
        )
    hall.outbox_due.set()


async def withdraw(hall: Hall, owner: Owner, client_id: str, now: datetime) -> bool:
    """Withdraw consent (PDPL 91/2025): the service's tokens end at once, offline ones too; it asks again next time."""
    person_id = owner.person.id
    async with hall.db.tx() as tx:
        decision = await tx.consents.latest(person_id, client_id)
        registered = await tx.clients.get(client_id)
        if decision is None or registered is None or not await tx.consents.withdraw(person_id, client_id, now):
            return False
        await tx.grants.revoke_all(person_id, client_id, now)
        receipt_id = await receipts.withdrawn(tx, hall, registered, decision, now)
        await tx.events.append(
            event(
                kinds.CONSENT_WITHDRAWN,
                at=now,
                actor=f"person:{person_id}",
                person_id=person_id,
                client_id=client_id,
                receipt_id=receipt_id,
            )
        )
        await notices.tell(tx, hall, owner.person, CONSENT_WITHDRAWN, now, at=epoch(now))
    hall.outbox_due.set()
    # A sign-in that was decided a moment ago may have stored its grant after the statement above had looked.
    await withdraw_grants(hall, person_id, client_id, now)
    return True
