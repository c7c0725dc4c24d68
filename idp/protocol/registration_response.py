"""A client as JSON: the registration answer (RFC 7591 §3.2.1), and the metadata that manifests are compared with."""

from datetime import datetime
from typing import Any

from idp.kernel.clock import epoch
from idp.kernel.secret import Secret
from idp.protocol.client import Client

_SAME_NAME = (
    "application_type",
    "token_endpoint_auth_signing_alg",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "require_pkce",
    "require_pushed_authorization_requests",
    "default_max_age",
    "require_auth_time",
    "default_acr_values",
    "audience",
    "post_logout_redirect_uris",
    "jwks",
    "jwks_uri",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "security_events_delivery",
    "security_events_uri",
    "initiate_login_uri",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "refresh_grace",
    "sensitive",
    "accepts_restricted_factors",
    "offers_verification",
)
_EMPTY: tuple[Any, ...] = (None, (), {}, "")


def metadata(client: Client) -> dict[str, Any]:
    """Everything registered, without credentials: reading it again with the administrator's powers gives the client."""
    document: dict[str, Any] = {
        "redirect_uris": list(client.redirect_uris),
        "token_endpoint_auth_method": client.token_endpoint_auth_method.value,
        "grant_types": sorted(client.grant_types),
        "response_types": ["code"] if "authorization_code" in client.grant_types else [],
        "scope": " ".join(sorted(client.scopes)),
        "subject_type": "pairwise",
        "resource": sorted(client.resources),
        **{f"client_name#{language}": name for language, name in client.client_name.items()},
        **{name: _plain(getattr(client, name)) for name in _SAME_NAME if getattr(client, name) not in _EMPTY},
    }
    if client.client_name:
        document["client_name"] = client.client_name.get("vi") or next(iter(client.client_name.values()))
    return document


def response(
    client: Client, *, client_secret: Secret | None, issued_at: datetime, contacts: tuple[str, ...] = ()
) -> dict[str, Any]:
    """RFC 7591 §3.2.1: all that is registered, the secret this once; it does not expire by itself (0)."""
    document = {"client_id": client.client_id, "client_id_issued_at": epoch(issued_at), **metadata(client)}
    if contacts:
        document["contacts"] = list(contacts)
    if client_secret is not None:
        document |= {"client_secret": client_secret.reveal(), "client_secret_expires_at": 0}
    return document


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    return list(value) if isinstance(value, tuple) else value
