"""Finds what a test run left running, by a mark that every child inherits in its environment."""

import contextlib
import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

_NAME = "CUA_CHUNG_TEST_RUN"


def mark_this_run() -> bool:
    """From here on every process we start carries the mark. False where it was inherited: another run is in charge."""
    if _NAME in os.environ:
        return False
    os.environ[_NAME] = uuid.uuid4().hex
    return True


def end_leftovers() -> list[str]:
    """Kills every process that this run started and returns their command lines."""
    found = list(_of_this_run())
    for process, _ in found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
    return [f"{process} {command}" for process, command in found]


def _of_this_run() -> Iterator[tuple[int, str]]:
    # /proc shows the environment a process began with, so the process that set the mark does not carry it.
    mark = f"{_NAME}={os.environ[_NAME]}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                yield int(folder.name), command
