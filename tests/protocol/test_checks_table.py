"""Each row of the table of checks, alone: what it is there to refuse, and that it lets a good request pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from idp.kernel.errors import OAuthError
from idp.protocol.authorization_checks import CHECKS, Check
from idp.protocol.authorization_parameters import Asked
from idp.protocol.client import Client
from tests.protocol.build import API, CLIENT, POLICY, parameters

_HINT = {"iss": POLICY.issuer, "aud": CLIENT.client_id, "sub": "pairwise-sub"}


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that only this row has to see through."""

    code: str
    changes: Mapping[str, str] = field(default_factory=dict)
    repeated: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()
    client: Client = CLIENT


REFUSED: Mapping[str, Refused] = {
    "each_parameter_once": Refused("invalid_request", repeated=(("nonce", "n-1"), ("nonce", "n-2"))),
    "request": Refused("request_not_supported", {"request": "eyJhbGciOiJub25lIn0..", "scope": "openid"}),
    "request_uri": Refused("request_uri_not_supported", {"request_uri": "https://motcua.example.gov.vn/r.jwt"}),
    "request_uri_in_push": Refused("invalid_request", {"request_uri": "urn:ietf:params:oauth:request_uri:x"}),
    "registration": Refused("registration_not_supported", {"registration": '{"redirect_uris": []}'}),
    "grant_type": Refused("unauthorized_client", client=replace(CLIENT, grant_types=frozenset())),
    "require_pushed_authorization_requests": Refused(
        "invalid_request", client=replace(CLIENT, require_pushed_authorization_requests=True)
    ),
    "response_type": Refused("unsupported_response_type", {"response_type": "code token"}),
    "response_mode": Refused("invalid_request", {"response_mode": "fragment"}),
    "code_challenge": Refused("invalid_request", left_out=("code_challenge", "code_challenge_method")),
    "scope": Refused(
        "invalid_scope", {"scope": "openid profile"}, client=replace(CLIENT, scopes=frozenset({"openid"}))
    ),
    "prompt": Refused("invalid_request", {"prompt": "none consent"}),
    "max_age": Refused("invalid_request", {"max_age": "-1"}),
    "claims": Refused("invalid_request", {"claims": '["email"]'}),
    "id_token_hint": Refused("invalid_request", {"id_token_hint": "eyJ"}),
    "resource": Refused("invalid_target", {"resource": "https://thue.example.gov.vn"}),
}


def test_every_row_has_its_counterexample() -> None:
    assert list(REFUSED) == [row.name for row in CHECKS]


@pytest.mark.parametrize("row", CHECKS, ids=lambda row: row.name)
def test_a_row_refuses_what_it_is_there_for(row: Check) -> None:
    case = REFUSED[row.name]
    params = parameters(*case.repeated, leave_out=[*case.left_out, *dict(case.repeated)], **case.changes)
    with pytest.raises(OAuthError) as caught:
        row.run(Asked(params, case.client, POLICY))
    assert caught.value.code == case.code


@pytest.mark.parametrize("row", CHECKS, ids=lambda row: row.name)
def test_and_lets_a_good_request_pass(row: Check) -> None:
    everything = {
        "response_mode": "form_post",
        "prompt": "login consent",
        "max_age": "600",
        "claims": '{"id_token": {"email": {"essential": true}}}',
        "id_token_hint": "eyJ",
        "resource": API,
    }
    row.run(Asked(parameters(**everything), CLIENT, POLICY, _HINT))
