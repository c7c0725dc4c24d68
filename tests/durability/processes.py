"""A process that a test may kill at any moment, with all that it started, and start again; it knows no service."""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.stand.process import unprivileged_user


async def until(holds: Callable[[], Awaitable[bool]], what: str, seconds: float = 30) -> None:
    """Wait for another process: there is no clock of ours to move."""
    deadline = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.02)


def patience(seconds: float = 90) -> Iterator[int]:
    """Tries for as long as somebody may have to wait while everything is started again on a busy machine."""
    deadline = time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() > deadline:
            return
        yield number


class Mortal:
    """Started, killed, terminated and started again under the same command and environment."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        ready: Callable[[], bool],
        log: Path,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.log = log
        self._command = command
        self._ready = ready
        self._environment = {**os.environ, **(env or {})}
        self._stop_signal = stop_signal
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def status(self) -> int | None:
        """The exit status, None while it runs."""
        assert self._child is not None
        return self._child.poll()

    def start(self) -> None:
        """Begin, without waiting. From the main thread: what is set to die with its parent dies with that thread."""
        with self.log.open("ab") as output:
            if (user := unprivileged_user()) is not None:
                os.fchown(output.fileno(), user.pw_uid, user.pw_gid)
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=self._environment,
            )

    async def up(self, seconds: float = 60) -> None:
        """Wait until it answers."""

        async def answers() -> bool:
            assert self.is_running, f"{self._command!r} ended:\n{self.tail()}"
            return await asyncio.to_thread(self._ready)

        await until(answers, f"{self._command[-1]} answers", seconds)

    def wait(self, seconds: float = 60) -> None:
        """The same where nothing else has to go on meanwhile."""
        asyncio.run(self.up(seconds))

    def kill(self) -> None:
        """SIGKILL to it and to all that it started, in one stroke."""
        if not self.is_running:
            return
        # Stopped first, so that it can start nothing between the look and the stroke.
        os.kill(self.pid, signal.SIGSTOP)
        for pid in [*descendants(self.pid), self.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert self._child is not None
        self._child.wait()

    async def terminated(self, seconds: float = 30) -> int:
        """SIGTERM, and the exit status."""
        assert self._child is not None
        self._child.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self._child.wait, seconds)

    def end(self) -> None:
        """At the end of a test: nothing of it is left."""
        if not self.is_running:
            return
        assert self._child is not None
        left = descendants(self.pid)
        self._child.send_signal(self._stop_signal)
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3_000:]


def descendants(pid: int) -> list[int]:
    """Children, their children, and so on, by what the kernel knows now."""
    parents = {int(folder.name): parent for folder in Path("/proc").glob("[0-9]*") if (parent := _parent(folder))}
    found, look = list[int](), [pid]
    while look:
        above = look.pop()
        below = [child for child, parent in parents.items() if parent == above]
        found += below
        look += below
    return found


def workers_of(node: Mortal) -> list[int]:
    """The processes of a node with several."""
    return sorted(pid for pid in descendants(node.pid) if "spawn_main" in command_line(pid))


def command_line(pid: int) -> str:
    """Empty for a process that is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _parent(folder: Path) -> int | None:
    try:
        # pid (name) state ppid …: the name may hold anything, a parenthesis too.
        return int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None
