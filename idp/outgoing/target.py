"""Reading a URL that a stranger wrote (pure): one strict form, so that no two parsers can differ about its meaning."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from idp.outgoing.address import Address, is_loopback, may_call
from idp.outgoing.errors import OutgoingRefused
from idp.outgoing.policy import OutgoingPolicy

_MAX_URL: Final = 2048
_DEFAULT_PORT: Final = {"https": 443, "http": 80}

# RFC 3986 without userinfo and without fragment, in ASCII; `\Z`, because `$` would let a line feed pass.
_URL: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<host>[A-Za-z0-9.-]{1,253}))"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<rest>(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?)\Z",
    re.ASCII | re.IGNORECASE,
)
_V4: Final = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}\Z", re.ASCII)
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z", re.ASCII)
# The URL Standard reads a host whose last label looks like a number as an IPv4 address: 127.1, 0x7f.1, 2130706433.
_ENDS_IN_NUMBER: Final = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be called as far as its text tells; `address` is set when the host is a literal."""

    url: str
    scheme: str
    host: str
    port: int
    address: Address | None


def check_url(url: str, policy: OutgoingPolicy) -> Target:
    """The target, or OutgoingRefused with the reason. A name still has to be resolved and its addresses judged."""
    if len(url) > _MAX_URL:
        raise OutgoingRefused("url_too_long")
    match = _URL.match(url)
    if match is None:
        raise OutgoingRefused("url_form")
    scheme = match["scheme"].lower()
    host, address = _host(match)
    port = int(match["port"] or _DEFAULT_PORT[scheme])
    _check_place(scheme, host, port, address, policy)
    origin = _origin(scheme, host, port, address)
    if policy.only is not None and origin != policy.only:
        raise OutgoingRefused("destination")
    # Written anew from what was understood, so that the HTTP library reads no other text than we did.
    return Target(origin + _path(match["rest"]), scheme, host, port, address)


def origin_of(url: str) -> str:
    """Scheme, host and port as `OutgoingPolicy.only` names them. Raises OutgoingRefused for what is no URL."""
    match = _URL.match(url)
    if match is None:
        raise OutgoingRefused("url_form")
    scheme = match["scheme"].lower()
    host, address = _host(match)
    return _origin(scheme, host, int(match["port"] or _DEFAULT_PORT[scheme]), address)


def _origin(scheme: str, host: str, port: int, address: Address | None) -> str:
    return f"{scheme}://{f'[{host}]' if isinstance(address, IPv6Address) else host}:{port}"


def _host(match: re.Match[str]) -> tuple[str, Address | None]:
    if match["v6"] is not None:
        try:
            literal = IPv6Address(match["v6"])
        except ValueError:
            raise OutgoingRefused("host_form") from None
        return str(literal), literal
    host = match["host"].lower()
    if _V4.match(host):
        try:
            return host, IPv4Address(host)
        except ValueError:
            raise OutgoingRefused("host_form") from None
    labels = host.split(".")
    if not all(map(_LABEL.match, labels)) or _ENDS_IN_NUMBER.match(labels[-1]):
        raise OutgoingRefused("host_form")
    return host, None


def _check_place(scheme: str, host: str, port: int, address: Address | None, policy: OutgoingPolicy) -> None:
    if port > 65535:
        raise OutgoingRefused("port")
    if policy.sandbox_loopback and (host == "localhost" or (address is not None and is_loopback(address))):
        return
    if scheme != "https":
        raise OutgoingRefused("scheme")
    if port not in policy.ports:
        raise OutgoingRefused("port")
    if address is not None and not may_call(address, policy):
        raise OutgoingRefused("address")
    # A name of one label is completed by the resolver's search list: nobody outside can mean it. RFC 6761 §6.3.
    if address is None and ("." not in host or host.endswith(".localhost")):
        raise OutgoingRefused("name")


def _path(rest: str) -> str:
    return rest if rest.startswith("/") else "/" + rest


def resolved(texts: list[str], policy: OutgoingPolicy) -> tuple[Address, ...]:
    """The addresses that a name led to, if every one of them may be called; one bad address condemns the name."""
    try:
        addresses = tuple(dict.fromkeys(map(ip_address, texts)))
    except ValueError:
        raise OutgoingRefused("address") from None
    if not all(may_call(address, policy) for address in addresses):
        raise OutgoingRefused("address")
    return addresses
