"""RP-initiated logout: who asks, whether the person is asked, and where it ends."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.errors import PageError
from idp.protocol.client import Client
from idp.protocol.logout import LogoutRequest, check, client_id_of, destination, needs_confirmation
from idp.protocol.parameters import Parameters
from tests.protocol.build import CLIENT, ISSUER, hostile_text, json_values

BACK = "https://motcua.example.gov.vn/bye"
LEAVING = replace(CLIENT, post_logout_redirect_uris=(BACK,))
HINT = {"iss": ISSUER, "aud": CLIENT.client_id, "sub": "pairwise-sub", "sid": "sid"}


def asked(**values: str) -> Parameters:
    return Parameters.of(values.items())


def test_a_hint_proves_the_client_and_the_session() -> None:
    params = asked(id_token_hint="eyJ", post_logout_redirect_uri=BACK, state="s 1&x", ui_locales="vi en")
    assert client_id_of(params, HINT) == CLIENT.client_id
    request = check(params, HINT, LEAVING)
    assert request == LogoutRequest(CLIENT.client_id, "sid", "pairwise-sub", BACK, "s 1&x", ("vi", "en"))
    assert destination(request) == BACK + "?state=s%201%26x"
    assert not needs_confirmation(request, [(CLIENT.client_id, "sid")], signed_in=True)


@pytest.mark.parametrize(
    ("params", "hint", "client", "key"),
    [
        (asked(id_token_hint="eyJ"), None, LEAVING, "logout_hint_invalid"),
        (asked(id_token_hint="eyJ", client_id="other"), HINT, None, "unknown_client"),
        (asked(id_token_hint="eyJ"), {**HINT, "aud": "other"}, LEAVING, "logout_client_mismatch"),
        (asked(id_token_hint="eyJ"), {**HINT, "aud": {}}, LEAVING, "logout_client_mismatch"),
        (asked(client_id="other"), None, LEAVING, "logout_client_mismatch"),
        (asked(post_logout_redirect_uri=BACK), None, None, "logout_redirect_without_client"),
        (asked(client_id="mot-cua", post_logout_redirect_uri=BACK + "/"), None, LEAVING, "logout_redirect_mismatch"),
        (
            asked(client_id="mot-cua", post_logout_redirect_uri="javascript:x"),
            None,
            LEAVING,
            "logout_redirect_mismatch",
        ),
        (Parameters.of([("state", "a"), ("state", "b")]), None, None, "repeated_parameter"),
        (asked(state="a" * 5000), None, None, "parameter_too_long"),
    ],
)
def test_what_is_not_proven_is_a_page(params: Parameters, hint: Any, client: Client | None, key: str) -> None:
    with pytest.raises(PageError) as caught:
        check(params, hint, client)
    assert caught.value.key == key


def test_without_anything_the_person_signs_out_here() -> None:
    request = check(Parameters({}), None, None)
    assert destination(request) is None
    assert needs_confirmation(request, [], signed_in=True)
    assert not needs_confirmation(request, [], signed_in=False)


@pytest.mark.parametrize("session", [[], [("mot-cua", "other")], [("other", "sid")]])
def test_a_hint_of_another_session_has_to_be_confirmed(session: list[tuple[str, str]]) -> None:
    request = check(asked(id_token_hint="eyJ"), HINT, LEAVING)
    assert needs_confirmation(request, session, signed_in=True)


def test_a_client_id_alone_proves_nobodys_session() -> None:
    request = check(asked(client_id="mot-cua", post_logout_redirect_uri=BACK), None, LEAVING)
    assert needs_confirmation(request, [("mot-cua", "sid")], signed_in=True)
    assert destination(request) == BACK


names = st.sampled_from(["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"])


@given(st.lists(st.tuples(names, hostile_text), max_size=5), st.none() | st.dictionaries(st.text(), json_values))
def test_every_request_leads_to_a_registered_address_or_nowhere(pairs: list[tuple[str, str]], hint: Any) -> None:
    params = Parameters.of(pairs)
    client_id_of(params, hint)
    for client in (None, LEAVING):
        try:
            request = check(params, hint, client)
        except PageError:
            continue
        leads_to = destination(request)
        assert leads_to is None or leads_to.partition("?")[0] == BACK
