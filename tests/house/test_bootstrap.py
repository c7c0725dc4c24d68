"""The set-up speaks one clear sentence when it can't go on, and does nothing when nothing is to do."""

import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.stand.process import private_folder

_NEEDED = ("tools", "pyproject.toml", "requirements.txt", "requirements-dev.txt", "clients/sdk/pyproject.toml")


def test_old_python_is_one_sentence(tmp_path: Path) -> None:
    old = _program(tmp_path / "python3", 'case $1 in --version) echo "Python 3.9.2";; *) exit 1;; esac')
    failed = _bootstrap(_checkout(tmp_path / "checkout"), PYTHON=str(old))
    assert failed.returncode == 1
    assert failed.stderr.splitlines() == ["Python 3.11 or newer is needed; found: Python 3.9.2."]


def test_unwritable_folder_is_one_sentence() -> None:
    with private_folder("bootstrap") as folder:
        folder.chmod(0o755)
        checkout = _checkout(folder / "checkout")
        checkout.chmod(0o555)
        nobody = [] if os.geteuid() else ["setpriv", f"--reuid={pwd.getpwnam('nobody').pw_uid}", "--clear-groups"]
        failed = _bootstrap(checkout, *nobody)
        checkout.chmod(0o755)
    assert failed.returncode == 1
    assert failed.stderr.startswith("This folder is not writable")
    assert failed.stderr.count("\n") == 1


def test_missing_venv_without_root_or_sudo_says_whom_to_ask(tmp_path: Path) -> None:
    bare = _program(tmp_path / "python3", "case $2 in *ensurepip*) exit 1;; esac")
    # A PATH without apt-get and sudo stands for a person who may install nothing.
    for name in ("sh", "dirname", "cat", "sed", "sha256sum", "flock", "id", "env"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    failed = _bootstrap(_checkout(tmp_path / "checkout"), PYTHON=str(bare), PATH=str(tmp_path))
    assert failed.returncode == 1
    assert failed.stderr.splitlines() == [
        "Python's venv module is missing; ask an administrator for: apt-get install python3-venv"
    ]


@pytest.mark.parametrize("what", ["runtime", "dev"])
def test_a_finished_set_up_is_left_alone(what: str) -> None:
    subprocess.run([ROOT / "tools/bootstrap", what], capture_output=True, check=True)
    begun = time.monotonic()
    done = subprocess.run([ROOT / "tools/bootstrap", what], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    assert time.monotonic() - begun < 1


def _checkout(folder: Path) -> Path:
    for name in _NEEDED:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source = ROOT / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return folder


def _program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def _bootstrap(checkout: Path, *prefix: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [*prefix, str(checkout / "tools/bootstrap")]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=30)
