"""The discovery document: OpenID Connect Discovery §3, RFC 8414 §2. Built from the registries: it cannot tell else."""

from collections.abc import Iterable
from typing import Any

from idp.kernel.level import Level
from idp.protocol import acr, client_assertion, encryption, endpoints, pkce
from idp.protocol.claim_names import wire
from idp.protocol.claims import CLAIMS, PROTOCOL_CLAIMS
from idp.protocol.client import AuthMethod
from idp.protocol.grants import GRANTS
from idp.protocol.policy import ProtocolPolicy
from idp.protocol.request import Prompt, ResponseMode
from idp.protocol.scope import SCOPES
from idp.protocol.verified_claims import metadata as verified_claims

# What people may be shown in: OpenID Connect Core §3.1.2.1. Every page fits every window.
_DISPLAYS = ("page", "popup", "touch", "wap")


def document(
    policy: ProtocolPolicy, *, levels: Iterable[Level] = tuple(Level), phishing_resistant: bool = False
) -> dict[str, Any]:
    """The same for both well-known addresses.

    `levels` and `phishing_resistant`: what the installed authenticators can reach.
    """
    return {
        "issuer": policy.issuer,
        **_endpoints(policy.issuer),
        **_authorization(policy),
        **_client_authentication(policy),
        **_about_people(policy, levels, phishing_resistant=phishing_resistant),
        **verified_claims.document(),
        **_logout(),
        **_links(policy),
    }


def _endpoints(issuer: str) -> dict[str, Any]:
    paths = {
        "authorization_endpoint": endpoints.AUTHORIZE,
        "pushed_authorization_request_endpoint": endpoints.PAR,
        "token_endpoint": endpoints.TOKEN,
        "userinfo_endpoint": endpoints.USERINFO,
        "introspection_endpoint": endpoints.INTROSPECT,
        "revocation_endpoint": endpoints.REVOKE,
        "registration_endpoint": endpoints.REGISTER,
        "end_session_endpoint": endpoints.LOGOUT,
        "jwks_uri": endpoints.JWKS,
    }
    return {name: endpoints.url(issuer, path) for name, path in paths.items()}


def _authorization(policy: ProtocolPolicy) -> dict[str, Any]:
    return {
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": [mode.value for mode in ResponseMode],
        "grant_types_supported": [grant_type.value for grant_type in GRANTS],
        "code_challenge_methods_supported": list(pkce.METHODS),
        "prompt_values_supported": [prompt.value for prompt in Prompt],
        "display_values_supported": list(_DISPLAYS),
        "ui_locales_supported": list(policy.ui_locales),
        "authorization_response_iss_parameter_supported": True,  # RFC 9207 §3
        "require_pushed_authorization_requests": False,  # RFC 9126 §5: a setting of each client
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,  # its default would be true
        "require_request_uri_registration": False,
        "claims_parameter_supported": True,
    }


def _client_authentication(policy: ProtocolPolicy) -> dict[str, Any]:
    """RFC 8414 §2: introspection is never open to a client that cannot authenticate."""
    methods = [method.value for method in AuthMethod]
    confidential = [method.value for method in AuthMethod if method is not AuthMethod.NONE]
    algs = list(client_assertion.ALGS)
    return {
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algs,
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": algs,
        "id_token_signing_alg_values_supported": list(policy.signing_algs),
        "userinfo_signing_alg_values_supported": list(policy.signing_algs),
        **{
            f"{kind}_encryption_{what}_values_supported": list(values)
            for kind in ("id_token", "userinfo")
            for what, values in (("alg", encryption.ALGS), ("enc", encryption.ENCS))
        },
    }


def _about_people(policy: ProtocolPolicy, levels: Iterable[Level], *, phishing_resistant: bool) -> dict[str, Any]:
    acr_values = [acr.url(policy.issuer, level) for level in sorted(levels)]
    return {
        "subject_types_supported": ["pairwise"],
        # EAP ACR Values 1.0
        "acr_values_supported": [*acr_values, "phr"] if phishing_resistant else acr_values,
        "claim_types_supported": ["normal"],
        "claims_supported": [*PROTOCOL_CLAIMS, *map(wire, CLAIMS)],
        "claims_locales_supported": list(policy.ui_locales),
    }


def _logout() -> dict[str, Any]:
    """OpenID Connect Back-Channel Logout §2.1."""
    return {"backchannel_logout_supported": True, "backchannel_logout_session_supported": True}


def _links(policy: ProtocolPolicy) -> dict[str, Any]:
    links = {
        "service_documentation": policy.service_documentation,
        "op_policy_uri": policy.op_policy_uri,
        "op_tos_uri": policy.op_tos_uri,
    }
    return {name: value for name, value in links.items() if value is not None}
