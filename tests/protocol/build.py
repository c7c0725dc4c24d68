"""Clients, policies, grants and requests for the tests of the pure rooms, and strategies that make hostile ones."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from idp.kernel.secret import Secret
from idp.protocol.claims_parameter import ClaimsParameter
from idp.protocol.client import ApplicationType, AuthMethod, Client, ClientState
from idp.protocol.grant import Grant
from idp.protocol.parameters import Parameters
from idp.protocol.policy import ProtocolPolicy
from idp.protocol.request import AuthorizationRequest, ResponseMode

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
ISSUER = "https://id.example.gov.vn"
POLICY = ProtocolPolicy(ISSUER)
SANDBOX = ProtocolPolicy("http://localhost:8000", sandbox=True)
REDIRECT_URI = "https://motcua.example.gov.vn/callback"
API = "https://api.example.gov.vn/hoso"
SECRET = Secret("mot-bi-mat-rat-dai-cho-kiem-thu")
# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

STANDARD = frozenset({"openid", "profile", "email", "phone", "address", "offline_access"})

CLIENT = Client(
    client_id="mot-cua",
    state=ClientState.APPROVED,
    client_name={"vi": "Cổng một cửa", "en": "One-stop shop"},
    redirect_uris=(REDIRECT_URI,),
    token_endpoint_auth_method=AuthMethod.CLIENT_SECRET_BASIC,
    sector="motcua.example.gov.vn",
    grant_types=frozenset({"authorization_code", "refresh_token"}),
    scopes=STANDARD,
    secret_digest=SECRET.digest(),
    resources=frozenset({API}),
)
PUBLIC = replace(CLIENT, client_id="spa", token_endpoint_auth_method=AuthMethod.NONE, secret_digest=None)
NATIVE = replace(
    PUBLIC,
    client_id="app",
    application_type=ApplicationType.NATIVE,
    redirect_uris=("http://127.0.0.1/cb", "http://[::1]:7000/cb", "vn.gov.example.app:/cb"),
)
DRAFT = replace(CLIENT, state=ClientState.DRAFT)

GRANT = Grant(
    id="2345abcd",
    client_id=CLIENT.client_id,
    person_id="person",
    session_id="session",
    sid="sid-of-this-client",
    sub="pairwise-sub",
    scope=("openid", "profile"),
    claims=ClaimsParameter(),
    resource=(),
    nonce="n-0S6_WzA2Mj",
    auth_time=NOW,
    proofs=(),
    offline=False,
    created_at=NOW,
    acr="low",
    amr=("pwd",),
)


def request(**changes: Any) -> AuthorizationRequest:
    """A plain request of CLIENT."""
    plain = AuthorizationRequest(CLIENT.client_id, REDIRECT_URI, ResponseMode.QUERY, ("openid",))
    return replace(plain, **changes)


def parameters(*more: tuple[str, str], leave_out: Iterable[str] = (), **changes: str) -> Parameters:
    """A good authorization request of CLIENT, with changes."""
    good = {
        "response_type": "code",
        "client_id": CLIENT.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid profile",
        "state": "af0ifjsldkj",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    kept = ((name, value) for name, value in good.items() if name not in set(leave_out))
    return Parameters.of((*kept, *more))


# Text as a stranger sends it: NUL, lone surrogates, right-to-left, very long, and things that look like syntax.
hostile_text = st.one_of(
    st.text(st.characters(), max_size=40),
    st.sampled_from(
        [
            "",
            " ",
            "\x00",
            "\ud800",
            "none",
            "null",
            "{}",
            "[]",
            "-1",
            "1e999",
            "../..",
            "javascript:alert(1)",
            "%00",
            "a" * 9000,
        ]
    ),
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | hostile_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(hostile_text, inner, max_size=4),
    max_leaves=12,
)
