"""Free TCP ports on loopback for what the tests start; it starts nothing itself."""

import os
import random
import socket

# Below Linux's ephemeral range (32768 onward), so that no outgoing connection takes a port between choice and use.
_RANGE = range(20_000, 32_000)
_given: set[int] = set()
# Several test runs may share a machine: each worker draws in an order of its own.
_draw = random.Random(os.urandom(8))


def free_port() -> int:
    """A port nobody listens on, never given twice by this process."""
    for _ in range(1_000):
        port = _draw.choice(_RANGE)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    message = "no free port on loopback"
    raise RuntimeError(message)


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    """True as soon as something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def _is_free(port: int) -> bool:
    try:
        with socket.socket() as probe:
            probe.bind(("0.0.0.0", port))
    except OSError:
        return False
    return True
