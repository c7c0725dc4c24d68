"""What a service learns of the person: OpenID Connect Core §5.3. The token's grant is read each time it is shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from idp.audit import kinds
from idp.audit.event import event
from idp.flows import encrypting, verified_claims
from idp.flows.hall import Hall
from idp.flows.issue_tokens import single_claims, still_allowed
from idp.flows.signing import sign
from idp.flows.verified_tokens import AccessToken
from idp.identity.person import Fact
from idp.kernel.errors import InvalidToken
from idp.protocol import access_token, claims
from idp.protocol import scope as scopes
from idp.protocol.claim_names import wire
from idp.protocol.client import Client
from idp.storage.hot import UserinfoState


@dataclass(frozen=True, slots=True)
class Userinfo:
    """Claims as JSON, or as the JWT that the client registered: signed, encrypted, or both in this order (§5.3.2)."""

    claims: Mapping[str, Any]
    jwt: str | None = None


async def userinfo(hall: Hall, client: Client, token: AccessToken, now: datetime) -> Userinfo:
    """The claims of this token's scopes and of the single claims that the person granted."""
    if not token.is_current(now):
        raise InvalidToken("the access token has expired")
    access_token.check_at_userinfo(token.payload, hall.policies.issuer)
    grant_id = access_token.grant_id_of(token.jti)
    state = await hall.db.hot.userinfo(grant_id, token.jti, now) if grant_id is not None else None
    if state is None or state.grant.client_id != client.client_id:
        raise InvalidToken("the access token is not valid any more", hint=f"grant {grant_id}")
    answer = await _claims(hall, client, token, state, now)
    if not state.released:
        await _record(hall, state, token, answer, now)
    return Userinfo(answer, await _jwt(hall, client, answer, now))


async def _claims(
    hall: Hall, client: Client, token: AccessToken, state: UserinfoState, now: datetime
) -> dict[str, Any]:
    grant = state.grant
    scope = still_allowed(tuple(str(token.payload.get("scope", "")).split()), client)
    told = claims.userinfo(grant.sub, scope, grant.claims, single_claims(grant), _Values(state))
    if scopes.AGE in scope and "birthdate" in state.facts:
        told |= {wire(name): over for name, over in verified_claims.ages(state.facts["birthdate"].value, now).items()}
    asked, encrypted = grant.claims.verified.userinfo, client.userinfo_encryption is not None
    return {**told, **await verified_claims.told(hall, client, grant, scope, asked, now, encrypted=encrypted)}


async def _jwt(hall: Hall, client: Client, answer: Mapping[str, Any], now: datetime) -> str | None:
    alg, how = client.userinfo_signed_response_alg, client.userinfo_encryption
    if alg is None and how is None:
        return None
    payload = {**answer, "iss": hall.policies.issuer, "aud": client.client_id}
    if alg is None and how is not None:
        return await encrypting.hidden(hall, client, how, orjson.dumps(payload), now, nested=False)
    signed = sign(hall, payload, alg or "", "JWT", now)
    return signed if how is None else await encrypting.hidden(hall, client, how, signed.encode(), now, nested=True)


async def _record(
    hall: Hall, state: UserinfoState, token: AccessToken, answer: Mapping[str, Any], now: datetime
) -> None:
    """Once for each token: which claims left the house, by name alone."""
    grant = state.grant
    released = event(
        kinds.USERINFO_RELEASED,
        at=now,
        actor=f"client:{grant.client_id}",
        person_id=grant.person_id,
        client_id=grant.client_id,
        grant_id=grant.id,
        purpose=grant.purpose,
        claims=verified_claims.names(answer),
    )
    await hall.db.hot.record_release(released, token.jti)


class _Values(Mapping[str, Any]):
    """The facts' values by claim; each is decrypted only when it is looked at."""

    def __init__(self, state: UserinfoState) -> None:
        self._facts: Mapping[str, Fact] = state.facts
        self._updated_at = state.updated_at

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        if name == "updated_at":
            return self._updated_at
        return self._facts[name].value

    def __contains__(self, name: object) -> bool:
        return name == "updated_at" or name in self._facts

    def __iter__(self) -> Iterator[str]:
        yield from self._facts
        yield "updated_at"

    def __len__(self) -> int:
        return len(self._facts) + 1
