"""Every response tells the browser to be careful; a page allows exactly what it loads."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from idp.web.headers import BaselineHeaders, PagePolicy, csp_source
from tests.web.client import client


def _client(*, tls: bool) -> httpx.AsyncClient:
    async def plain(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def cached(request: Request) -> Response:
        return PlainTextResponse("ok", headers={"cache-control": "public, max-age=60"})

    app = Starlette(routes=[Route("/", plain), Route("/cached", cached)])
    return client(BaselineHeaders(app, tls=tls))


async def test_whatever_says_nothing_is_never_stored_sniffed_or_framed() -> None:
    headers = (await _client(tls=False).get("/")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


async def test_over_tls_browsers_are_told_to_stay_there() -> None:
    assert "max-age=63072000" in (await _client(tls=True).get("/")).headers["strict-transport-security"]


async def test_what_a_response_says_for_itself_stands() -> None:
    assert (await _client(tls=False).get("/cached")).headers.get_list("cache-control") == ["public, max-age=60"]


async def test_an_unknown_path_has_the_headers_too() -> None:
    assert (await _client(tls=True).get("/nowhere")).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://motcua.quangngai.gov.vn/callback?x=1", "https://motcua.quangngai.gov.vn"),
        ("http://127.0.0.1:8101/cb", "http://127.0.0.1:8101"),
        ("http://[::1]:8101/cb", "http:"),
        ("vn.gov.quangngai.app:/cb", "vn.gov.quangngai.app:"),
        ("https://host.example:99999/", None),
        ("https://a b/", None),
        ("https://a;b/", None),
        ("//host/x", None),
        ("", None),
        ("java script:alert(1)", None),
    ],
)
def test_a_uri_becomes_a_source(uri: str, source: str | None) -> None:
    assert csp_source(uri) == source


@given(st.text(max_size=60) | st.text(st.sampled_from("https://a.b;:'\"* ,[]@\\%\n"), max_size=60))
def test_no_uri_can_widen_the_policy(uri: str) -> None:
    source = csp_source(uri)
    if source is not None:
        assert not set(source) & set(" ;,'\"*\n\r\t")
    policy = PagePolicy("n", form_targets=(uri,), images=(uri,)).content_security_policy()
    assert policy.count(";") == 6
    assert policy.isascii()


def test_a_form_may_end_at_the_proven_address_and_nowhere_else() -> None:
    policy = PagePolicy("abc", form_targets=("http://127.0.0.1:8101/cb",)).content_security_policy()
    assert "form-action 'self' http://127.0.0.1:8101;" in policy
    assert "script-src 'nonce-abc';" in policy
    assert policy.startswith("default-src 'none'; style-src 'self';")


def test_own_pages_let_go_of_their_opener_and_sign_in_does_not() -> None:
    assert PagePolicy("n", isolated=True).headers()["cross-origin-opener-policy"] == "same-origin"
    assert "cross-origin-opener-policy" not in PagePolicy("n").headers()
