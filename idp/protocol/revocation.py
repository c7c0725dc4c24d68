"""Token revocation: RFC 7009. What was asked, and whose token it may be; the store does the ending."""

from dataclasses import dataclass

from idp.kernel.errors import InvalidGrant, InvalidRequest
from idp.kernel.secret import Secret
from idp.protocol.client import Client
from idp.protocol.parameters import Parameters


@dataclass(frozen=True, slots=True)
class RevocationRequest:
    """§2.1. The hint only says where to look first; an unknown hint is ignored."""

    token: Secret
    hint: str | None


def parse(params: Parameters) -> RevocationRequest:
    """§2.1."""
    token = params.one("token")
    if token is None:
        raise InvalidRequest("token is missing")
    return RevocationRequest(Secret(token), params.one("token_type_hint"))


def check_owner(client: Client, token_client_id: str) -> None:
    """§2.1: a token of another client is refused and stays as it was. (An unknown token is no error: §2.2.)"""
    if client.client_id != token_client_id:
        raise InvalidGrant("the token was issued to another client")
