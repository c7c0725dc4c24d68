"""Redirect URIs match exactly, whatever other readers make of them: Keycloak CVE-2026-7504, CVE-2024-8883 and kin."""

from contextlib import suppress
from urllib.parse import urlsplit

import httpx
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.errors import InvalidRedirectUri
from idp.protocol import redirect_uri
from idp.protocol.client import ApplicationType

REGISTERED = (
    "https://motcua.example.vn/callback",
    "https://motcua.example.vn:8443/cb?tenant=1",
    "http://127.0.0.1/cb",
    "http://[::1]/cb",
    "vn.example.motcua:/cb",
)
PIECES = [
    *("@", "@@", "\\", "/", "//", "..;/", "../", "./", "%2f", "%5c", "%00", "#", "?", "&x=1", ";", ":", ":80", ":443"),
    *(
        ":0",
        ".",
        "evil.example",
        "EVIL",
        "ı",
        "%E3%80%82",
        "xn--",
        "[",
        "]",
        "javascript:",
        "data:",
        "https:",
        ":65535",
    ),
    *("user:pass@", "0x7f.1", "2130706433", "localhost", "127.0.0.1", "127.1", " ", "\t", "\r\n", "\u3002", "\u202e"),
]
kinds = st.sampled_from(ApplicationType)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """A registered URI and what somebody made of it."""
    uri = draw(st.sampled_from(REGISTERED))
    changed = uri
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(changed)))
        cut = draw(st.integers(0, 3))
        changed = changed[:at] + draw(st.one_of(st.sampled_from(PIECES), st.text(max_size=2))) + changed[at + cut :]
    if draw(st.booleans()):
        changed = draw(st.sampled_from([changed.upper(), changed.title(), changed.swapcase(), changed]))
    return uri, changed


def by_urllib(uri: str) -> str | None:
    return urlsplit(uri).hostname


def by_httpx(uri: str) -> str | None:
    return httpx.URL(uri).host or None


def hosts_of(uri: str) -> set[str | None]:
    """As two other readers see it; None where one refuses it."""
    found: set[str | None] = set()
    for read in (by_urllib, by_httpx):
        try:
            found.add(read(uri))
        except (ValueError, httpx.InvalidURL):
            found.add(None)
    return found


@given(mutated(), kinds)
def test_what_matches_is_what_was_registered_but_for_a_loopback_port(
    uris: tuple[str, str], kind: ApplicationType
) -> None:
    _, presented = uris
    if not redirect_uri.matches(REGISTERED, presented, kind):
        assert presented not in REGISTERED
        return
    if presented in REGISTERED:
        return
    assert kind is ApplicationType.NATIVE
    assert presented.startswith(("http://127.0.0.1:", "http://[::1]:"))
    port = presented.rpartition("]:")[2] if "]" in presented else presented.split(":")[2]
    assert 0 <= int(port.partition("/")[0]) <= 65535


@given(mutated(), kinds)
def test_every_reader_sees_the_registered_host_in_what_matches(uris: tuple[str, str], kind: ApplicationType) -> None:
    _, presented = uris
    if redirect_uri.matches(REGISTERED, presented, kind):
        assert hosts_of(presented) <= {host for uri in REGISTERED for host in hosts_of(uri)}


@given(mutated(), st.booleans())
def test_what_may_be_registered_reads_the_same_to_everybody(uris: tuple[str, str], sandbox: bool) -> None:
    """WHATWG browsers turn a backslash into a slash and drop tabs and line ends: none of that is ever registered."""
    _, presented = uris
    with suppress(InvalidRedirectUri):
        redirect_uri.check_registrable(presented, ApplicationType.WEB, sandbox=sandbox)
        assert not set(presented) & set("\\\t\r\n #")
        assert presented.isascii()
        assert "@" not in presented.split("/")[2]
        assert len(hosts_of(presented)) == 1
