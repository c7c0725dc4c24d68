"""What a service learns of the person: OpenID Connect Core §5.3. The token's grant is read each time it is shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.hall import Hall
from idp.flows.issue_tokens import single_claims, still_allowed
from idp.flows.signing import sign
from idp.flows.verified_tokens import AccessToken
from idp.identity.person import Fact
from idp.kernel.errors import InvalidToken
from idp.protocol import access_token, claims
from idp.protocol.client import Client
from idp.storage.hot import UserinfoState


@dataclass(frozen=True, slots=True)
class Userinfo:
    """Claims as JSON, or signed (§5.3.2) where the client registered an algorithm."""

    claims: Mapping[str, Any]
    signed: str | None = None


async def userinfo(hall: Hall, client: Client, token: AccessToken, now: datetime) -> Userinfo:
    """The claims of this token's scopes and of the single claims that the person granted."""
    if not token.is_current(now):
        raise InvalidToken("the access token has expired")
    access_token.check_at_userinfo(token.payload, hall.policies.issuer)
    grant_id = access_token.grant_id_of(token.jti)
    state = await hall.db.hot.userinfo(grant_id, token.jti, now) if grant_id is not None else None
    if state is None or state.grant.client_id != client.client_id:
        raise InvalidToken("the access token is not valid any more", hint=f"grant {grant_id}")
    answer = _claims(client, token, state)
    if not state.released:
        await _record(hall, state, token, answer, now)
    alg = client.userinfo_signed_response_alg
    if alg is None:
        return Userinfo(answer)
    payload = {**answer, "iss": hall.policies.issuer, "aud": client.client_id}
    return Userinfo(answer, sign(hall, payload, alg, "JWT", now))


def _claims(client: Client, token: AccessToken, state: UserinfoState) -> dict[str, Any]:
    grant = state.grant
    scope = still_allowed(tuple(str(token.payload.get("scope", "")).split()), client)
    return claims.userinfo(grant.sub, scope, grant.claims, single_claims(grant), _Values(state))


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
        claims=sorted(answer),
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
