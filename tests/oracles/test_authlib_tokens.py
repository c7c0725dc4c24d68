"""Authlib as oracle for what we say in tokens, at userinfo, and in the discovery document."""

from datetime import timedelta
from typing import Any

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oauth2.rfc9068.claims import JWTAccessTokenClaims
from authlib.oidc.core import CodeIDToken, UserInfo
from authlib.oidc.core.util import create_half_hash
from authlib.oidc.discovery import OpenIDProviderMetadata
from authlib.oidc.rpinitiated import OpenIDProviderMetadata as LogoutMetadata
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.clock import epoch
from idp.kernel.level import Level
from idp.protocol import access_token, claims, discovery, id_token, scope
from idp.protocol.claims_parameter import ClaimsParameter
from tests.protocol.build import CLIENT, GRANT, ISSUER, NOW, POLICY

levels = st.sampled_from(Level)
amrs = st.lists(st.sampled_from(["pwd", "otp", "mfa"]), unique=True)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1), st.sampled_from(["ES256", "RS256"]))
def test_the_same_at_hash(token: str, alg: str) -> None:
    theirs = create_half_hash(token, alg)
    assert id_token.at_hash(token, alg) == (theirs.decode() if isinstance(theirs, bytes) else theirs)


@given(levels, amrs, st.none() | st.text(min_size=1), st.sampled_from(["ES256", "RS256"]))
def test_our_id_token_is_one_that_authlib_accepts(level: Level, amr: list[str], nonce: str | None, alg: str) -> None:
    payload = id_token.payload(POLICY, GRANT, level=level, amr=amr, now=NOW, access_token="a.b.c", alg=alg, nonce=nonce)
    params = {"nonce": nonce, "client_id": CLIENT.client_id, "access_token": "a.b.c", "max_age": 60}
    options: Any = {"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": CLIENT.client_id}}
    CodeIDToken(payload, {"alg": alg}, options, params).validate(now=epoch(NOW) + 1)


def test_and_refuses_after_its_end() -> None:
    payload = id_token.payload(POLICY, GRANT, level=Level.LOW, amr=(), now=NOW, alg="ES256")
    with pytest.raises(Exception, match="expired"):
        CodeIDToken(payload, {"alg": "ES256"}).validate(now=epoch(NOW + timedelta(minutes=6)))


@given(levels, amrs)
def test_our_access_token_is_one_that_authlib_accepts(level: Level, amr: list[str]) -> None:
    payload = access_token.payload(
        POLICY, GRANT, scope=GRANT.scope, audience=(ISSUER,), jti="g.r", level=level, amr=amr, now=NOW
    )
    needed = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")
    options: Any = {name: {"essential": True} for name in needed}
    JWTAccessTokenClaims(payload, {"typ": access_token.TYP}, options).validate(now=epoch(NOW) + 1)


def test_the_same_claims_for_each_scope() -> None:
    standard = {name: entry for name, entry in scope.SCOPES.items() if entry.by_default}
    for name, entry in standard.items():
        assert set(entry.claims) == set(UserInfo.SCOPES_CLAIMS_MAPPING.get(name, ()))


@given(st.lists(st.sampled_from([*scope.SCOPES]), unique=True))
def test_the_same_userinfo_for_the_same_scopes(names: list[str]) -> None:
    facts = {name: True if name.endswith("_verified") else "x" for name in UserInfo.REGISTERED_CLAIMS}
    ours = claims.userinfo("x", names, ClaimsParameter(), frozenset(), facts)
    assert ours == {"sub": "x", **UserInfo(facts).filter(" ".join(names))}


def test_our_discovery_document_is_valid_by_both_specifications() -> None:
    document = discovery.document(POLICY)
    OpenIDProviderMetadata(document).validate()
    AuthorizationServerMetadata(document).validate()
    LogoutMetadata(document).validate_end_session_endpoint()
