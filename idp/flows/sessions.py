"""The single sign-on session of a browser: begun, strengthened, looked up and ended. Its cookie changes at each."""

from dataclasses import dataclass, replace
from datetime import datetime

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import sso_session
from idp.authn.sso_session import Proof, Session
from idp.flows import backchannel
from idp.flows.hall import Hall
from idp.flows.visitor import Visitor
from idp.kernel.ids import new_id
from idp.kernel.secret import Secret, new_secret
from idp.storage.database import Tx
from idp.storage.sessions import Agent


@dataclass(frozen=True, slots=True)
class Opened:
    """The session as it now is, and the new value of its cookie."""

    session: Session
    cookie: Secret


async def current(tx: Tx, hall: Hall, visitor: Visitor, now: datetime) -> Session | None:
    """The living session of this browser: it says who is here."""
    session = await of_browser(tx, visitor)
    if session is None or sso_session.session_level(session, now, hall.policies.sessions) is None:
        return None
    return session


async def of_browser(tx: Tx, visitor: Visitor) -> Session | None:
    """The session that this browser's cookie names, lapsed or not, as long as nobody ended it.

    A lapsed one proves nothing, yet services were reached by it: whoever signs out, or in, here has it before them.
    """
    if visitor.session is None:
        return None
    session = await tx.sessions.by_cookie(visitor.session.digest())
    return None if session is None or session.ended_at is not None else session


async def seen(hall: Hall, visitor: Visitor, session: Session, now: datetime) -> None:
    """A sign of life, written down now and then: what lapsed by idleness never comes back with the next click."""
    if visitor.session is None or not sso_session.needs_touch(session, now, hall.policies.sessions):
        return
    kept = sso_session.surviving_proofs(session, now, hall.policies.sessions)
    async with hall.db.unaudited_tx() as tx:
        await tx.sessions.touch(session.id, visitor.session.digest(), kept, now)


async def prove(
    tx: Tx, hall: Hall, visitor: Visitor, person_id: str, proof: Proof, now: datetime, *, shared: bool = False
) -> Opened:
    """Record one proof: in the session that this person has here, lapsed or not, or in a new one.

    `shared`: on a public computer; what a session was once called it stays.

    Going on with a lapsed session keeps its services together: one sign-out still reaches all of them. Somebody else's
    session in the same browser ends: on a shared machine the last to sign in is who is here.
    """
    session = await of_browser(tx, visitor)
    if session is not None and session.person_id != person_id:
        await end(tx, session, actor=f"person:{person_id}", reason="other_person", now=now)
        session = None
    if session is not None and visitor.session is not None:
        named = replace(session, shared=session.shared or shared)
        strengthened = await _strengthen(tx, hall, named, visitor.session, proof, now)
        if strengthened is not None:
            return strengthened
    return await _begin(tx, hall, visitor, Session(new_id(), person_id, (proof,), now, now, shared=shared))


async def _begin(tx: Tx, hall: Hall, visitor: Visitor, session: Session) -> Opened:
    cookie = new_secret()
    ends_at = sso_session.ends_at(session, hall.policies.sessions)
    await tx.sessions.add(session, cookie.digest(), Agent(visitor.address, visitor.user_agent), ends_at)
    return Opened(session, cookie)


async def _strengthen(tx: Tx, hall: Hall, session: Session, old: Secret, proof: Proof, now: datetime) -> Opened | None:
    """None where the cookie was replaced meanwhile: the other request has won, this proof begins its own session."""
    surviving = sso_session.surviving_proofs(session, now, hall.policies.sessions)
    kept = tuple(earlier for earlier in surviving if earlier.method != proof.method)
    stronger = replace(session, proofs=(*kept, proof), last_seen_at=now)
    cookie = new_secret()
    ends_at = sso_session.ends_at(stronger, hall.policies.sessions)
    replaced = await tx.sessions.rotate(
        session.id, old.digest(), cookie.digest(), stronger.proofs, ends_at, now, shared=stronger.shared
    )
    return Opened(stronger, cookie) if replaced else None


async def end(tx: Tx, session: Session, *, actor: str, reason: str, now: datetime) -> bool:
    """End one session: its tokens die with it, and the services that it reached are told from the outbox."""
    if not await tx.sessions.end(session.id, now):
        return False
    await _ended(tx, session.id, session.person_id, actor, reason, now)
    return True


async def end_all(tx: Tx, person_id: str, *, actor: str, reason: str, now: datetime, keep: str | None = None) -> int:
    """End every session of a person, but perhaps one; how many there were."""
    ended = await tx.sessions.end_all(person_id, now, keep)
    for session_id in ended:
        await _ended(tx, session_id, person_id, actor, reason, now)
    return len(ended)


async def _ended(tx: Tx, session_id: str, person_id: str, actor: str, reason: str, now: datetime) -> None:
    await tx.grants.revoke_session(session_id, now)
    await backchannel.announce(tx, session_id, now)
    ended = {"reason": reason, "session_id": session_id}
    await tx.events.append(event(kinds.SESSION_ENDED, at=now, actor=actor, person_id=person_id, **ended))
