"""Runs the application under uvicorn: one process, or several that share the port. Who may start is checked before."""

import asyncio
import multiprocessing
import os
import signal
import socket
import ssl
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from idp.app import Provider
from idp.listening import listen
from idp.ops import logging
from idp.settings import Settings, load

# Where prometheus_client, and so each worker, looks for the counters that all of them share.
_COUNTED_IN = "PROMETHEUS_MULTIPROC_DIR"


def run(settings: Settings) -> int:
    """Until SIGINT or SIGTERM; the process's exit status."""
    try:
        sockets = listen(settings.host, settings.port)
    except OSError as reason:
        sys.stderr.write(f"{settings.host}:{settings.port} can't be listened on: {reason.strerror}.\n")
        return 1
    if settings.workers > 1:
        return _several(settings, sockets)
    logging.configure(logging.standard_output(), settings.log_level)
    server = _Server(uvicorn.Config(lambda: _draining(Provider(settings), settings), factory=True, **options(settings)))
    server.run(sockets)
    return 0 if server.started else 1


def worker() -> Provider:
    """The application of one process of several; made in its running loop, when the server has taken the signals."""
    settings = load(os.environ)
    logging.configure(logging.standard_output(), settings.log_level)
    _end_with_parent()
    # If one that was begun while the database is away gave up, the parent would end the others too.
    provider = Provider(settings, counted_in=Path(os.environ[_COUNTED_IN]), waits=True)
    return _draining(provider, settings)


def options(settings: Settings) -> dict[str, Any]:
    """What both ways of running share."""
    found: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "date_header": True,
        # A worker that has only begun is silent as long as a busy machine takes; killed for it, it would begin anew.
        "timeout_worker_healthcheck": 30,
        "timeout_graceful_shutdown": int(settings.shutdown.total_seconds()),
        # Only a declared TLS proxy may say who the caller is; from anybody else X-Forwarded-* is a stranger's text.
        "proxy_headers": bool(settings.tls_proxies),
        "forwarded_allow_ips": [str(network) for network in settings.tls_proxies],
        # A slow header is cut off by the server's own limit; bodies are bounded by the form reader.
        "h11_max_incomplete_event_size": 65_536,
    }
    if settings.tls and settings.tls_cert is not None and settings.tls_key is not None:
        found |= {
            "ssl_certfile": str(settings.tls_cert),
            "ssl_keyfile": str(settings.tls_key),
            "ssl_version": ssl.PROTOCOL_TLS_SERVER,
        }
    return found


def _several(settings: Settings, sockets: list[socket.socket]) -> int:
    config = uvicorn.Config("idp.server:worker", factory=True, workers=settings.workers, **options(settings))
    supervisor = _Supervisor(config, sockets)
    with tempfile.TemporaryDirectory(prefix="idp-metrics-") as folder:
        os.environ[_COUNTED_IN] = folder
        supervisor.run()
    return 1 if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes) else 0


class _Supervisor(Multiprocess):
    """Lets go of the port when its workers are to end: held open, it would take connections that nobody answers."""

    def terminate_all(self) -> None:
        for opened in self.sockets:
            opened.close()
        super().terminate_all()


class _Server(uvicorn.Server):
    """An end in good order is told as one: uvicorn would raise the signal once more, and the status would be 143."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


def _draining(provider: Provider, settings: Settings) -> Provider:
    """At SIGTERM: say no at /readyz, go on answering for a moment; then the server finishes what is open and ends."""
    end, loop = signal.getsignal(signal.SIGTERM), asyncio.get_running_loop()

    def leave(number: int, _frame: FrameType | None) -> None:
        provider.drain()
        if callable(end):
            loop.call_later(settings.drain.total_seconds(), end, number, None)

    signal.signal(signal.SIGTERM, leave)
    return provider


def _end_with_parent() -> None:
    """A worker that outlived its killed parent would hold the port against the next start."""
    parent, loop = multiprocessing.parent_process(), asyncio.get_running_loop()
    if parent is None:
        return
    sentinel = parent.sentinel

    def orphaned() -> None:
        loop.remove_reader(sentinel)
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(sentinel, orphaned)
