"""Clients by an administrator's hand: approved, disabled and enabled again, and who may register some by themselves."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.hall import Hall
from idp.kernel.secret import Secret, new_secret
from idp.protocol.client import ClientState

# Labels of tokens that the sandbox made: production refuses to start beside them.
SANDBOX_LABEL = "sandbox"


async def set_state(hall: Hall, client_id: str, state: ClientState, *, actor: str, reason: str, now: datetime) -> bool:
    """At once, for every token too: what issues or looks at one reads the state. False: nothing to do."""
    async with hall.db.tx() as tx:
        registered = await tx.clients.get(client_id)
        if registered is None or registered.client.state is state:
            return False
        await tx.clients.set_state(client_id, state, now)
        await tx.events.append(
            event(
                kinds.CLIENT_STATE_CHANGED,
                at=now,
                actor=actor,
                client_id=client_id,
                before=registered.client.state.value,
                after=state.value,
                reason=reason,
            )
        )
    hall.clients.forget(client_id)
    await hall.cache.invalidation.publish(f"client:{client_id}")
    return True


async def issue_initial_access_token(
    hall: Hall,
    label: str,
    powers: Iterable[str],
    lifetime: timedelta,
    uses: int | None,
    *,
    actor: str,
    now: datetime,
    token: Secret | None = None,
) -> Secret:
    """RFC 7591 §3: the token, shown this once. In the sandbox its label says where it comes from."""
    made = token or new_secret()
    marked = f"{SANDBOX_LABEL}: {label}" if hall.policies.is_sandbox else label
    expires_at = now + lifetime
    async with hall.db.tx() as tx:
        if await tx.initial_access_tokens.peek(made.digest(), now) is not None:
            return made
        await tx.initial_access_tokens.add(made.digest(), marked, sorted(powers), expires_at, uses, now)
        await tx.events.append(
            event(
                kinds.INITIAL_ACCESS_TOKEN_ISSUED,
                at=now,
                actor=actor,
                label=marked,
                powers=sorted(powers),
                uses=uses,
                expires_at=expires_at.isoformat(),
            )
        )
    return made


async def sandbox_tokens(hall: Hall, now: datetime) -> list[str]:
    """Labels of the sandbox's tokens that still work."""
    async with hall.db.read() as tx:
        tokens = await tx.initial_access_tokens.all()
    return [
        token.label
        for token in tokens
        if token.label.startswith(SANDBOX_LABEL) and token.expires_at > now and token.uses_left != 0
    ]
