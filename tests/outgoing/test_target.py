"""A URL means one thing or is refused; and what is accepted leads outside, by any parser's reading."""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.outgoing import OutgoingPolicy, OutgoingRefused, check_url
from idp.outgoing.address import may_call
from idp.outgoing.target import resolved

PRODUCTION = OutgoingPolicy()
SANDBOX = OutgoingPolicy(sandbox_loopback=True)

ACCEPTED = {
    "https://dichvucong.lamson.example": "https://dichvucong.lamson.example:443/",
    "https://dichvucong.lamson.example/logout?from=idp": "https://dichvucong.lamson.example:443/logout?from=idp",
    "https://dichvucong.lamson.example?x": "https://dichvucong.lamson.example:443/?x",
    "HTTPS://DichVuCong.LamSon.Example:443/A%2Fb": "https://dichvucong.lamson.example:443/A%2Fb",
    "https://xn--dchvcng-qx4c.example/": "https://xn--dchvcng-qx4c.example:443/",
    "https://8.8.8.8/": "https://8.8.8.8:443/",
    "https://[2606:4700:4700::1111]/": "https://[2606:4700:4700::1111]:443/",
}

REFUSED = [
    # not a URL of ours
    "", "/", "https:", "https://", "https:///x", "//host.example/", "ftp://host.example/", "file:///etc/passwd",
    "gopher://host.example/", "javascript:alert(1)", "data:,x", "https:host.example", "https:/host.example",
    "https:\\\\host.example",
    "http://host.example/",
    # spaces, controls, line ends, backslashes, what is not ASCII
    " https://host.example/", "https://host.example/ ", "https://host.example/\n", "https://host.example\r\nX: y/",
    "https://host.example/a b", "https://host.example/\x00", "https://host.example\\@127.0.0.1/",
    "https://host.example\\.other.example/",
    "https://đăngnhập.example/", "https://host。example/", "https://127。0。0。1/", "https://１２７.0.0.1/",
    "https://host.example/đ",
    "https://ⓛocalhost/", "https://\u212aho.example/",  # the Kelvin sign folds to k
    "https://ho\u00adst.example/",
    # someone else's authority
    "https://user@host.example/", "https://user:pass@host.example/", "https://host.example@127.0.0.1/",
    "https://127.0.0.1#@host.example/",
    "https://host.example/#fragment", "https://host.example%2f@127.0.0.1/", "https://%31%32%37.0.0.1/",
    "https://host.example%00.other.example/",
    # names that lead inside, or nowhere
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://x.localhost/", "https://intranet/",
    "https://host.example./",
    "https://.host.example/", "https://host..example/", "https://-host.example/", "https://host-.example/",
    "https://under_score.example/",
    "https://" + "a" * 64 + ".example/", "https://" + "a." * 127 + "example/",
    # addresses in disguise
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://127.1/", "https://127.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/", "https://127.0.0.1./", "https://127.0.0.01/", "https://127.0.0.256/", "https://1.2.3/",
    "https://1.2.3.4.5/",
    "https://host.0x7f/", "https://host.1/", "https://0/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::1]/", "https://[2002:7f00:1::]/", "https://[2001:0:1::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/", "https://[::1]/", "https://[::]/", "https://[]/", "https://[127.0.0.1]/",
    "https://[::1/", "https://::1/",
    "https://[::1]x/", "https://[v1.fe80]/",
    # addresses inside
    "https://127.0.0.1/", "https://10.0.0.1/", "https://100.64.0.1/", "https://169.254.169.254/latest/meta-data/",
    "https://172.16.0.1/",
    "https://192.168.1.1/", "https://0.0.0.0/", "https://255.255.255.255/", "https://224.0.0.1/",
    "https://198.18.0.1/", "https://192.0.0.170/",
    "https://[fc00::1]/", "https://[fe80::1]/", "https://[ff02::1]/", "https://[2001:db8::1]/", "https://[fec0::1]/",
    # ports
    "https://host.example:80/", "https://host.example:22/", "https://host.example:0/", "https://host.example:/",
    "https://host.example:65536/",
    "https://host.example:99999/", "https://host.example:-1/", "https://host.example:0443/",
    "https://host.example:443x/", "https://host.example:４４３/",
    "https://host.example/" + "a" * 2048,
]  # fmt: skip


@pytest.mark.parametrize(("url", "meant"), ACCEPTED.items())
def test_a_plain_https_url_is_written_anew_and_nothing_is_lost(url: str, meant: str) -> None:
    assert check_url(url, PRODUCTION).url == meant


@pytest.mark.parametrize("url", REFUSED)
def test_a_hostile_url_is_refused(url: str) -> None:
    with pytest.raises(OutgoingRefused):
        check_url(url, PRODUCTION)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8101/x",
        "https://127.9.9.9/",
        "http://localhost:8101/",
        "http://[::1]:8101/",
        "https://localhost:1/",
    ],
)
def test_the_sandbox_and_only_the_sandbox_reaches_its_own_machine(url: str) -> None:
    assert check_url(url, SANDBOX).url
    with pytest.raises(OutgoingRefused):
        check_url(url, PRODUCTION)


@pytest.mark.parametrize(
    "url",
    [
        u
        for u in REFUSED
        if u not in {"https://localhost/", "https://LOCALHOST/", "https://127.0.0.1/", "https://[::1]/"}
    ],
)
def test_the_sandbox_admits_nothing_else(url: str) -> None:
    with pytest.raises(OutgoingRefused):
        check_url(url, SANDBOX)


def test_an_administrator_may_name_ports_and_inside_networks() -> None:
    policy = OutgoingPolicy(ports=frozenset({443, 8443}), networks=(ip_network("10.20.0.0/16"),))
    assert check_url("https://10.20.3.4:8443/logout", policy).address == IPv4Address("10.20.3.4")
    for url in ("https://10.21.3.4/", "http://10.20.3.4/", "https://10.20.3.4:8444/", "https://[::ffff:10.20.3.4]/"):
        with pytest.raises(OutgoingRefused):
            check_url(url, policy)


hosts = st.one_of(
    st.from_regex(r"[a-z0-9.:%@\[\]\\_-]{1,24}", fullmatch=True),
    st.sampled_from(["127.0.0.1", "[::1]", "localhost", "host.example", "8.8.8.8", "2130706433", "0x7f.1", "127.1"]),
    st.ip_addresses().map(lambda a: f"[{a}]" if a.version == 6 else str(a)),
    st.text(min_size=1, max_size=12),
)
urls = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["https://", "http://", "HTTPS://", "https:\\\\", "https:/", "//"]),
    st.sampled_from(["", "", "u@", "u:p@", "host.example@", "host.example\\@"]),
    hosts,
    st.sampled_from(["", "", ":443", ":80", ":0443", ":"]),
    st.sampled_from(["", "/", "/a?b=c", "?x", "#f", "/..;/", "/%2e%2e/", "/\\x", "/ x"]),
)


@given(urls)
def test_three_parsers_agree_about_every_url_that_is_accepted(url: str) -> None:
    try:
        target = check_url(url, PRODUCTION)
    except OutgoingRefused:
        return
    for text in (url, target.url):
        split, theirs = urlsplit(text), httpx.URL(text)
        assert split.scheme == theirs.scheme == target.scheme == "https"
        assert split.hostname == target.host or ip_address(split.hostname or "") == target.address
        assert theirs.host == target.host or ip_address(theirs.host) == target.address
        assert (split.port or 443) == (theirs.port or 443) == target.port
        assert not theirs.userinfo
        assert split.username is None
    assert target.address is None or may_call(target.address, PRODUCTION)


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_a_refusal(text: str) -> None:
    with suppress(OutgoingRefused):
        check_url(text, SANDBOX)


@given(st.ip_addresses())
def test_python_calls_nothing_private_that_we_may_call(address: IPv4Address | IPv6Address) -> None:
    if may_call(address, PRODUCTION):
        judged = ("private", "loopback", "link_local", "multicast", "unspecified", "reserved")
        assert not [word for word in judged if getattr(address, f"is_{word}")]


@given(st.ip_addresses(v=4))
def test_no_address_inside_is_reached_in_the_dress_of_ipv6(inner: IPv4Address) -> None:
    number = int(inner)
    dresses = [number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80]
    dresses.append(0x20010000 << 96 | (number ^ 0xFFFFFFFF))
    assert not any(
        may_call(IPv6Address(dress), SANDBOX) for dress in dresses if IPv6Address(dress) != IPv6Address("::1")
    )


def test_one_inside_address_condemns_the_name() -> None:
    assert resolved(["8.8.8.8", "2606:4700:4700::1111"], PRODUCTION) == (
        ip_address("8.8.8.8"),
        ip_address("2606:4700:4700::1111"),
    )
    for bad in ("127.0.0.1", "10.0.0.1", "::ffff:8.8.8.8", "fe80::1%eth0", "not an address"):
        with pytest.raises(OutgoingRefused):
            resolved(["8.8.8.8", bad], PRODUCTION)
