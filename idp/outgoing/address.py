"""Which addresses count as outside (pure). Not the place for names: those are resolved first, then judged here.

Python's own `is_global` differs from one patch release to the next (CVE-2024-4032), so the tables stand here, from the
IANA special-purpose registries (RFC 6890).
"""

from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Final, TypeAlias

from idp.outgoing.policy import Network, OutgoingPolicy

Address: TypeAlias = IPv4Address | IPv6Address

_LOOPBACK: Final[tuple[Network, ...]] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

_INSIDE_V4: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network, RFC 791; Linux connects 0.0.0.0 to itself
            "10.0.0.0/8",  # private, RFC 1918
            "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, RFC 3927; clouds keep their metadata here
            "172.16.0.0/12",  # private, RFC 1918
            "192.0.0.0/24",  # protocol assignments, RFC 6890
            "192.0.2.0/24",  # documentation, RFC 5737
            "192.88.99.0/24",  # 6to4 relays, RFC 7526
            "192.168.0.0/16",  # private, RFC 1918
            "198.18.0.0/15",  # benchmarks, RFC 2544
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
# Of IPv6 only global unicast is outside. That leaves out ::, ::1, mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96,
# 64:ff9b:1::/48), unique local (fc00::/7), link-local (fe80::/10), site-local (fec0::/10) and multicast (ff00::/8).
_OUTSIDE_V6: Final = ip_network("2000::/3")
_INSIDE_V6: Final = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # protocol assignments, with Teredo (2001::/32), which carries an IPv4 address
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which carries an IPv4 address
            "3fff::/20",  # documentation, RFC 9637
        ),
    )
)


def may_call(address: Address, policy: OutgoingPolicy) -> bool:
    """Whether this very address may be connected to."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    if policy.sandbox_loopback and is_loopback(address):
        return True
    return _is_outside(address) or _within(address, policy.networks)


def is_loopback(address: Address) -> bool:
    return _within(address, _LOOPBACK)


def _is_outside(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not _within(address, _INSIDE_V4)
    return address in _OUTSIDE_V6 and not _within(address, _INSIDE_V6)


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)
