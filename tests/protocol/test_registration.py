"""Client registration: what may be registered, by whom, with which defaults; and back to JSON again."""

import base64
from typing import Any

import pytest

from idp.kernel.errors import InvalidClientMetadata, OAuthError
from idp.kernel.secret import Secret
from idp.protocol.client import ApplicationType, AuthMethod, ClientState
from idp.protocol.encryption import Encryption
from idp.protocol.policy import ProtocolPolicy
from idp.protocol.powers import Power, Powers
from idp.protocol.registration import Registration, check_sector_document, named, parse
from idp.protocol.registration_response import metadata, response
from tests.protocol.build import API, NOW, POLICY, REDIRECT_URI, SANDBOX

NONE = Powers()
ADMINISTRATOR = Powers.of(["administrator"])
EC_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
RSA_KEY = {"kty": "RSA", "n": base64.urlsafe_b64encode(b"\xc1" * 256).decode().rstrip("="), "e": "AQAB"}


def register(
    document: object = None,
    policy: ProtocolPolicy = POLICY,
    powers: Powers = NONE,
    state: ClientState = ClientState.APPROVED,
    **members: Any,
) -> Registration:
    whole = {"redirect_uris": [REDIRECT_URI], **members} if document is None else document
    return parse(whole, policy, powers, state)


def refused(**members: Any) -> str:
    with pytest.raises(OAuthError) as caught:
        register(**members)
    return caught.value.code


def test_the_least_document_gets_the_specifications_defaults() -> None:
    registration = register()
    client = registration.client
    assert client.token_endpoint_auth_method is AuthMethod.CLIENT_SECRET_BASIC
    assert client.grant_types == {"authorization_code"}
    assert client.application_type is ApplicationType.WEB
    assert client.id_token_signed_response_alg == "RS256"
    assert client.userinfo_signed_response_alg is None
    assert client.scopes == {"openid", "profile", "email", "phone", "address"}
    assert client.require_pkce
    assert client.sector == "motcua.example.gov.vn"
    assert registration.needs_secret


def test_a_name_in_two_languages() -> None:
    two: dict[str, Any] = {"client_name": "Một cửa", "client_name#en": "One-stop shop"}
    client = register(**two).client
    assert client.client_name == {"vi": "Một cửa", "en": "One-stop shop"}
    assert register(client_name="Chỉ một").client.client_name == {"vi": "Chỉ một", "en": "Chỉ một"}
    assert register().client.client_name["vi"] == "motcua.example.gov.vn"


def test_a_public_client_gets_no_secret_and_always_needs_pkce() -> None:
    for powers in (NONE, Powers.of(["no_pkce_by_default"])):
        registration = register(token_endpoint_auth_method="none", powers=powers)
        assert not registration.needs_secret
        assert registration.client.require_pkce


@pytest.mark.parametrize(
    "members",
    [
        {"redirect_uris": []},
        {"redirect_uris": "x"},
        {"redirect_uris": [1]},
        {"redirect_uris": None},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": [REDIRECT_URI + "#f"]},
        {"redirect_uris": ["http://motcua.example.gov.vn/cb"]},
        {"redirect_uris": ["http://localhost:8101/cb"]},
        {"redirect_uris": [f"{REDIRECT_URI}/{n}" for n in range(30)]},
    ],
)
def test_bad_redirect_uris_have_an_error_of_their_own(members: dict[str, Any]) -> None:
    assert refused(**members) == "invalid_redirect_uri"


@pytest.mark.parametrize(
    "members",
    [
        {"redirect_uris": [REDIRECT_URI, "https://other.example.gov.vn/cb"]},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": 1},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"grant_types": ["implicit"]},
        {"grant_types": ["password"]},
        {"grant_types": "authorization_code"},
        {"grant_types": []},
        {"response_types": ["token"]},
        {"response_types": []},
        {"response_types": ["code id_token"]},
        {"grant_types": ["refresh_token"], "redirect_uris": []},
        {"grant_types": [{}]},
        {"grant_types": ["authorization_code", "client_credentials"], "token_endpoint_auth_method": "none"},
        {"application_type": "desktop"},
        {"subject_type": "public"},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "HS256"},
        {"userinfo_signed_response_alg": "none"},
        {"token_endpoint_auth_signing_alg": "none"},
        {"token_endpoint_auth_signing_alg": "HS256"},
        {"id_token_encrypted_response_alg": "RSA1_5", "jwks": {"keys": [RSA_KEY]}},
        {"id_token_encrypted_response_alg": "dir", "jwks": {"keys": [RSA_KEY]}},
        {"id_token_encrypted_response_alg": "ECDH-ES"},
        {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": [RSA_KEY]}},
        {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": [{**EC_KEY, "use": "sig"}]}},
        {"userinfo_encrypted_response_alg": "RSA-OAEP-256", "jwks": {"keys": [{**RSA_KEY, "alg": "RS256"}]}},
        {"userinfo_encrypted_response_enc": "A256GCM", "jwks": {"keys": [EC_KEY]}},
        {
            "userinfo_encrypted_response_alg": "ECDH-ES",
            "userinfo_encrypted_response_enc": "none",
            "jwks": {"keys": [EC_KEY]},
        },
        {"security_events_delivery": "mail"},
        {"security_events_delivery": "push"},
        {"security_events_uri": "https://motcua.example.gov.vn/events"},
        {"security_events_delivery": "poll", "security_events_uri": "https://motcua.example.gov.vn/events"},
        {"security_events_delivery": "poll", "token_endpoint_auth_method": "none"},
        {"dpop_bound_access_tokens": True},
        {"jwks": {"keys": [EC_KEY]}, "jwks_uri": "https://motcua.example.gov.vn/jwks"},
        {"jwks": {}},
        {"jwks": {"keys": []}},
        {"jwks": {"keys": [1]}},
        {"jwks": {"keys": [{"kty": []}]}},
        {"jwks": []},
        {"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}},
        {"jwks": {"keys": [{**EC_KEY, "d": "AAAA"}]}},
        {"jwks": {"keys": [{"kty": "EC"}]}},
        {"jwks": {"keys": [{**EC_KEY, "crv": "secp256k1"}]}},
        {"jwks": {"keys": [{**RSA_KEY, "n": "AQAB"}]}},
        {"jwks": {"keys": [{**RSA_KEY, "kid": "\x00"}]}},
        {"jwks": {"keys": [{**RSA_KEY, "n": "A"}]}},
        {"require_pkce": False},
        {"require_pkce": "no"},
        {"default_max_age": -1},
        {"default_max_age": True},
        {"default_max_age": 1.5},
        {"default_acr_values": "low"},
        {"contacts": "a@example.vn"},
        {"contacts": [1]},
        {"client_name": "a" * 500},
        {"client_name": "Một\u202eCửa"},
        {"client_name": "a\x00b"},
        {"client_name": 1},
        {"require_auth_time": "true"},
        {"backchannel_logout_session_required": 1},
        {"post_logout_redirect_uris": ["javascript:x"]},
        {"post_logout_redirect_uris": "x"},
        {"sector_identifier_uri": "http://motcua.example.gov.vn/sector"},
    ],
)
def test_other_mistakes_are_invalid_client_metadata(members: dict[str, Any]) -> None:
    assert refused(**members) == "invalid_client_metadata"


@pytest.mark.parametrize("document", [None, [], "x", 1, True])
def test_a_registration_is_an_object(document: Any) -> None:
    with pytest.raises(InvalidClientMetadata):
        parse(document, POLICY, NONE, ClientState.DRAFT)


def test_software_statements_are_refused() -> None:
    assert refused(software_statement="eyJ") == "invalid_software_statement"


WEB_FIELDS = [
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "initiate_login_uri",
    "backchannel_logout_uri",
    "security_events_uri",
    "jwks_uri",
    "sector_identifier_uri",
]


@pytest.mark.parametrize("field", WEB_FIELDS)
@pytest.mark.parametrize(
    "uri", ["JavaScript:alert(1)", "dAtA:text/html,x", "vbscript:x", "http://x.example/", "https://x.example/#f", 5]
)
def test_every_uri_of_a_registration_passes_one_allow_list(field: str, uri: object) -> None:
    assert refused(**{field: uri}) == "invalid_client_metadata"
    good: dict[str, Any] = {field: "https://motcua.example.gov.vn/x"}
    if field == "security_events_uri":
        good["security_events_delivery"] = "push"
    assert getattr(register(**good).client, field, "https") is not None


def test_several_hosts_need_a_sector_identifier_uri() -> None:
    two = [REDIRECT_URI, "https://other.example.gov.vn/cb"]
    registration = register(redirect_uris=two, sector_identifier_uri="https://sector.example.gov.vn/uris.json")
    assert registration.client.sector == "sector.example.gov.vn"
    check_sector_document([*two, "https://third.example"], registration.client.redirect_uris)
    wrong: tuple[object, ...] = (two[:1], {}, None, [1])
    for document in wrong:
        with pytest.raises(InvalidClientMetadata):
            check_sector_document(document, registration.client.redirect_uris)


def test_an_app_on_the_loopback_address_shares_its_sector_with_nobody() -> None:
    registration = register(application_type="native", redirect_uris=["http://127.0.0.1/cb", "http://[::1]/cb"])
    assert named(registration, "abc", None).sector == "client:abc"
    private = register(application_type="native", redirect_uris=["vn.gov.example.app:/cb"])
    assert named(private, "abc", None).sector == "client:abc"
    assert named(private, "abc", None, "agency-sector").sector == "agency-sector"


def test_a_service_for_itself_needs_no_redirect_uri() -> None:
    client = register({"grant_types": ["client_credentials"]}).client
    assert (client.redirect_uris, client.scopes) == ((), frozenset())
    assert client.grant_types == {"client_credentials"}


def test_offline_access_comes_with_the_refresh_grant() -> None:
    assert "offline_access" not in register(scope="openid offline_access").client.scopes
    both = register(scope="openid offline_access", grant_types=["authorization_code", "refresh_token"])
    assert both.client.scopes == {"openid", "offline_access"}


def test_pkce_may_be_let_off_by_who_holds_the_power() -> None:
    assert not register(require_pkce=False, powers=Powers.of(["no_pkce"])).client.require_pkce
    assert register(powers=Powers.of(["no_pkce"])).client.require_pkce
    assert not register(powers=Powers.of(["no_pkce_by_default"])).client.require_pkce
    assert register(require_pkce=True, powers=Powers.of(["no_pkce_by_default"])).client.require_pkce
    assert refused(require_pkce=False, token_endpoint_auth_method="none", powers=ADMINISTRATOR)


def test_only_an_administrator_names_resources_audiences_and_scopes_of_apis() -> None:
    wishes: dict[str, Any] = {"resource": [API], "audience": API, "refresh_grace": 10, "scope": "openid hoso:read"}
    wishes["accepts_restricted_factors"] = True
    wishes["sensitive"] = True
    modest = register(**wishes).client
    assert (modest.resources, modest.audience, modest.refresh_grace, modest.scopes) == (
        frozenset(),
        None,
        0,
        frozenset({"openid"}),
    )
    assert not modest.sensitive
    powerful = register(**wishes, powers=ADMINISTRATOR).client
    assert (powerful.resources, powerful.audience, powerful.refresh_grace) == (frozenset({API}), API, 10)
    assert powerful.sensitive
    assert refused(sensitive="yes", powers=ADMINISTRATOR) == "invalid_client_metadata"
    assert powerful.scopes == {"openid", "hoso:read"}
    assert (modest.accepts_restricted_factors, powerful.accepts_restricted_factors) == (False, True)
    assert refused(refresh_grace=11, powers=ADMINISTRATOR) == "invalid_client_metadata"


def test_answers_may_be_encrypted_to_a_registered_key() -> None:
    plain = register().client
    assert (plain.id_token_encryption, plain.userinfo_encryption) == (None, None)
    keyed = register(
        jwks={"keys": [{**RSA_KEY, "use": "sig"}, {**EC_KEY, "use": "enc"}]},
        id_token_encrypted_response_alg="ECDH-ES",
        userinfo_encrypted_response_alg="ECDH-ES+A256KW",
        userinfo_encrypted_response_enc="A256GCM",
    ).client
    assert keyed.id_token_encryption == Encryption("ECDH-ES", "A128CBC-HS256")
    assert keyed.userinfo_encryption == Encryption("ECDH-ES+A256KW", "A256GCM")
    fetched = register(jwks_uri="https://x.example/jwks", id_token_encrypted_response_alg="RSA-OAEP-256").client
    assert fetched.id_token_encryption == Encryption("RSA-OAEP-256")


def test_what_is_verified_is_asked_for_by_name_and_numbers_by_an_administrator_alone() -> None:
    everything = "openid profile identity_assurance qn:national_id"
    assert "identity_assurance" not in register().client.scopes
    assert register(scope=everything).client.scopes == {"openid", "profile", "identity_assurance"}
    hidden: dict[str, Any] = {"jwks": {"keys": [EC_KEY]}, "userinfo_encrypted_response_alg": "ECDH-ES"}
    assert refused(scope=everything, powers=ADMINISTRATOR) == "invalid_client_metadata"
    approved = register(scope=everything, powers=ADMINISTRATOR, **hidden).client.scopes
    assert approved == {"openid", "profile", "identity_assurance", "qn:national_id"}


def test_unknown_words_give_no_power() -> None:
    assert Powers.of(["root", "ADMINISTRATOR"]).held == frozenset()
    assert Powers.of(Powers.of(["no_pkce"]).words()).hold(Power.NO_PKCE)


def test_keys_are_kept_without_baggage() -> None:
    client = register(
        token_endpoint_auth_method="private_key_jwt", jwks={"keys": [{**EC_KEY, "x5c": ["x"]}, RSA_KEY]}
    ).client
    assert client.jwks == {"keys": [EC_KEY, RSA_KEY]}
    assert not register(token_endpoint_auth_method="private_key_jwt", jwks_uri="https://x.example/jwks").needs_secret


def test_plain_http_to_loopback_is_for_the_sandbox() -> None:
    members: dict[str, Any] = {
        "redirect_uris": ["http://127.0.0.1:8101/cb"],
        "backchannel_logout_uri": "http://127.0.0.1:8101/bcl",
        "post_logout_redirect_uris": ["http://127.0.0.1:8101/"],
    }
    assert register(**members, policy=SANDBOX).client.sector == "127.0.0.1"
    assert refused(**members) == "invalid_redirect_uri"


def test_the_answer_tells_everything_and_the_secret_once() -> None:
    registration = register(client_name="Một cửa", contacts=["so@example.gov.vn"])
    client = named(registration, "abc", Secret("s3cret"))
    assert client.secret_digest == Secret("s3cret").digest()
    answer = response(client, client_secret=Secret("s3cret"), issued_at=NOW, contacts=registration.contacts)
    assert answer["client_id"] == "abc"
    assert answer["client_secret"] == "s3cret"
    assert answer["client_secret_expires_at"] == 0
    assert answer["redirect_uris"] == [REDIRECT_URI]
    assert answer["contacts"] == ["so@example.gov.vn"]
    assert answer["client_name"] == "Một cửa"
    assert "client_secret" not in metadata(client)
