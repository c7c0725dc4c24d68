"""Runs a script under Node with the locked test packages; it knows no script."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def node_command() -> list[str]:
    """`node`, with the Web Cryptography API that Debian's Node 18 hides; absent, it fails when run, not here."""
    if shutil.which("node") is None:
        return ["node"]
    version = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout
    major = int(version.removeprefix("v").split(".")[0])
    return ["node", "--experimental-global-webcrypto"] if major < 20 else ["node"]


def run_node(script: Path, *arguments: str, env: Mapping[str, str] | None = None, seconds: float = 60) -> str:
    """Standard output of a script; its standard error rises with a failure."""
    done = subprocess.run(
        [*node_command(), str(script), *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=seconds,
        env={**os.environ, **(env or {})},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
