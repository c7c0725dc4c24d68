"""Authlib's relying-party side behind typed functions: authorization URL with PKCE, token requests, logout URL."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.deprecate import AuthlibDeprecationWarning

from cua_chung.encrypted import EncryptionKey
from cua_chung.errors import ProviderUnreachable, SignInRefused
from cua_chung.private_key_jwt import PrivateKeyJwt, SigningKey
from cua_chung.provider import Provider

with warnings.catch_warnings():
    # Authlib announces a successor of httpx on import; that is its packagers' business, not our users'.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.common.security import generate_token
    from authlib.integrations.starlette_client import OAuth, OAuthError


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """What the provider's administrators and the service agreed on."""

    client_id: str
    client_secret: str | None = field(repr=False)
    base_url: str
    scope: str = "openid profile"
    # The `claims` parameter of OpenID Connect Core §5.5, with `verified_claims` where the service may ask for them.
    claims: Mapping[str, Any] | None = None
    private_key: SigningKey | None = None
    # None: private_key_jwt with a key, client_secret_basic with a secret, none without either.
    token_endpoint_auth_method: str | None = None
    id_token_signed_response_alg: str = "ES256"
    encryption_key: EncryptionKey | None = None
    session_lifetime: float = 8 * 3600
    leeway: float = 30

    @property
    def redirect_uri(self) -> str:
        return f"{self.base_url}/sign-in/callback"

    @property
    def post_logout_redirect_uri(self) -> str:
        return f"{self.base_url}/signed-out"

    @property
    def is_secure(self) -> bool:
        return urlsplit(self.base_url).scheme == "https"


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """RFC 6749 §5.1 with OpenID Connect Core §3.1.3.3."""

    access_token: str = field(repr=False)
    expires_in: float
    id_token: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)


class OAuthClient:
    """One client at one provider."""

    def __init__(self, provider: Provider, settings: ClientSettings) -> None:
        self._provider = provider
        self._settings = settings
        self._made_for: Mapping[str, Any] | None = None
        self._app: Any = None

    async def authorization_url(self, *, state: str, nonce: str, code_verifier: str, extra: dict[str, str]) -> str:
        """OpenID Connect Core §3.1.2.1; RFC 7636 §4.3 with S256."""
        app = await self._ready()
        # Told here and not to Authlib's client, which would ask for it at every refresh: less may have been granted.
        asked = await app.create_authorization_url(
            self._settings.redirect_uri,
            scope=self._settings.scope,
            state=state,
            nonce=nonce,
            code_verifier=code_verifier,
            **extra,
        )
        return str(asked["url"])

    async def redeem(self, code: str, code_verifier: str, *, resource: str | None) -> TokenAnswer:
        """RFC 6749 §4.1.3, RFC 7636 §4.5."""
        parameters = {"code": code, "code_verifier": code_verifier, "redirect_uri": self._settings.redirect_uri}
        return await self._ask_token("authorization_code", parameters, resource)

    async def refresh(self, refresh_token: str, *, resource: str | None) -> TokenAnswer:
        """RFC 6749 §6; RFC 8707 §2.2."""
        # No scope means what was granted. Authlib would repeat what was asked, part of which may have been refused.
        return await self._ask_token("refresh_token", {"refresh_token": refresh_token, "scope": ""}, resource)

    async def logout_url(self, *, id_token_hint: str, state: str) -> str:
        """OpenID Connect RP-Initiated Logout 1.0 §2."""
        await self._provider.endpoint("end_session_endpoint")
        app = await self._ready()
        asked = await app.create_logout_url(
            post_logout_redirect_uri=self._settings.post_logout_redirect_uri,
            id_token_hint=id_token_hint,
            state=state,
            client_id=self._settings.client_id,
        )
        return str(asked["url"])

    async def _ask_token(self, grant_type: str, parameters: dict[str, str], resource: str | None) -> TokenAnswer:
        app = await self._ready()
        if resource is not None:
            parameters["resource"] = resource
        try:
            answer = await app.fetch_access_token(grant_type=grant_type, **parameters)
        except OAuthError as error:
            raise SignInRefused(str(error.error), str(error.description or "")) from error
        except (httpx.HTTPError, json.JSONDecodeError, ValueError) as error:
            raise ProviderUnreachable("no answer from the token endpoint") from error
        return _token_answer(answer)

    async def _ready(self) -> Any:  # noqa: ANN401 (Authlib's client class is made at run time)
        """Authlib's client, made anew when discovery was read anew."""
        metadata = await self._provider.metadata()
        if metadata is not self._made_for:
            endpoint = self._provider.endpoint
            # What the provider may do without (no logout, say) must not stop what it can do.
            optional = {"end_session_endpoint": metadata.get("end_session_endpoint")}
            self._app = OAuth().register(
                "cua_chung",
                overwrite=True,
                client_id=self._settings.client_id,
                client_secret=self._settings.client_secret,
                authorize_url=await endpoint("authorization_endpoint"),
                access_token_url=await endpoint("token_endpoint"),
                client_kwargs={
                    "code_challenge_method": "S256",
                    "token_endpoint_auth_method": self._auth_method(),
                    **self._provider.http,
                },
                client_auth_methods=self._auth_methods(),
                **optional,
            )
            self._made_for = metadata
        return self._app

    def _auth_method(self) -> str | None:
        given = self._settings.token_endpoint_auth_method
        return given or ("private_key_jwt" if self._settings.private_key else None)

    def _auth_methods(self) -> list[PrivateKeyJwt]:
        key = self._settings.private_key
        return [PrivateKeyJwt(key, self._provider.issuer)] if key else []


def new_secret() -> str:
    """256 bits and more, safe in URLs and cookies; a PKCE verifier too (RFC 7636 §4.1)."""
    return str(generate_token(48))


def _token_answer(answer: Mapping[str, Any]) -> TokenAnswer:
    access_token, lifetime = answer.get("access_token"), answer.get("expires_in", 60)
    id_token, refresh_token = answer.get("id_token"), answer.get("refresh_token")
    # RFC 6749 §7.1: a type that we do not know must not be used.
    if not isinstance(access_token, str) or str(answer.get("token_type", "")).lower() != "bearer":
        raise ProviderUnreachable("the token answer holds no bearer token")
    if isinstance(lifetime, bool) or not isinstance(lifetime, int | float):
        raise ProviderUnreachable("expires_in is no number")
    if not isinstance(id_token, str | None) or not isinstance(refresh_token, str | None):
        raise ProviderUnreachable("the token answer is malformed")
    return TokenAnswer(access_token, float(lifetime), id_token, refresh_token)
