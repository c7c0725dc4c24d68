"""Where a person lands after signing in, and what the cookies promise over TLS."""

from urllib.parse import urljoin, urlsplit

import httpx
from hypothesis import given
from hypothesis import strategies as st

from cua_chung import CuaChung
from cua_chung.cookies import local_path
from tests.clients.conftest import service_app
from tests.clients.fake_provider import FakeProvider

OWN = "https://motcua.quangngai.example"
_PIECES = st.sampled_from(
    ["/", "\\", "//", ":", "@", "?", "#", "evil.example", "https:", "\t", "\n", " ", "a", "..", "%2f", "đ"]
)


@given(st.lists(_PIECES, max_size=8).map("".join))
def test_wherever_a_stranger_wants_to_send_a_person_they_stay_here(wanted: str) -> None:
    # As browsers read it (WHATWG URL §4.4): tabs and line ends dropped, backslashes turned.
    as_read = local_path(wanted).translate({9: None, 10: None, 13: None}).replace("\\", "/").strip()
    assert urlsplit(urljoin(OWN + "/sign-in/callback", as_read)).netloc == urlsplit(OWN).netloc


@given(st.from_regex(r"\A(/[a-z0-9-]+)+(\?[a-z]+=[a-z0-9]*)?\Z"))
def test_pages_of_the_service_are_kept(wanted: str) -> None:
    assert local_path(wanted) == wanted


async def test_over_tls_cookies_are_bound_to_the_host(provider: FakeProvider) -> None:
    login = CuaChung(
        issuer=provider.issuer,
        client_id="shop",
        client_secret="s",
        base_url=OWN,
        transport=provider.transport,
    )
    transport = httpx.ASGITransport(service_app(login))
    async with httpx.AsyncClient(transport=transport, base_url=OWN) as browser:
        begun = await browser.get("/sign-in")
        answer = provider.authorize(begun.headers["location"])
        done = await browser.get("/sign-in/callback", params=answer)
    for response in (begun, done):
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("__Host-")
        assert "; Secure" in cookie
        assert "; Path=/" in cookie
        assert "Domain" not in cookie


async def test_two_services_on_one_host_do_not_share_a_cookie(provider: FakeProvider) -> None:
    names = set()
    for client_id, port in (("shop", 8101), ("shop", 8102), ("api", 8101)):
        login = CuaChung(
            issuer=provider.issuer,
            client_id=client_id,
            client_secret="s",
            base_url=f"http://127.0.0.1:{port}",
            transport=provider.transport,
        )
        transport = httpx.ASGITransport(service_app(login))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{port}") as browser:
            names.add((await browser.get("/sign-in")).headers["set-cookie"].partition("=")[0])
    assert len(names) == 3
