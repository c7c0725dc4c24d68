"""Redirect URIs: a registered one, exactly; and what may never be registered."""

from urllib.parse import urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from idp.kernel.errors import InvalidClientMetadata, InvalidRedirectUri
from idp.protocol.client import ApplicationType
from idp.protocol.redirect_uri import check_registrable, check_web_uri, matches, origin, origins
from tests.protocol.build import CLIENT, NATIVE, REDIRECT_URI, hostile_text

WEB, APP = ApplicationType.WEB, ApplicationType.NATIVE

# What CVE-2024-8883, CVE-2026-7504 and CVE-2026-3872 and their kin played with.
TRICKS = (
    REDIRECT_URI + "/",
    REDIRECT_URI + "?x=1",
    REDIRECT_URI + "#",
    REDIRECT_URI.upper(),
    REDIRECT_URI.replace("https", "HTTPS"),
    REDIRECT_URI.replace("motcua", "MOTCUA"),
    REDIRECT_URI.replace(".vn/", ".vn:443/"),
    REDIRECT_URI.replace(".vn/", ".vn./"),
    REDIRECT_URI.replace("https://", "https://x@"),
    REDIRECT_URI.replace("https://", "https://evil.example\\@"),
    REDIRECT_URI.replace("https://", "https://evil.example@@"),
    REDIRECT_URI.replace("/callback", "/..;/callback"),
    REDIRECT_URI.replace("/callback", "/./callback"),
    REDIRECT_URI.replace("/callback", "/%63allback"),
    REDIRECT_URI + " ",
    REDIRECT_URI + "\t",
    " " + REDIRECT_URI,
    REDIRECT_URI.replace("motcua", "motcua\u200b"),
)


@pytest.mark.parametrize("presented", TRICKS)
@pytest.mark.parametrize("kind", ApplicationType)
def test_nothing_but_the_registered_uri_matches(presented: str, kind: ApplicationType) -> None:
    assert not matches(CLIENT.redirect_uris, presented, kind)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=3), st.integers(0, len(REDIRECT_URI)))
def test_redirect_uris_match_exactly(inserted: str, at: int) -> None:
    presented = REDIRECT_URI[:at] + inserted + REDIRECT_URI[at:]
    assert matches(CLIENT.redirect_uris, presented, WEB) is (presented == REDIRECT_URI)


@pytest.mark.parametrize(
    "presented", ["http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", "http://[::1]/cb", "vn.gov.example.app:/cb"]
)
def test_a_native_app_may_listen_on_any_port_of_its_loopback_address(presented: str) -> None:
    assert matches(NATIVE.redirect_uris, presented, APP)


@pytest.mark.parametrize(
    "presented",
    [
        "http://127.0.0.1:51004/cb2",
        "http://127.0.0.1:51004/cb?x=1",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:080/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.2:80/cb",
        "http://localhost:80/cb",
        "https://127.0.0.1:80/cb",
        "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "vn.gov.example.app:/cb/",
    ],
)
def test_and_nothing_else_may_vary(presented: str) -> None:
    assert not matches(NATIVE.redirect_uris, presented, APP)


def test_a_web_client_has_no_choice_of_ports() -> None:
    assert not matches(("http://127.0.0.1/cb",), "http://127.0.0.1:8101/cb", WEB)


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "DATA:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://example.vn/1",
        "//example.vn/cb",
        "/cb",
        "example.vn/cb",
        "",
        "https:///cb",
        "https:/example.vn/cb",
        "https://example.vn/cb#fragment",
        "https://example.vn/cb#",
        "https://user@example.vn/cb",
        "https://user:pw@example.vn/cb",
        "https://*.example.vn/cb",
        "https://example.vn/*",
        "https://example.vn\\cb",
        "https://exa mple.vn/cb",
        "https://example.vn/c\nb",
        "https://example.vn/\x00",
        "https://ví-dụ.vn/cb",
        "https://example.vn:0/cb",
        "https://example.vn:99999/cb",
        "https://example.vn:/cb",
        "https://example.vn/a/../cb",
        "https://example.vn/a/..;/cb",
        "https://example.vn/a/%2E%2e/cb",
        "https://-example.vn/cb",
        "https://[::1/cb",
        "https://example.vn/" + "a" * 3000,
    ],
)
@pytest.mark.parametrize("kind", ApplicationType)
@pytest.mark.parametrize("sandbox", [True, False])
def test_what_may_never_be_registered(uri: str, kind: ApplicationType, sandbox: bool) -> None:
    with pytest.raises(InvalidRedirectUri):
        check_registrable(uri, kind, sandbox=sandbox)
    with pytest.raises(InvalidClientMetadata):
        check_web_uri(uri, "logo_uri", sandbox=sandbox)


@pytest.mark.parametrize("uri", ["http://localhost:8101/cb", "http://127.0.0.1:8101/cb", "http://127.8.9.1/cb"])
def test_plain_http_to_loopback_is_for_the_sandbox_alone(uri: str) -> None:
    check_registrable(uri, WEB, sandbox=True)
    check_web_uri(uri, "backchannel_logout_uri", sandbox=True)
    with pytest.raises(InvalidRedirectUri):
        check_registrable(uri, WEB, sandbox=False)
    with pytest.raises(InvalidClientMetadata):
        check_web_uri(uri, "backchannel_logout_uri", sandbox=False)


@pytest.mark.parametrize("uri", ["http://example.vn/cb", "http://10.0.0.1/cb", "http://127.0.0.1.example.vn/cb"])
def test_plain_http_to_anybody_else_is_refused_even_there(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        check_registrable(uri, APP, sandbox=True)


@pytest.mark.parametrize("uri", ["http://127.0.0.1/cb", "http://[::1]:7000/cb", "vn.gov.example.app:/cb", REDIRECT_URI])
def test_a_native_app_registers_loopback_or_a_scheme_of_its_domain(uri: str) -> None:
    check_registrable(uri, APP, sandbox=False)


@pytest.mark.parametrize("uri", ["vn.gov.example.app:/cb", "myapp:/cb"])
def test_a_web_client_has_no_scheme_of_its_own(uri: str) -> None:
    with pytest.raises(InvalidRedirectUri):
        check_registrable(uri, WEB, sandbox=True)


def test_a_scheme_without_a_domain_belongs_to_nobody() -> None:
    with pytest.raises(InvalidRedirectUri):
        check_registrable("myapp:/cb", APP, sandbox=True)


def test_origins_leave_out_default_ports_and_private_schemes() -> None:
    assert origin("https://Example.vn:443/cb?x") == "https://example.vn"
    assert origin("http://localhost:8101/cb") == "http://localhost:8101"
    assert origin("http://[::1]:7000/cb") == "http://[::1]:7000"
    assert origin("vn.gov.example.app:/cb") == "vn.gov.example.app:"
    assert origin("not a uri") is None
    assert origins(NATIVE) == {"http://127.0.0.1", "http://[::1]:7000"}


@given(hostile_text, st.sampled_from(ApplicationType), st.booleans())
def test_every_text_gets_an_answer(uri: str, kind: ApplicationType, sandbox: bool) -> None:
    origin(uri)
    matches((uri,), uri, kind)
    try:
        check_registrable(uri, kind, sandbox=sandbox)
    except InvalidRedirectUri:
        return
    assert uri.isascii()
    assert origin(uri) is not None


@given(st.from_regex(r"https://[a-z@:\\/.%\[\]0-9-]{1,40}", fullmatch=True))
def test_what_is_registrable_reads_the_same_to_another_parser(uri: str) -> None:
    try:
        check_registrable(uri, WEB, sandbox=False)
    except InvalidRedirectUri:
        assume(False)
    parts = urlsplit(uri)
    # The WHATWG parser ends the host at / ? # and \; nothing of these and no @ stands before the path here.
    assert parts.netloc == (parts.hostname or "") + (f":{parts.port}" if ":" in parts.netloc.rpartition("]")[2] else "")
    assert uri.startswith(f"https://{parts.netloc}")
