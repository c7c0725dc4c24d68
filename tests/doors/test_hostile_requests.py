"""Bad input at every endpoint for programs: the specified error, never a 500, never a word of what was sent."""

from urllib.parse import quote_from_bytes

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doors.machine_house import House

FORMS = ["/token", "/introspect", "/revoke", "/par"]
FORM = "application/x-www-form-urlencoded"
KNOWN = [
    "grant_type",
    "code",
    "refresh_token",
    "scope",
    "token",
    "redirect_uri",
    "client_id",
    "client_assertion",
    "resource",
]

raw = st.binary(max_size=40).map(quote_from_bytes)
pair = st.tuples(
    st.one_of(st.sampled_from(KNOWN), raw), st.one_of(raw, st.sampled_from(["authorization_code", "refresh_token"]))
)
bodies = st.lists(pair, max_size=8).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))


def is_an_error_of_rfc_6749(answer: httpx.Response) -> bool:
    document = answer.json()
    assert set(document) <= {"error", "error_description"}
    assert document.get("error_description", "").isascii()
    return answer.status_code in (400, 401) and answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"grant_type=client_credentials", "text/plain"),
        (b"{}", "application/json"),
        (b"grant_type=client_credentials", f"{FORM}; charset=utf-16"),
        (b"grant_type=x&grant_type=y", FORM),
        (b"grant_type=%ff%fe", FORM),
        (b"grant_type=%zz", FORM),
        (b"grant_type=a%00b", FORM),
        (b"\xff=\xfe", FORM),
        (b"code=" + b"x" * 1_000_000, FORM),
        (b"&".join(b"a%d=1" % number for number in range(1000)), FORM),
        (b"", FORM),
        (b"=&==&&", FORM),
    ],
)
async def test_a_body_that_is_no_form_gets_the_specified_error(
    small_house: House, path: str, body: bytes, content_type: str
) -> None:
    service = await small_house.service()
    headers = {"content-type": content_type}
    answer = await small_house.http.post(path, content=body, headers=headers, auth=service.basic)
    assert is_an_error_of_rfc_6749(answer)
    assert answer.json()["error"] in ("invalid_request", "unsupported_grant_type")


@pytest.mark.parametrize("path", FORMS)
async def test_a_repeated_parameter_is_refused(small_house: House, path: str) -> None:
    service = await small_house.service()
    body = (
        "token=x&token=y&grant_type=refresh_token&refresh_token=x&refresh_token=y&response_type=code&response_type=code"
    )
    answer = await small_house.http.post(path, content=body, headers={"content-type": FORM}, auth=service.basic)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", [*FORMS, "/register"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_told_the_right_one(small_house: House, path: str, method: str) -> None:
    answer = await small_house.http.request(method, path)
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


@given(body=bodies)
@pytest.mark.parametrize("path", [*FORMS, "/userinfo"])
async def test_any_form_whatever_gets_an_error_and_never_a_bug(small_house: House, path: str, body: str) -> None:
    service = await small_house.service("dịch-vụ", require_pkce=False)
    answer = await small_house.http.post(path, content=body, headers={"content-type": FORM}, auth=service.basic)
    if path == "/userinfo" and not answer.content:
        assert answer.status_code == 401
    elif answer.status_code != 200:
        assert is_an_error_of_rfc_6749(answer)


@given(token=st.text(max_size=60))
async def test_any_token_whatever_is_inactive_or_no_text(small_house: House, token: str) -> None:
    service = await small_house.service("dịch-vụ")
    answer = await small_house.http.post(
        "/introspect",
        content="token=" + quote_from_bytes(token.encode("utf-8", "surrogatepass")),
        headers={"content-type": FORM},
        auth=service.basic,
    )
    assert answer.json() == {"active": False} or is_an_error_of_rfc_6749(answer)
