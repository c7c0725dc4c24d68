"""Outcomes that are not bugs: OAuth errors, pages before the redirect URI is proven, and domain refusals.

Rules raise these; only the door kit knows status codes and pages. `description` is for the client (English
ASCII without quotation marks or backslashes, RFC 6749 §5.2); `hint` is for our log. Neither ever holds a code, a token,
a name or an identity number.
"""

from typing import ClassVar

# RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E
_DESCRIPTION = frozenset(map(chr, range(0x20, 0x7F))) - {'"', "\\"}


class OAuthError(Exception):
    """An error registered with IANA for OAuth 2.0 or OpenID Connect; one subclass per code."""

    code: ClassVar[str]

    def __init__(self, description: str, *, hint: str = "") -> None:
        super().__init__(self.code)
        self.description = "".join(c if c in _DESCRIPTION else "?" for c in description)
        self.hint = hint


class InvalidRequest(OAuthError):
    """RFC 6749 §4.1.2.1, §5.2."""

    code = "invalid_request"


class InvalidClient(OAuthError):
    """RFC 6749 §5.2: client authentication failed."""

    code = "invalid_client"


class InvalidGrant(OAuthError):
    """RFC 6749 §5.2."""

    code = "invalid_grant"


class UnauthorizedClient(OAuthError):
    """RFC 6749 §4.1.2.1, §5.2."""

    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """RFC 6749 §5.2."""

    code = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """RFC 6749 §4.1.2.1."""

    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    """RFC 6749 §4.1.2.1, §5.2."""

    code = "invalid_scope"


class InvalidTarget(OAuthError):
    """RFC 8707 §2."""

    code = "invalid_target"


class AccessDenied(OAuthError):
    """RFC 6749 §4.1.2.1."""

    code = "access_denied"


class ServerError(OAuthError):
    """RFC 6749 §4.1.2.1."""

    code = "server_error"


class TemporarilyUnavailable(OAuthError):
    """RFC 6749 §4.1.2.1; also RFC 7009 §2.2.1 (503) when storage fails."""

    code = "temporarily_unavailable"


class LoginRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    code = "login_required"


class ConsentRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    code = "consent_required"


class InteractionRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    code = "interaction_required"


class UnmetAuthenticationRequirements(OAuthError):
    """OpenID Connect Core Error Code unmet_authentication_requirements 1.0."""

    code = "unmet_authentication_requirements"


class RequestNotSupported(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    code = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    code = "request_uri_not_supported"


class RegistrationNotSupported(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    code = "registration_not_supported"


class InvalidToken(OAuthError):
    """RFC 6750 §3.1."""

    code = "invalid_token"


class InsufficientScope(OAuthError):
    """RFC 6750 §3.1."""

    code = "insufficient_scope"


class InvalidRedirectUri(OAuthError):
    """RFC 7591 §3.2.2."""

    code = "invalid_redirect_uri"


class InvalidClientMetadata(OAuthError):
    """RFC 7591 §3.2.2."""

    code = "invalid_client_metadata"


class InvalidSoftwareStatement(OAuthError):
    """RFC 7591 §3.2.2."""

    code = "invalid_software_statement"


class PageError(Exception):
    """A request that can't be answered by a redirect: shown on our own host, in words, never sent onwards.

    `key` names the explanation in the catalogue (`error.<key>`).
    """

    def __init__(self, key: str, *, hint: str = "") -> None:
        super().__init__(key)
        self.key = key
        self.hint = hint


class Refusal(Exception):
    """A domain rule says no. `key` names the sentence in the catalogue (`refusal.<key>`), `values` fill it in."""

    def __init__(self, key: str, *, hint: str = "", **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.hint = hint
        self.values = values
