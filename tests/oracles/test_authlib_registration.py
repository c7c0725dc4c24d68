"""Authlib as oracle for client metadata: what we register it would too, and what we refuse for a rule of the
specifications it refuses as well."""

from typing import Any

import pytest
from authlib.oauth2.rfc7591 import ClientMetadataClaims as OAuthMetadata
from authlib.oidc.registration import ClientMetadataClaims as OpenIDMetadata
from hypothesis import given
from joserfc.errors import JoseError

from idp.kernel.errors import OAuthError
from idp.protocol import discovery, registration
from idp.protocol.client import Client, ClientState
from idp.protocol.powers import Powers
from idp.protocol.registration_response import metadata
from tests.protocol.build import POLICY, REDIRECT_URI
from tests.protocol.test_registration import EC_KEY
from tests.protocol.test_registration_laws import members

SERVER = discovery.document(POLICY)


def authlib_accepts(document: dict[str, Any]) -> bool:
    try:
        for kind in (OAuthMetadata, OpenIDMetadata):
            kind(dict(document), {}, kind.get_claims_options(SERVER), {}).validate()
    except JoseError:
        return False
    return True


def registered(document: dict[str, Any]) -> Client | None:
    try:
        return registration.parse(document, POLICY, Powers.of(["no_pkce"]), ClientState.APPROVED).client
    except OAuthError:
        return None


@given(members)
def test_what_we_register_authlib_would_register(document: dict[str, Any]) -> None:
    client = registered(document)
    assert client is None or authlib_accepts(metadata(client))


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": ["relative"]},
        {"redirect_uris": [REDIRECT_URI + "#fragment"]},
        {"grant_types": ["implicit"]},
        {"response_types": ["token"]},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"application_type": "desktop"},
        {"subject_type": "public"},
        {"id_token_signed_response_alg": "HS256"},
        {"userinfo_signed_response_alg": "HS256"},
        {"default_max_age": "soon"},
        {"require_auth_time": "yes"},
        {"client_uri": "no address"},
        {"logo_uri": "no address"},
        {"initiate_login_uri": "no address"},
        {"contacts": "a@example.vn"},
        {"jwks": {"keys": [{**EC_KEY, "d": "AAAA"}]}},
        {"jwks": {"keys": [EC_KEY]}, "jwks_uri": "https://motcua.example.gov.vn/jwks"},
    ],
)
def test_both_refuse_what_the_specifications_forbid(changes: dict[str, Any]) -> None:
    document = {"redirect_uris": [REDIRECT_URI], **changes}
    assert not authlib_accepts(document)
    assert registered(document) is None
