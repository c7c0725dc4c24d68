"""RP-initiated logout: who may end this browser's session, on whose word, and where the person goes next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.flows import sessions
from idp.flows.hall import Hall
from idp.flows.id_token_hint import verified_hint
from idp.flows.visitor import Visitor
from idp.kernel.errors import OAuthError, PageError
from idp.protocol import logout
from idp.protocol.logout import LogoutRequest
from idp.protocol.parameters import Parameters
from idp.storage.clients import RegisteredClient


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked logout request with the client that makes it, if one is named, and whether the person must confirm."""

    request: LogoutRequest
    registered: RegisteredClient | None
    confirm: bool
    signed_in: bool


async def check(hall: Hall, parameters: Parameters, visitor: Visitor, now: datetime) -> Asked:
    """OpenID Connect RP-Initiated Logout 1.0 §2. Raises PageError: there is no open redirect here."""
    hint = _hint(hall, parameters)
    client_id = logout.client_id_of(parameters, hint)
    registered = await hall.clients.get(client_id, now) if client_id else None
    request = logout.check(parameters, hint, registered.client if registered else None)
    async with hall.db.read() as tx:
        session = await sessions.current(tx, hall, visitor, now)
        reached = await tx.client_sessions.of_session(session.id) if session else []
    confirm = logout.needs_confirmation(
        request, [(one.client_id, one.sid) for one in reached], signed_in=session is not None
    )
    return Asked(request, registered, confirm, session is not None)


def _hint(hall: Hall, parameters: Parameters) -> Mapping[str, Any] | None:
    try:
        return verified_hint(hall, parameters)
    except OAuthError:
        raise PageError("repeated_parameter") from None


@dataclass(frozen=True, slots=True)
class Ended:
    """The services that the session had reached, by client id."""

    client_ids: tuple[str, ...] = ()


async def end(hall: Hall, visitor: Visitor, now: datetime) -> Ended:
    """End this browser's session, if there is one."""
    async with hall.db.tx() as tx:
        session = await sessions.current(tx, hall, visitor, now)
        if session is None:
            return Ended()
        reached = await tx.client_sessions.of_session(session.id)
        await sessions.end(tx, session, actor=f"person:{session.person_id}", reason="signed_out", now=now)
    hall.outbox_due.set()
    return Ended(tuple(one.client_id for one in reached))
