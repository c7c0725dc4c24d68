"""Authlib as oracle for what arrives: PKCE, client credentials, scopes, and the parameters of a redirect."""

from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import encode_client_secret_basic, encode_client_secret_post
from authlib.oauth2.rfc6749.util import extract_basic_authorization, list_to_scope, scope_to_list
from authlib.oauth2.rfc7636.challenge import compare_s256_code_challenge, create_s256_code_challenge
from hypothesis import given
from hypothesis import strategies as st

from idp.protocol import pkce, scope
from idp.protocol.client_auth import SecretBasic, SecretPost, parse
from idp.protocol.parameters import Parameters
from idp.protocol.response import redirect_location
from tests.protocol.build import CHALLENGE

verifiers = st.from_regex(r"[A-Za-z0-9\-._~]{43,128}", fullmatch=True)
# Our own client ids and secrets: nothing in them changes under form-urlencoding, so it does not matter who forgets it.
plain = st.from_regex(r"[A-Za-z0-9\-_]{1,60}", fullmatch=True)
scopes = st.lists(st.from_regex(r"[!#-\[\]-~]{1,12}", fullmatch=True), min_size=1, max_size=5, unique=True)
parameters = st.dictionaries(
    st.sampled_from(["code", "state", "iss"]), st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1
)


@given(verifiers)
def test_the_same_challenge_of_a_verifier(verifier: str) -> None:
    theirs = create_s256_code_challenge(verifier)  # type: ignore[no-untyped-call]
    assert pkce.challenge_of(verifier) == theirs
    assert pkce.check_challenge(theirs, "S256", required=True)


@given(verifiers)
def test_the_same_verdict_on_a_foreign_verifier(verifier: str) -> None:
    theirs = compare_s256_code_challenge(verifier, CHALLENGE)  # type: ignore[no-untyped-call]
    assert pkce.same(CHALLENGE, verifier) == theirs


@given(plain, plain)
def test_its_basic_header_is_read_as_it_was_meant(client_id: str, client_secret: str) -> None:
    client = SimpleNamespace(client_id=client_id, client_secret=client_secret)
    headers: dict[str, str] = {}
    encode_client_secret_basic(client, "POST", "https://x", headers, "")
    presented = parse(headers["Authorization"], Parameters({}))
    assert isinstance(presented, SecretBasic)
    assert (presented.client_id, presented.secret.reveal()) == (client_id, client_secret)
    assert extract_basic_authorization(headers) == (client_id, client_secret)


@given(plain, plain)
def test_its_form_is_read_as_it_was_meant(client_id: str, client_secret: str) -> None:
    client = SimpleNamespace(client_id=client_id, client_secret=client_secret)
    _, _, body = encode_client_secret_post(client, "POST", "https://x", {}, "")
    presented = parse(None, Parameters.of(parse_qsl(body)))
    assert isinstance(presented, SecretPost)
    assert (presented.client_id, presented.secret.reveal()) == (client_id, client_secret)


@given(scopes)
def test_the_same_scopes_in_the_same_order(names: list[str]) -> None:
    text = list_to_scope(names)
    assert list(scope.parse(text)) == scope_to_list(text) == names


@given(parameters, st.sampled_from(["https://x.example/cb", "https://x.example/cb?a=1", "vn.gov.example.app:/cb"]))
def test_the_same_parameters_in_a_redirect(values: dict[str, str], redirect_uri: str) -> None:
    ours = urlsplit(redirect_location(redirect_uri, values))
    theirs = urlsplit(add_params_to_uri(redirect_uri, list(values.items())))
    assert ours[:3] == theirs[:3]
    assert parse_qsl(ours.query, strict_parsing=True) == parse_qsl(theirs.query, strict_parsing=True)
