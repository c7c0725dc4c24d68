"""Runs the application under uvicorn: one process, or several that share the port. Who may start is checked before."""

import asyncio
import signal
import ssl
import sys
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from idp.app import Provider
from idp.listening import listen
from idp.ops import logging
from idp.settings import Settings


def run(settings: Settings) -> int:
    """Until SIGINT or SIGTERM; the process's exit status."""
    try:
        sockets = listen(settings.host, settings.port)
    except OSError as reason:
        sys.stderr.write(f"{settings.host}:{settings.port} can't be listened on: {reason.strerror}.\n")
        return 1
    if settings.workers > 1:
        config = uvicorn.Config("idp.app:from_environment", factory=True, workers=settings.workers, **options(settings))
        Multiprocess(config, sockets).run()
        return 0
    logging.configure(sys.stdout.buffer, settings.log_level)
    provider = Provider(settings)
    server = _Draining(uvicorn.Config(provider, **options(settings)), provider, settings.drain.total_seconds())
    server.run(sockets)
    return 0 if server.started else 1


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


class _Draining(uvicorn.Server):
    """At SIGTERM: say no at /readyz, go on answering for a moment, then finish what is open and end."""

    def __init__(self, config: uvicorn.Config, provider: Provider, drain_seconds: float) -> None:
        super().__init__(config)
        self._provider = provider
        self._drain_seconds = drain_seconds

    def handle_exit(self, sig: int, frame: Any) -> None:  # noqa: ANN401 - as in the standard library
        if sig == signal.SIGTERM and self._drain_seconds and not self.should_exit:
            self._provider.drain()
            asyncio.get_event_loop().call_later(self._drain_seconds, super().handle_exit, sig, frame)
        else:
            super().handle_exit(sig, frame)
