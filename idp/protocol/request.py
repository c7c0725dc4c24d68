"""The authorization request after every check has passed: what the floors below trust."""

from dataclasses import dataclass
from enum import StrEnum

from idp.protocol.claims_parameter import ClaimsParameter


class ResponseMode(StrEnum):
    """OAuth 2.0 Multiple Response Types §2.1; Form Post Response Mode §2."""

    QUERY = "query"
    FORM_POST = "form_post"


class Prompt(StrEnum):
    """OpenID Connect Core §3.1.2.1."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1, RFC 7636 §4.3, RFC 8707 §2: typed, and proven for its client."""

    client_id: str
    redirect_uri: str
    response_mode: ResponseMode
    scope: tuple[str, ...]
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    prompt: frozenset[Prompt] = frozenset()
    # Seconds; None where neither the request nor the registration limits the age.
    max_age: int | None = None
    # In the order of preference; unknown values are ignored where they are read (acr.py).
    acr_values: tuple[str, ...] = ()
    # Dropped when it is an identity number (contract): never stored, never logged.
    login_hint: str | None = None
    # `sub` of a verified id_token_hint: the answer must be about this person or be login_required.
    hinted_sub: str | None = None
    ui_locales: tuple[str, ...] = ()
    claims_locales: tuple[str, ...] = ()
    claims: ClaimsParameter = ClaimsParameter()
    display: str | None = None
    resource: tuple[str, ...] = ()

    @property
    def is_openid(self) -> bool:
        return "openid" in self.scope

    @property
    def wants_offline_access(self) -> bool:
        """OpenID Connect Core §11."""
        return "offline_access" in self.scope
