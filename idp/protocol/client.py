"""A registered client: the metadata of RFC 7591 §2 and OpenID Connect Registration §2 after validation.

What the client may know of a person and why (purposes, legal bases) is in consent/; how it is reached is in outgoing/.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from idp.kernel.secret import Digest
from idp.protocol.encryption import DEFAULT_ENC, Encryption
from idp.protocol.security_event import Delivery


class ClientState(StrEnum):
    """Draft clients may only ask for `openid`; disabled ones for nothing at all."""

    DRAFT = "draft"
    APPROVED = "approved"
    DISABLED = "disabled"


class AuthMethod(StrEnum):
    """`token_endpoint_auth_method`: OpenID Connect Core §9."""

    CLIENT_SECRET_BASIC = "client_secret_basic"
    CLIENT_SECRET_POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"
    NONE = "none"


class ApplicationType(StrEnum):
    """OpenID Connect Registration §2."""

    WEB = "web"
    NATIVE = "native"


@dataclass(frozen=True, slots=True)
class Client:
    """Words follow RFC 7591 §2; texts for people map a language ("vi", "en") to the text."""

    client_id: str
    state: ClientState
    client_name: Mapping[str, str]
    redirect_uris: tuple[str, ...]
    token_endpoint_auth_method: AuthMethod
    # Who owns the sector decides which clients see the same `sub` (OpenID Connect Core §8.1).
    sector: str
    grant_types: frozenset[str] = frozenset({"authorization_code"})
    scopes: frozenset[str] = frozenset({"openid"})
    application_type: ApplicationType = ApplicationType.WEB
    secret_digest: Digest | None = None
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    id_token_signed_response_alg: str = "RS256"
    userinfo_signed_response_alg: str | None = None
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    require_pkce: bool = True
    require_pushed_authorization_requests: bool = False
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    # Audiences that its access tokens may be bound to (RFC 8707), and the one that it answers for itself as an API.
    resources: frozenset[str] = frozenset()
    audience: str | None = None
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    # RFC 8935, RFC 8936: how it wants to hear what happened to accounts that it knows, and where; None: not at all.
    security_events_delivery: Delivery | None = None
    security_events_uri: str | None = None
    initiate_login_uri: str | None = None
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    # Seconds in which a rotated refresh token gets its own successor again; 0 to 10.
    refresh_grace: int = 0
    # Its very name tells something about whoever uses it (health, complaints): own pages keep it to themselves.
    sensitive: bool = False
    # This service takes a password with a code by SMS or e-mail for more than `low`; an administrator's decision.
    accepts_restricted_factors: bool = False
    # Whoever is not verified well enough may be taken through what is missing before the error goes back.
    offers_verification: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_public(self) -> bool:
        """RFC 6749 §2.1."""
        return self.token_endpoint_auth_method is AuthMethod.NONE

    @property
    def id_token_encryption(self) -> Encryption | None:
        """None: ID tokens are signed and no more."""
        return _encryption(self.id_token_encrypted_response_alg, self.id_token_encrypted_response_enc)

    @property
    def userinfo_encryption(self) -> Encryption | None:
        """None: userinfo is as readable as its transport."""
        return _encryption(self.userinfo_encrypted_response_alg, self.userinfo_encrypted_response_enc)


def _encryption(alg: str | None, enc: str | None) -> Encryption | None:
    return None if alg is None else Encryption(alg, enc or DEFAULT_ENC)
