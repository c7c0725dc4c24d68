"""However a test run ends, nothing of it stays: not after a forgotten child, not after Ctrl-C, not after kill -9."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stand.node import ROOT

_FORGETFUL = """
import subprocess
def test_leaves_a_child(): subprocess.Popen(["sleep", "300"], start_new_session=True)
"""
_BUSY = """
import pathlib, time
def test_waits(postgres, redis_server):
    pathlib.Path(r"{here}/began").write_text(postgres.url("postgres").split(":")[-1].split("/")[0])
    time.sleep(60)
"""


@pytest.mark.slow
def test_a_forgotten_child_fails_the_run_and_is_ended(tmp_path: Path) -> None:
    run = _pytest(tmp_path, _FORGETFUL)
    output, _ = run.communicate(timeout=90)
    assert run.returncode == 1
    assert "1 passed" in output
    assert "left running by this test run, now killed" in output
    assert "sleep 300" in output


@pytest.mark.stand
@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_services_end_with_an_interrupted_run(tmp_path: Path, ending: signal.Signals) -> None:
    run = _pytest(tmp_path, _BUSY.format(here=tmp_path))
    _until((tmp_path / "began").exists)
    assert list(_services_of(run.pid))
    run.send_signal(ending)
    run.communicate(timeout=90)
    assert run.returncode != 0
    _until(lambda: not list(_services_of(run.pid)))


def _pytest(folder: Path, source: str) -> subprocess.Popen[str]:
    test = folder / "test_it.py"
    test.write_text(source)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("CUA_CHUNG_", "PYTEST_"))}
    options = ["-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "-c", "pyproject.toml", f"--rootdir={folder}"]
    # What a shell starts in the background ignores Ctrl-C, and so would its children.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "pytest", *options, str(test)]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _services_of(run: int) -> Iterator[str]:
    """Command lines that name a private folder of that run; each folder carries its owner's number."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if f"cua-chung-{run}-" in words:
            yield words


def _until(true: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
