"""The access token: its payload (RFC 9068), its audience (RFC 8707), its way in (RFC 6750). Never personal data."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from idp.kernel.clock import epoch
from idp.kernel.errors import InsufficientScope, InvalidRequest, InvalidTarget, InvalidToken
from idp.kernel.level import Level
from idp.kernel.secret import Secret, new_secret
from idp.protocol import acr
from idp.protocol.client import Client
from idp.protocol.grant import Grant
from idp.protocol.parameters import Parameters
from idp.protocol.policy import ProtocolPolicy

TYP = "at+jwt"  # RFC 9068 §2.1

# No grant stands behind a token that a client got for itself.
_CLIENT_GRANT = "cc"
_TOKEN_BITS = 128
_BEARER = re.compile(r"Bearer +([A-Za-z0-9\-._~+/]+=*) *", re.IGNORECASE | re.ASCII)
_MAX_LENGTH = 8192


def audience(issuer: str, client: Client, granted: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """RFC 8707 §2.2: of the resources that were granted any part may be asked, but no other.

    Where the authorization named none (and for a client's own token), only what the client registered may be asked, and
    the default is the issuer, whose userinfo endpoint is then the one place that accepts the token.
    """
    allowed = set(granted) or {*client.resources, issuer}
    if not set(asked) <= allowed:
        raise InvalidTarget("a requested resource was not granted")
    return tuple(dict.fromkeys(asked or granted)) or (issuer,)


def payload(
    policy: ProtocolPolicy,
    grant: Grant,
    *,
    scope: Sequence[str],
    audience: Sequence[str],
    jti: str,
    level: Level,
    amr: Sequence[str],
    now: datetime,
) -> dict[str, Any]:
    """RFC 9068 §2.2, §2.2.1."""
    return {
        **_common(policy, grant.client_id, scope, audience, jti, now),
        "sub": grant.sub,
        "auth_time": epoch(grant.auth_time),
        "acr": acr.url(policy.issuer, level),
        "amr": list(amr),
    }


def client_payload(
    policy: ProtocolPolicy, client_id: str, *, scope: Sequence[str], audience: Sequence[str], jti: str, now: datetime
) -> dict[str, Any]:
    """RFC 9068 §2.2: without a person the subject is the client."""
    return {**_common(policy, client_id, scope, audience, jti, now), "sub": client_id}


def new_jti(grant_id: str | None = None) -> str:
    """The grant's id stands in front, so that every reader finds the row that can end the token at any moment."""
    return f"{grant_id or _CLIENT_GRANT}.{new_secret(_TOKEN_BITS).reveal()}"


def grant_id_of(jti: object) -> str | None:
    """The grant behind a token; None for a client's own token and for what was never ours."""
    if not isinstance(jti, str):
        return None
    grant_id, dot, random = jti.partition(".")
    return grant_id if dot and random and grant_id not in {"", _CLIENT_GRANT} else None


def check_at_userinfo(claims: Mapping[str, Any], issuer: str) -> None:
    """OpenID Connect Core §5.3.1; a token bound to another API opens nothing here (RFC 8707 §3)."""
    if issuer not in audiences(claims):
        raise InvalidToken("the access token is bound to another audience")
    if "openid" not in str(claims.get("scope", "")).split():
        raise InsufficientScope("the access token lacks the openid scope")


def check_own(claims: Mapping[str, Any], issuer: str) -> None:
    """A client's own token (RFC 9068 §2.2: its subject is the client), bound to us."""
    if grant_id_of(claims.get("jti")) is not None or claims.get("sub") != claims.get("client_id"):
        raise InvalidToken("the access token is about a person")
    if issuer not in audiences(claims):
        raise InvalidToken("the access token is bound to another audience")


def audiences(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """RFC 7519 §4.1.3: a string or an array of strings."""
    value = claims.get("aud")
    listed = value if isinstance(value, list) else [value]
    return tuple(item for item in listed if isinstance(item, str))


def bearer(authorization: str | None, form: Parameters | None = None) -> Secret | None:
    """RFC 6750 §2.1, §2.2: header or form, never both and never the query; None where no token was sent at all."""
    in_form = form.one("access_token") if form is not None else None
    if authorization is None:
        return _secret(in_form) if in_form is not None else None
    if in_form is not None:
        raise InvalidRequest("the access token is sent in more than one way")
    scheme = authorization.partition(" ")[0].lower()
    if scheme != "bearer":
        return None
    found = _BEARER.fullmatch(authorization)
    if found is None:
        raise InvalidToken("the authorization header holds no bearer token")
    return _secret(found[1])


def _secret(text: str) -> Secret:
    if len(text) > _MAX_LENGTH:
        raise InvalidToken("the access token is malformed")
    return Secret(text)


def _common(
    policy: ProtocolPolicy, client_id: str, scope: Sequence[str], audience: Sequence[str], jti: str, now: datetime
) -> dict[str, Any]:
    issued = epoch(now)
    return {
        "iss": policy.issuer,
        "exp": issued + int(policy.access_token_lifetime.total_seconds()),
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "iat": issued,
        "jti": jti,
        "client_id": client_id,
        "scope": " ".join(scope),
    }
