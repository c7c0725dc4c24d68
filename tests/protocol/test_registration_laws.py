"""Laws of client registration: what is read back is what was registered, and every document has an answer."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.errors import OAuthError
from idp.protocol.client import Client, ClientState
from idp.protocol.registration import parse
from idp.protocol.registration_response import metadata, response
from tests.protocol.build import API, ISSUER, NOW, POLICY, REDIRECT_URI, SANDBOX, json_values
from tests.protocol.test_registration import ADMINISTRATOR, EC_KEY, NONE, WEB_FIELDS

members = st.fixed_dictionaries(
    {"redirect_uris": st.just([REDIRECT_URI])},
    optional={
        "token_endpoint_auth_method": st.sampled_from(["client_secret_basic", "client_secret_post", "none"]),
        "grant_types": st.sampled_from(
            [
                ["authorization_code"],
                ["authorization_code", "refresh_token"],
                ["authorization_code", "client_credentials"],
            ]
        ),
        "client_name": st.sampled_from(["Một cửa", "Đất đai"]),
        "client_name#en": st.just("Shop"),
        "scope": st.sampled_from(["openid", "openid profile email hoso:read", "offline_access openid"]),
        "id_token_signed_response_alg": st.sampled_from(["ES256", "RS256"]),
        "userinfo_signed_response_alg": st.just("ES256"),
        "id_token_encrypted_response_alg": st.sampled_from(["ECDH-ES", "ECDH-ES+A256KW", "RSA-OAEP-256"]),
        "id_token_encrypted_response_enc": st.sampled_from(["A128CBC-HS256", "A256GCM"]),
        "userinfo_encrypted_response_alg": st.just("ECDH-ES"),
        "security_events_delivery": st.sampled_from(["push", "poll"]),
        "security_events_uri": st.just("https://motcua.example.gov.vn/security-events"),
        "default_max_age": st.integers(0, 3600),
        "require_auth_time": st.booleans(),
        "require_pkce": st.booleans(),
        "require_pushed_authorization_requests": st.booleans(),
        "default_acr_values": st.just([f"{ISSUER}/loa/substantial", f"{ISSUER}/loa/low"]),
        "jwks": st.just({"keys": [EC_KEY]}),
        "resource": st.just([API]),
        "audience": st.just(API),
        "refresh_grace": st.integers(0, 10),
        "accepts_restricted_factors": st.booleans(),
        "offers_verification": st.booleans(),
        "sensitive": st.booleans(),
        "logo_uri": st.just("https://motcua.example.gov.vn/logo.png"),
        "backchannel_logout_uri": st.just("https://motcua.example.gov.vn/bcl"),
        "backchannel_logout_session_required": st.booleans(),
        "post_logout_redirect_uris": st.just(["https://motcua.example.gov.vn/bye"]),
    },
)


@given(members)
def test_reading_the_metadata_of_a_client_gives_the_same_client(document: dict[str, Any]) -> None:
    try:
        client = parse(document, POLICY, ADMINISTRATOR, ClientState.APPROVED).client
    except OAuthError:
        return
    again: Client = parse(metadata(client), POLICY, ADMINISTRATOR, ClientState.APPROVED).client
    assert again == client


KNOWN = [
    *WEB_FIELDS,
    "redirect_uris",
    "grant_types",
    "response_types",
    "scope",
    "client_name",
    "jwks",
    "contacts",
    "require_pkce",
    "default_max_age",
    "subject_type",
    "resource",
    "audience",
    "token_endpoint_auth_method",
    "application_type",
    "software_statement",
]


@given(st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=20), json_values, max_size=6), st.booleans())
def test_every_document_is_a_client_or_a_registered_error(document: dict[str, Any], sane: bool) -> None:
    whole = {**document, "redirect_uris": [REDIRECT_URI]} if sane else document
    for powers in (NONE, ADMINISTRATOR):
        try:
            registration = parse(whole, SANDBOX, powers, ClientState.DRAFT)
        except OAuthError:
            continue
        client = replace(registration.client, client_id="abc")
        assert client.require_pkce or powers is ADMINISTRATOR
        assert response(client, client_secret=None, issued_at=NOW)["client_id"] == "abc"
