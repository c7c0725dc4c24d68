"""Sockets to listen on: `localhost` means both loopback addresses, since browsers and Node try either of them first."""

import errno
import socket
from typing import Any, TypeAlias

_BACKLOG = 2048
_Address: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
# A machine without IPv6 has ::1 in its hosts file all the same.
_ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def listen(host: str, port: int) -> list[socket.socket]:
    """Bound and listening. Raises OSError (EADDRINUSE, EACCES, …) with nothing left open."""
    opened: list[socket.socket] = []
    absent: OSError | None = None
    for address in _addresses(host, port):
        try:
            opened.append(_open(address))
        except OSError as reason:
            if reason.errno not in _ABSENT:
                for one in opened:
                    one.close()
                raise
            absent = reason
    if not opened and absent is not None:
        raise absent
    return opened


def _addresses(host: str, port: int) -> list[_Address]:
    hosts = ("127.0.0.1", "::1") if host == "localhost" else (host,)
    found: list[_Address] = []
    for name in hosts:
        found += socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys(found))


def _open(address: _Address) -> socket.socket:
    family, kind, protocol, _, name = address
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(name)
        opened.listen(_BACKLOG)
        opened.set_inheritable(True)
    except OSError:
        opened.close()
        raise
    return opened
