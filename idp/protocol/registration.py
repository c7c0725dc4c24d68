"""Client registration: RFC 7591 §2 and OpenID Connect Registration §2, from a document to a validated Client.

The same rules serve dynamic registration, the command line and the manifests; only their powers differ. The terms on
which a service may know something (purposes, legal bases) are in consent/.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from idp.kernel.errors import InvalidClientMetadata, InvalidRedirectUri, InvalidSoftwareStatement
from idp.kernel.secret import Secret
from idp.protocol import client_assertion, encryption, jwk_set, redirect_uri
from idp.protocol import metadata_fields as read
from idp.protocol import scope as scopes
from idp.protocol.client import ApplicationType, AuthMethod, Client, ClientState
from idp.protocol.grants import GrantType
from idp.protocol.policy import ProtocolPolicy
from idp.protocol.powers import Power, Powers
from idp.protocol.security_event import Delivery

_MAX_AGE = 10 * 365 * 24 * 3600
_MAX_GRACE = 10

# What would promise a protection that this server does not give must fail, not be ignored.
_UNSUPPORTED = (
    "authorization_encrypted_response_alg",
    "request_object_encryption_alg",
    "tls_client_certificate_bound_access_tokens",
    "dpop_bound_access_tokens",
    "require_signed_request_object",
)


@dataclass(frozen=True, slots=True)
class Registration:
    """A validated document. `client` has no id, no secret and perhaps no sector yet: see `named`."""

    client: Client
    contacts: tuple[str, ...]
    sector_identifier_uri: str | None
    needs_secret: bool


def parse(document: object, policy: ProtocolPolicy, powers: Powers, state: ClientState) -> Registration:
    """RFC 7591 §3.2.2: `invalid_redirect_uri` or `invalid_client_metadata`. Unknown members are ignored (§2)."""
    if not isinstance(document, dict):
        raise InvalidClientMetadata("the client metadata must be a JSON object")
    if document.get("software_statement") is not None:
        raise InvalidSoftwareStatement("software statements are not supported")
    for name in _UNSUPPORTED:
        if document.get(name):
            raise InvalidClientMetadata(f"{name} is not supported")
    client = _client(document, policy, powers, state)
    sector_uri = _web_uri(document, "sector_identifier_uri", policy)
    return Registration(
        client=replace(client, sector=_sector(client, sector_uri)),
        contacts=read.texts(document, "contacts"),
        sector_identifier_uri=sector_uri,
        needs_secret=client.token_endpoint_auth_method
        in {AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST},
    )


def named(registration: Registration, client_id: str, secret: Secret | None, sector: str | None = None) -> Client:
    """The client under its id. Apps without a web host share no sector with anybody."""
    client = registration.client
    return replace(
        client,
        client_id=client_id,
        secret_digest=None if secret is None else secret.digest(),
        sector=sector or client.sector or f"client:{client_id}",
    )


def check_sector_document(document: object, redirect_uris: tuple[str, ...]) -> None:
    """OpenID Connect Registration §5: the fetched array must hold every redirect URI."""
    if not isinstance(document, list) or not set(redirect_uris) <= {uri for uri in document if isinstance(uri, str)}:
        raise InvalidClientMetadata("sector_identifier_uri does not list every redirect URI")


def _client(document: Mapping[str, Any], policy: ProtocolPolicy, powers: Powers, state: ClientState) -> Client:
    application_type = _choice(document, "application_type", ApplicationType, ApplicationType.WEB)
    method = _choice(document, "token_endpoint_auth_method", AuthMethod, AuthMethod.CLIENT_SECRET_BASIC)
    redirect_uris = _redirect_uris(document, "redirect_uris", application_type, policy)
    grant_types = _grant_types(document, method)
    if ("authorization_code" in grant_types) != bool(redirect_uris):
        raise InvalidRedirectUri("redirect_uris and the authorization_code grant belong together")
    _subject_type(document)
    client = Client(
        client_id="",
        state=state,
        client_name=read.localised(document, "client_name") or _default_name(redirect_uris),
        redirect_uris=redirect_uris,
        token_endpoint_auth_method=method,
        sector="",
        grant_types=grant_types,
        scopes=_scopes(document, grant_types, administrator=powers.hold(Power.ADMINISTRATOR)),
        application_type=application_type,
        require_pkce=_require_pkce(document, method, powers),
        offers_verification=read.flag(document, "offers_verification"),
        post_logout_redirect_uris=_redirect_uris(document, "post_logout_redirect_uris", application_type, policy),
    )
    client = _with_requests(_with_links(_with_keys(client, document, policy), document, policy), document)
    return _with_powers(client, document, policy) if powers.hold(Power.ADMINISTRATOR) else client


def _with_keys(client: Client, document: Mapping[str, Any], policy: ProtocolPolicy) -> Client:
    """RFC 7591 §2: jwks and jwks_uri exclude each other; private_key_jwt needs one. No algorithm named is RS256."""
    jwks = None if document.get("jwks") is None else jwk_set.check(document["jwks"])
    jwks_uri = _web_uri(document, "jwks_uri", policy)
    if jwks is not None and jwks_uri is not None:
        raise InvalidClientMetadata("jwks and jwks_uri must not both be present")
    if client.token_endpoint_auth_method is AuthMethod.PRIVATE_KEY_JWT and jwks is None and jwks_uri is None:
        raise InvalidClientMetadata("private_key_jwt needs jwks or jwks_uri")
    keyed = replace(
        client,
        jwks=jwks,
        jwks_uri=jwks_uri,
        token_endpoint_auth_signing_alg=_alg(document, "token_endpoint_auth_signing_alg", client_assertion.ALGS),
        id_token_signed_response_alg=_alg(document, "id_token_signed_response_alg", policy.signing_algs) or "RS256",
        userinfo_signed_response_alg=_alg(document, "userinfo_signed_response_alg", policy.signing_algs),
    )
    return _with_encryption(keyed, document)


def _with_encryption(client: Client, document: Mapping[str, Any]) -> Client:
    """OpenID Connect Registration §2: `enc` goes with `alg`; without a key to encrypt to nothing could go out."""
    told: dict[str, Any] = {}
    for kind in ("id_token", "userinfo"):
        alg = _alg(document, f"{kind}_encrypted_response_alg", encryption.ALGS)
        enc = _alg(document, f"{kind}_encrypted_response_enc", encryption.ENCS)
        if enc is not None and alg is None:
            raise InvalidClientMetadata(f"{kind}_encrypted_response_enc needs {kind}_encrypted_response_alg")
        told |= {f"{kind}_encrypted_response_alg": alg, f"{kind}_encrypted_response_enc": enc}
    found = replace(client, **told)
    ways = (found.id_token_encryption, found.userinfo_encryption)
    if scopes.NATIONAL_ID in found.scopes and ways == (None, None):
        # People would be asked for what is never told: a number leaves in encrypted answers alone.
        raise InvalidClientMetadata(f"the scope {scopes.NATIONAL_ID} needs encrypted ID tokens or userinfo")
    for how in ways:
        if how is None or found.jwks_uri is not None:
            continue
        if found.jwks is None or not encryption.is_served(found.jwks, how):
            raise InvalidClientMetadata("encrypted answers need a key for their algorithm in jwks or jwks_uri")
    return found


def _with_links(client: Client, document: Mapping[str, Any], policy: ProtocolPolicy) -> Client:
    """Addresses that pages show or that we call: one allow-list of schemes for all of them (CVE-2026-9086)."""
    delivery, events_uri = _security_events(client, document, policy)
    return replace(
        client,
        security_events_delivery=delivery,
        security_events_uri=events_uri,
        client_uri=_web_uri(document, "client_uri", policy),
        logo_uri=_web_uri(document, "logo_uri", policy),
        policy_uri=_web_uri(document, "policy_uri", policy),
        tos_uri=_web_uri(document, "tos_uri", policy),
        initiate_login_uri=_web_uri(document, "initiate_login_uri", policy),
        backchannel_logout_uri=_web_uri(document, "backchannel_logout_uri", policy),
        backchannel_logout_session_required=read.flag(document, "backchannel_logout_session_required"),
    )


def _security_events(
    client: Client, document: Mapping[str, Any], policy: ProtocolPolicy
) -> tuple[Delivery | None, str | None]:
    """Ours: pushed to an address, or fetched by a client that can prove who it is."""
    delivery = _choice(document, "security_events_delivery", Delivery, None)
    uri = _web_uri(document, "security_events_uri", policy)
    if (delivery is Delivery.PUSH) != (uri is not None):
        raise InvalidClientMetadata("security_events_uri belongs to security_events_delivery push, and to nothing else")
    if delivery is Delivery.POLL and client.is_public:
        raise InvalidClientMetadata("a public client cannot poll for security events")
    return delivery, uri


def _with_requests(client: Client, document: Mapping[str, Any]) -> Client:
    """Defaults of its authorization requests: OpenID Connect Registration §2, RFC 9126 §6."""
    return replace(
        client,
        require_pushed_authorization_requests=read.flag(document, "require_pushed_authorization_requests"),
        default_max_age=read.number(document, "default_max_age", most=_MAX_AGE),
        require_auth_time=read.flag(document, "require_auth_time"),
        default_acr_values=read.texts(document, "default_acr_values"),
    )


def _with_powers(client: Client, document: Mapping[str, Any], policy: ProtocolPolicy) -> Client:
    """What only an administrator decides: RFC 8707 resources, audience, grace at refresh, discretion, weak factors."""
    return replace(
        client,
        resources=frozenset(_resources(document, policy)),
        audience=_web_uri(document, "audience", policy),
        refresh_grace=read.number(document, "refresh_grace", most=_MAX_GRACE) or 0,
        sensitive=read.flag(document, "sensitive"),
        accepts_restricted_factors=read.flag(document, "accepts_restricted_factors"),
    )


def _choice(document: Mapping[str, Any], name: str, kind: type[Any], default: Any) -> Any:  # noqa: ANN401 - an enum member
    value = read.text(document, name)
    try:
        return default if value is None else kind(value)
    except ValueError:
        raise InvalidClientMetadata(f"{name} has an unsupported value") from None


def _grant_types(document: Mapping[str, Any], method: AuthMethod) -> frozenset[str]:
    """RFC 7591 §2.1: response types and grant types must agree; what is left out follows from the other."""
    grant_types = frozenset(read.texts(document, "grant_types", ("authorization_code",)))
    response_types = read.texts(document, "response_types", ("code",) if "authorization_code" in grant_types else ())
    if not grant_types or not grant_types <= {grant_type.value for grant_type in GrantType}:
        raise InvalidClientMetadata("grant_types holds an unsupported grant type")
    if not set(response_types) <= {"code"}:
        raise InvalidClientMetadata("the only response type is code")
    if ("code" in response_types) != ("authorization_code" in grant_types):
        raise InvalidClientMetadata("grant_types and response_types do not belong together")
    if "refresh_token" in grant_types and "authorization_code" not in grant_types:
        raise InvalidClientMetadata("the refresh_token grant needs the authorization_code grant")
    if "client_credentials" in grant_types and method is AuthMethod.NONE:
        raise InvalidClientMetadata("a public client has no credentials of its own")
    return grant_types


def _redirect_uris(
    document: Mapping[str, Any], name: str, application_type: ApplicationType, policy: ProtocolPolicy
) -> tuple[str, ...]:
    try:
        uris = read.texts(document, name)
        for uri in uris:
            redirect_uri.check_registrable(uri, application_type, sandbox=policy.sandbox)
    except (InvalidRedirectUri, InvalidClientMetadata) as error:
        kind = InvalidRedirectUri if name == "redirect_uris" else InvalidClientMetadata
        raise kind(f"{name}: {error.description}") from None
    return uris


def _web_uri(document: Mapping[str, Any], name: str, policy: ProtocolPolicy) -> str | None:
    uri = read.text(document, name)
    if uri is not None:
        redirect_uri.check_web_uri(uri, name, sandbox=policy.sandbox)
    return uri


def _resources(document: Mapping[str, Any], policy: ProtocolPolicy) -> tuple[str, ...]:
    """RFC 8707 §2: absolute, no fragment."""
    resources = read.texts(document, "resource")
    for resource in resources:
        redirect_uri.check_web_uri(resource, "resource", sandbox=policy.sandbox)
    return resources


def _alg(document: Mapping[str, Any], name: str, supported: tuple[str, ...]) -> str | None:
    """Never `none`, never anything that we would not do."""
    alg = read.text(document, name)
    if alg is not None and alg not in supported:
        raise InvalidClientMetadata(f"{name} has an unsupported value")
    return alg


def _subject_type(document: Mapping[str, Any]) -> None:
    """OpenID Connect Core §8: every `sub` is pairwise here; a client that wants a public one must learn it now."""
    if read.text(document, "subject_type") not in {None, "pairwise"}:
        raise InvalidClientMetadata("subject_type must be pairwise")


def _require_pkce(document: Mapping[str, Any], method: AuthMethod, powers: Powers) -> bool:
    """PKCE for everybody; only a confidential client may be let off, and only by somebody who holds the power."""
    public = method is AuthMethod.NONE
    required = read.flag(document, "require_pkce", default=public or not powers.hold(Power.NO_PKCE_BY_DEFAULT))
    allowed = {Power.NO_PKCE, Power.NO_PKCE_BY_DEFAULT, Power.ADMINISTRATOR} & powers.held
    if not required and (public or not allowed):
        raise InvalidClientMetadata("require_pkce false is not allowed for this registration")
    return required


def _scopes(document: Mapping[str, Any], grant_types: frozenset[str], *, administrator: bool) -> frozenset[str]:
    """RFC 7591 §2: without `scope` the standard ones; what nobody knows is dropped, as the answer shows."""
    if "authorization_code" not in grant_types and document.get("scope") is None:
        return frozenset()
    text = read.text(document, "scope")
    asked = scopes.parse(text) if text is not None else scopes.standard()
    kept = frozenset(name for name in asked if administrator or scopes.is_free(name))
    return kept if "refresh_token" in grant_types else kept - {"offline_access"}


def _sector(client: Client, sector_identifier_uri: str | None) -> str:
    """OpenID Connect Core §8.1: the host of sector_identifier_uri, else the one host of all redirect URIs."""
    if sector_identifier_uri is not None:
        return redirect_uri.host(sector_identifier_uri) or ""
    hosts = {host for uri in client.redirect_uris if (host := redirect_uri.host(uri)) is not None}
    if client.application_type is ApplicationType.NATIVE:
        # Every machine has a loopback: it says nothing about whose app this is.
        hosts = {host for host in hosts if not redirect_uri.is_loopback(host)}
    if len(hosts) > 1:
        raise InvalidClientMetadata("several redirect hosts need a sector_identifier_uri")
    return hosts.pop() if hosts else ""


def _default_name(redirect_uris: tuple[str, ...]) -> dict[str, str]:
    name = next((host for uri in redirect_uris if (host := redirect_uri.host(uri))), None) or "client"
    return {"vi": name, "en": name}
