"""A private service for tests: starts, waits until it answers, surely ends with the run. It names no service."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.stand.ports import is_listening

_PREFIX = "cua-chung-"


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whom to become when the tests run as root, since PostgreSQL and Apache refuse it; None where we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def as_unprivileged(command: Sequence[str], death_signal: str = "KILL") -> list[str]:
    """The command under the unprivileged user; the kernel sends it `death_signal` when the test process dies."""
    user = unprivileged_user()
    become = [] if user is None else [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return ["setpriv", *become, f"--pdeathsig={death_signal}", *command]


@contextlib.contextmanager
def private_folder(name: str) -> Iterator[Path]:
    """A temporary folder that the unprivileged user owns."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-{name}-"))
    user = unprivileged_user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Folders of test processes that were killed before they could tidy up."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).split("-")[0]
        if not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    ready: Callable[[], bool],
    log: Path,
    stop_signal: signal.Signals = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    seconds: float = 30,
) -> Iterator[subprocess.Popen[bytes]]:
    """The command as a child in a session of its own: Ctrl-C reaches pytest alone, and pytest ends it in order."""
    with log.open("ab") as output:
        if (user := unprivileged_user()) is not None:
            os.fchown(output.fileno(), user.pw_uid, user.pw_gid)
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=None if env is None else {**os.environ, **env},
        )
    try:
        _wait(child, ready, log, seconds)
        yield child
    finally:
        _end(child, stop_signal)


def listening(port: int) -> Callable[[], bool]:
    return lambda: is_listening(port)


def _wait(child: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace")[-2_000:]
            message = f"{child.args!r} did not become ready:\n{tail}"
            raise RuntimeError(message)
        time.sleep(0.02)


def _end(child: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    if child.poll() is None:
        child.send_signal(stop_signal)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    # What the service itself started and did not take along.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
