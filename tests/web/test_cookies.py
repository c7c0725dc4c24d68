"""Cookies are read totally and written carefully."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from idp.web import cookies
from idp.web.cookies import CookiePolicy, parse

_token = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=20)


@given(st.text(max_size=200))
def test_any_header_is_read_without_an_error(header: str) -> None:
    assert all(name for name in parse(header))


@given(st.dictionaries(_token, _token, max_size=8))
def test_cookies_come_back_as_a_browser_sends_them(sent: dict[str, str]) -> None:
    assert parse("; ".join(f"{name}={value}" for name, value in sent.items())) == sent


@given(_token, _token, _token)
def test_two_values_under_one_name_are_no_value(name: str, one: str, two: str) -> None:
    assert parse(f"{name}={one}; {name}={two}").get(name) == (one if one == two else None)


def test_no_header_is_no_cookies() -> None:
    assert parse(None) == {}


@pytest.mark.parametrize("secure", [True, False])
def test_every_cookie_is_shut_off_from_scripts_and_other_sites(secure: bool) -> None:
    response = Response()
    CookiePolicy(secure).set(response, cookies.SESSION, "v", max_age=timedelta(hours=1))
    header = response.headers["set-cookie"]
    attributes = {part.strip().lower() for part in header.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=3600"} <= attributes
    assert ("secure" in attributes) is secure
    assert header.startswith("__Host-") is secure
    assert not any(attribute.startswith("domain") for attribute in attributes)


def test_without_an_age_a_cookie_ends_with_the_browser() -> None:
    response = Response()
    CookiePolicy(secure=False).set(response, cookies.SESSION, "v")
    assert "max-age" not in response.headers["set-cookie"].lower()


def test_over_tls_a_cookie_without_the_prefix_is_not_ours() -> None:
    policy = CookiePolicy(secure=True)
    assert policy.read({cookies.SESSION: "planted"}, cookies.SESSION) is None
    assert policy.read({f"__Host-{cookies.SESSION}": "ours"}, cookies.SESSION) == "ours"
