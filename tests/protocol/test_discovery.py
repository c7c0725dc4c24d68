"""The discovery document promises what exists, and nothing more."""

from idp.kernel.level import Level
from idp.protocol import acr, encryption
from idp.protocol.claim_names import wire
from idp.protocol.discovery import document
from idp.protocol.grants import GRANTS
from idp.protocol.scope import SCOPES
from tests.protocol.build import ISSUER, POLICY, SANDBOX

DOCUMENT = document(POLICY, levels=[Level.SUBSTANTIAL, Level.LOW, Level.BASIC])


def test_the_contracts_promises() -> None:
    assert DOCUMENT["request_uri_parameter_supported"] is False
    assert DOCUMENT["request_parameter_supported"] is False
    assert DOCUMENT["claims_parameter_supported"] is True
    assert DOCUMENT["authorization_response_iss_parameter_supported"] is True
    assert DOCUMENT["backchannel_logout_session_supported"] is True
    assert DOCUMENT["response_types_supported"] == ["code"]
    assert DOCUMENT["response_modes_supported"] == ["query", "form_post"]
    assert DOCUMENT["code_challenge_methods_supported"] == ["S256"]
    assert DOCUMENT["subject_types_supported"] == ["pairwise"]
    assert DOCUMENT["token_endpoint_auth_methods_supported"] == [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none",
    ]


def test_the_registries_speak() -> None:
    assert DOCUMENT["grant_types_supported"] == [grant_type.value for grant_type in GRANTS]
    assert DOCUMENT["scopes_supported"] == list(SCOPES)
    assert {wire(claim) for entry in SCOPES.values() for claim in entry.claims} <= set(DOCUMENT["claims_supported"])
    assert DOCUMENT["trust_frameworks_supported"] == ["vn_nd69_2024", "qn_counter_2026"]
    assert DOCUMENT["id_token_encryption_alg_values_supported"] == list(encryption.ALGS)
    assert DOCUMENT["userinfo_encryption_enc_values_supported"] == list(encryption.ENCS)


def test_only_reachable_levels_are_promised() -> None:
    assert DOCUMENT["acr_values_supported"] == [
        acr.url(ISSUER, level) for level in (Level.BASIC, Level.LOW, Level.SUBSTANTIAL)
    ]


def test_every_endpoint_stands_under_the_issuer() -> None:
    for policy in (POLICY, SANDBOX):
        told = document(policy)
        addresses = [value for name, value in told.items() if name.endswith("_endpoint") or name == "jwks_uri"]
        assert len(addresses) == 9
        assert all(address.startswith(policy.issuer + "/") for address in addresses)


def test_nothing_weak_is_offered() -> None:
    algorithms = [value for name, values in DOCUMENT.items() if "alg_values" in name for value in values]
    assert algorithms
    assert not [alg for alg in algorithms if alg == "none" or alg.startswith("HS")]
    for weak in ("plain", "implicit", "password", "fragment", "id_token token"):
        assert weak not in str(DOCUMENT)
