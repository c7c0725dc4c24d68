"""The demo's processes: started, asked whether they answer, begun again when they fall, and ended together.

Each is forked. The provider's has its libraries loaded already, by the demo itself, which makes the demo ready sooner.
"""

import ctypes
import http.client
import multiprocessing
import os
import signal
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from pathlib import Path
from urllib.parse import urlsplit

from idp.demo.places import ROOT, DemoFailed

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
_FALLS = 5  # in a minute: whatever falls more often has a reason that a new start does not mend


@dataclass(slots=True)
class Child:
    """One process, with what is needed to begin it again. `work` runs in it, with that environment and no other."""

    name: str
    work: Callable[[], int]
    environment: Mapping[str, str]
    log: Path
    process: ForkProcess | None = None
    falls: tuple[float, ...] = ()

    def start(self) -> None:
        self.process = multiprocessing.get_context("fork").Process(target=self._live, name=self.name)
        self.process.start()

    def is_running(self) -> bool:
        return self.process is not None and self.process.is_alive()

    def last_words(self) -> str:
        """The last line of its log, for the sentence that tells of its fall."""
        try:
            lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1][:300] if lines else ""

    def _live(self) -> None:
        # A group of its own: Ctrl-C reaches the demo alone, and the demo ends its processes in order.
        os.setpgid(0, 0)
        # prctl(2): a demo that is killed leaves nothing running.
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        # multiprocessing left another descriptor here, which processes that this one starts do not get.
        sys.stdin = os.fdopen(0, closefd=False)
        os.environ.clear()
        os.environ.update(self.environment)
        sys.exit(self.work())


def program(*arguments: str) -> Callable[[], int]:
    """Another Python program in this process's place."""

    def become() -> int:
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - no shell is wanted

    return become


class Children:
    """All of them."""

    def __init__(self) -> None:
        self._all: list[Child] = []

    def start(self, child: Child) -> Child:
        child.start()
        self._all.append(child)
        return child

    def wait_until_answering(self, child: Child, url: str, ca: Path | None, patience: float) -> None:
        """Raises DemoFailed when it ends, or never answers 200."""
        deadline = time.monotonic() + patience
        while not answers(url, ca):
            if not child.is_running():
                raise DemoFailed(f"{child.name} did not start ({child.last_words()}); its log is {child.log}.")
            if time.monotonic() > deadline:
                raise DemoFailed(
                    f"{child.name} does not answer at {url} after {patience:.0f} s; its log is {child.log}."
                )
            time.sleep(0.03)

    def mend(self) -> list[str]:
        """Begin again what has fallen; names of those, for the screen. Raises DemoFailed for what keeps falling."""
        mended = []
        for child in self._all:
            if child.is_running():
                continue
            now = time.monotonic()
            child.falls = (*(fall for fall in child.falls if now - fall < 60), now)
            if len(child.falls) > _FALLS:
                raise DemoFailed(f"{child.name} keeps falling ({child.last_words()}); its log is {child.log}.")
            child.start()
            mended.append(child.name)
        return mended

    def stop(self, patience: float = 8.0) -> None:
        """Services first, so that none of them finds the provider gone; what does not listen is killed."""
        for child in reversed(self._all):
            if child.process is not None:
                child.process.terminate()
        # Not join(timeout): a process that became another program has closed what that waits for.
        deadline = time.monotonic() + patience
        while any(child.is_running() for child in self._all) and time.monotonic() < deadline:
            time.sleep(0.02)
        for child in self._all:
            if child.process is not None:
                child.process.kill()
                child.process.join()


def answers(url: str, ca: Path | None) -> bool:
    """One GET; anything but 200 is no."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        trust = ssl.create_default_context(cafile=str(ca) if ca else None)
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=2, context=trust
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Ours, without what was meant for the demo alone, and with what this child is told."""
    mine = {"HOST", "PORT", "TLS", "CA", "ISSUER", "CLIENT_ID", "CLIENT_SECRET", "BASE_URL", "AUDIENCE", "API_URL"}
    kept = {name: value for name, value in os.environ.items() if name not in mine}
    return {**kept, "PYTHONUNBUFFERED": "1", **extra}
