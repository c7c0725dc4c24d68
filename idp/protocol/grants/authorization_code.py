"""grant_type=authorization_code: RFC 6749 §4.1.3, RFC 7636 §4.5. What is asked, and what the code is good for."""

from dataclasses import dataclass
from datetime import datetime

from idp.kernel.errors import InvalidRequest
from idp.kernel.secret import Secret
from idp.protocol import pkce
from idp.protocol.client import Client
from idp.protocol.grant import Grant
from idp.protocol.parameters import Parameters
from idp.protocol.policy import ProtocolPolicy

_MAX_CODE = 512


@dataclass(frozen=True, slots=True)
class AuthorizationCodeRequest:
    """`challenge` is the verifier's: the statement that redeems compares it, None included, with the code's own."""

    code: Secret
    redirect_uri: str
    challenge: str | None
    resource: tuple[str, ...] = ()


def parse(params: Parameters, client: Client) -> AuthorizationCodeRequest:
    """RFC 6749 §4.1.3. `redirect_uri` is required, since no authorization request of ours goes without."""
    del client
    code, redirect_uri = params.one("code"), params.one("redirect_uri")
    if code is None or len(code) > _MAX_CODE:
        raise InvalidRequest("code is missing or too long")
    if redirect_uri is None:
        raise InvalidRequest("redirect_uri is missing")
    verifier = params.one("code_verifier")
    challenge = None if verifier is None else pkce.challenge_of(verifier)
    return AuthorizationCodeRequest(Secret(code), redirect_uri, challenge, params.all("resource"))


def wants_refresh(client: Client) -> bool:
    """A client with the refresh_token grant gets a family; whether it outlives the session is `family_ends_at`."""
    return "refresh_token" in client.grant_types


def family_ends_at(policy: ProtocolPolicy, grant: Grant, session_ends_at: datetime, now: datetime) -> datetime:
    """With offline_access 90 days, without it not a moment longer than the session (contract)."""
    return now + policy.refresh_total if grant.offline else session_ends_at
