"""Whether a host is this very machine, by its text alone: nothing is resolved here."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """A literal address of loopback, or the one name that means it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
