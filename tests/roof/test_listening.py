"""Sockets: both loopback addresses under one name, and nothing left open after a failure."""

import errno
import socket

import pytest

from idp.listening import listen
from tests.stand.ports import free_port


def test_localhost_is_heard_at_both_addresses() -> None:
    port = free_port()
    opened = listen("localhost", port)
    try:
        addresses = {one.getsockname()[0] for one in opened}
        assert "127.0.0.1" in addresses
        for address in addresses:
            socket.create_connection((address, port), timeout=2).close()
    finally:
        for one in opened:
            one.close()


def test_a_taken_port_is_told_and_leaves_nothing_open() -> None:
    port = free_port()
    first = listen("127.0.0.1", port)
    try:
        with pytest.raises(OSError, match="use") as taken:
            listen("localhost", port)
        assert taken.value.errno == errno.EADDRINUSE
    finally:
        for one in first:
            one.close()
    for one in listen("localhost", port):
        one.close()


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(OSError, match="assign"):
        listen("192.0.2.1", free_port())
