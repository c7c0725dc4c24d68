"""Back-channel logout: announced in the transaction that ends the session, carried by the courier with its retries.

OpenID Connect Back-Channel Logout 1.0.
"""

from datetime import datetime
from typing import Final

import orjson

from idp.crypto.jwk import is_alg
from idp.flows import security_events
from idp.flows.delivery import Outcome
from idp.flows.hall import Hall
from idp.kernel.ids import new_id
from idp.outgoing import OutgoingFailed, OutgoingRefused
from idp.protocol import logout_token
from idp.protocol.client import ClientState
from idp.storage.database import Tx
from idp.storage.outbox import Leased

KIND: Final = "backchannel_logout"


async def announce(tx: Tx, session_id: str, now: datetime) -> int:
    """Put one message for each service that this session reached; returns how many."""
    told = 0
    for reached in await tx.client_sessions.of_session(session_id):
        registered = await tx.clients.get(reached.client_id)
        if registered is None:
            continue
        await security_events.session_revoked(tx, registered.client, reached, now)
        if registered.client.backchannel_logout_uri is None:
            continue
        # The jti is made once: a service that gets the message twice recognises it.
        message = {"jti": new_id(), "sub": reached.sub, "sid": reached.sid}
        await tx.outbox.put(KIND, reached.client_id, orjson.dumps(message), now)
        told += 1
    return told


async def attempt(hall: Hall, message: Leased, now: datetime) -> Outcome:
    """Sign the logout token anew, and post it to where the service now wants it."""
    registered = await hall.clients.get(message.receiver, now)
    if registered is None or registered.client.state is ClientState.DISABLED:
        return Outcome(reason="client_gone", final=True)
    uri = registered.client.backchannel_logout_uri
    if uri is None:
        return Outcome(reason="no_uri", final=True)
    alg = registered.client.id_token_signed_response_alg
    if not is_alg(alg):
        return Outcome(reason="alg_unsupported", final=True)
    told = orjson.loads(message.payload)
    payload = logout_token.payload(hall.policies.issuer, message.receiver, told["sub"], told["sid"], told["jti"], now)
    token = hall.keys.ring.signer(alg, now).sign(payload, logout_token.TYP)
    try:
        status = await hall.outgoing.post_form(uri, {"logout_token": token})
    except OutgoingRefused:
        return Outcome(reason="address_refused", final=True)
    except OutgoingFailed:
        return Outcome(reason="unreachable")
    # §2.8: 200 is success, 400 a refusal that no repetition will change; some frameworks answer 204.
    if status in (200, 204):
        return Outcome(status=status)
    return Outcome(reason=f"status_{status}", final=status == 400)
