"""A service as an administrator writes it down, in a manifest or a JSON file, read into a registration with its terms.

The metadata follow protocol/registration; here stand the words that only administrators have: agency, legal bases,
login policy, sector, state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from idp.authn.login_policy import LoginPolicy
from idp.consent.policy import Basis, ScopeTerms, ServiceTerms
from idp.flows import self_registered
from idp.kernel.errors import OAuthError
from idp.kernel.level import Level
from idp.protocol import acr, registration
from idp.protocol.client import ClientState
from idp.protocol.policy import ProtocolPolicy
from idp.protocol.powers import Power, Powers
from idp.protocol.scope import SCOPES
from idp.storage.agencies import Agency
from idp.storage.clients import Origin, RegisteredClient

_OURS: Final = frozenset({"client_id", "state", "agency", "origin", "sector_identifier", "login_policy", "scopes"})
_METADATA: Final = frozenset(
    [
        "client_name",
        "application_type",
        "token_endpoint_auth_method",
        "token_endpoint_auth_signing_alg",
        "jwks",
        "jwks_uri",
        "grant_types",
        "redirect_uris",
        "response_types",
        "post_logout_redirect_uris",
        "backchannel_logout_uri",
        "backchannel_logout_session_required",
        "security_events_delivery",
        "security_events_uri",
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "id_token_encrypted_response_alg",
        "id_token_encrypted_response_enc",
        "userinfo_encrypted_response_alg",
        "userinfo_encrypted_response_enc",
        "subject_type",
        "default_acr_values",
        "default_max_age",
        "require_auth_time",
        "require_pkce",
        "require_pushed_authorization_requests",
        "refresh_grace",
        "sensitive",
        "accepts_restricted_factors",
        "offers_verification",
        "resource",
        "audience",
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "initiate_login_uri",
        "contacts",
    ]
)
_RELATIVE: Final = (
    "backchannel_logout_uri",
    "security_events_uri",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "initiate_login_uri",
)
_RELATIVE_LISTS: Final = ("redirect_uris", "post_logout_redirect_uris")
_SCOPE_KEYS: Final = frozenset({"scope", "legal_basis", "purpose", "legal_reference", "necessary"})
_LANGUAGES: Final = ("vi", "en")
_POWERS: Final = Powers(frozenset({Power.ADMINISTRATOR, Power.NO_PKCE}))


class UnusableClient(Exception):
    """One sentence for the administrator, with the key that is wrong."""


@dataclass(frozen=True, slots=True)
class Described:
    """The client without a secret; `needs_secret` says whether it authenticates by one."""

    registered: RegisteredClient
    needs_secret: bool


def read(
    document: Mapping[str, Any],
    policy: ProtocolPolicy,
    now: datetime,
    *,
    source: Origin,
    place: str | None = None,
) -> Described:
    """A manifest; `place` replaces its origin. Raises UnusableClient."""
    _only(document, _OURS | _METADATA, "the file")
    client_id = _text(document, "client_id")
    agency = _agency(document.get("agency"))
    entries = _scopes(document.get("scopes", []))
    metadata = _metadata(document, policy, place, entries)
    try:
        checked = registration.parse(metadata, policy, _POWERS, _state(document))
    except OAuthError as refused:
        raise UnusableClient(f"{client_id}: {refused.description}.") from None
    sector = _optional(document, "sector_identifier") or agency.id
    registered = RegisteredClient(
        client=registration.named(checked, client_id, None, sector),
        terms=ServiceTerms(agency.id, entries),
        login_policy=_login_policy(document),
        agency=agency,
        contacts=checked.contacts,
        created_at=now,
        updated_at=now,
        origin=source,
    )
    return Described(registered, checked.needs_secret)


def read_registration(document: Mapping[str, Any], policy: ProtocolPolicy, now: datetime, client_id: str) -> Described:
    """`idp clients add`: metadata of RFC 7591 alone are enough; whatever else a manifest says may stand there too."""
    if "scopes" in document or "agency" in document:
        return read(
            {"login_policy": "vneid_or_local", "state": "approved", **document, "client_id": client_id},
            policy,
            now,
            source="command",
        )
    try:
        checked = registration.parse(dict(document), policy, _POWERS, _state({"state": "approved", **document}))
    except OAuthError as refused:
        raise UnusableClient(f"{client_id}: {refused.description}.") from None
    sector = _optional(document, "sector_identifier")
    client = registration.named(checked, client_id, None, sector)
    registered = RegisteredClient(
        client=client,
        terms=self_registered.terms(client.scopes),
        login_policy=_login_policy({"login_policy": "vneid_or_local", **document}),
        agency=self_registered.AGENCY,
        contacts=checked.contacts,
        created_at=now,
        updated_at=now,
        origin="command",
    )
    return Described(registered, checked.needs_secret)


def _metadata(
    document: Mapping[str, Any], policy: ProtocolPolicy, place: str | None, entries: Mapping[str, ScopeTerms]
) -> dict[str, Any]:
    origin = place or _optional(document, "origin")
    found = {key: value for key, value in document.items() if key.partition("#")[0] in _METADATA}
    for key, value in found.items():
        base = key.partition("#")[0]
        if base in _RELATIVE:
            found[key] = _joined(value, origin, key)
        elif base in _RELATIVE_LISTS and isinstance(value, list):
            found[key] = [_joined(uri, origin, key) for uri in value]
    wanted = found.get("default_acr_values")
    if isinstance(wanted, list):
        found["default_acr_values"] = [_acr(word, policy) for word in wanted]
    return {**found, "scope": " ".join(["openid", *entries])}


def _joined(uri: object, origin: str | None, key: str) -> object:
    if not isinstance(uri, str) or not uri.startswith("/"):
        return uri
    if origin is None:
        raise UnusableClient(f"{key} is relative, but the file names no origin.")
    return origin.rstrip("/") + uri


def _acr(word: object, policy: ProtocolPolicy) -> object:
    level = next((level for level in Level if level.word == word), None)
    return word if level is None else acr.url(policy.issuer, level)


def _scopes(tables: object) -> dict[str, ScopeTerms]:
    if not isinstance(tables, list):
        raise UnusableClient("scopes is a list of tables.")
    found: dict[str, ScopeTerms] = {}
    for table in tables:
        if not isinstance(table, dict):
            raise UnusableClient("scopes is a list of tables.")
        _only(table, _SCOPE_KEYS, "a scope")
        scope = _text(table, "scope")
        if scope in found or scope == "openid" or scope not in SCOPES:
            raise UnusableClient(f"scope {scope!r} is unknown, or stands there twice.")
        found[scope] = _terms(table, scope)
    return found


def _terms(table: Mapping[str, Any], scope: str) -> ScopeTerms:
    basis, necessary = table.get("legal_basis"), table.get("necessary", True)
    if basis not in [one.value for one in Basis]:
        raise UnusableClient(f"legal_basis of {scope} is task or consent.")
    if not isinstance(necessary, bool):
        raise UnusableClient(f"necessary of {scope} is true or false.")
    return ScopeTerms(Basis(basis), _localised(table, "purpose"), _localised(table, "legal_reference"), necessary)


def _agency(table: object) -> Agency:
    if not isinstance(table, dict):
        raise UnusableClient("agency is a table with code and name.")
    _only(table, frozenset({"code", "name"}), "agency")
    return Agency(_text(table, "code"), _localised(table, "name"))


def _state(document: Mapping[str, Any]) -> ClientState:
    word = document.get("state", "draft")
    if word not in (ClientState.DRAFT.value, ClientState.APPROVED.value):
        raise UnusableClient("state is draft or approved.")
    return ClientState(word)


def _login_policy(document: Mapping[str, Any]) -> LoginPolicy:
    word = document.get("login_policy")
    if word not in [one.value for one in LoginPolicy]:
        raise UnusableClient("login_policy is vneid_only, vneid_or_local or local.")
    return LoginPolicy(word)


def _localised(table: Mapping[str, Any], key: str) -> dict[str, str]:
    """RFC 7591 §2.2: what has no tag is Vietnamese here, and both languages are asked for."""
    vietnamese = _text(table, key)
    return {"vi": vietnamese, "en": _optional(table, f"{key}#en") or vietnamese}


def _only(table: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    for key in table:
        base, mark, language = key.partition("#")
        if base not in known or (mark and language not in _LANGUAGES):
            raise UnusableClient(f"{key!r} is no key of {what}.")


def _text(table: Mapping[str, Any], key: str) -> str:
    value = _optional(table, key)
    if value is None:
        raise UnusableClient(f"{key} is missing.")
    return value


def _optional(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UnusableClient(f"{key} is not a string.")
    return value
