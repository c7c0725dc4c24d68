"""The SDK is a package that others can install: it builds, carries its types, and knows nothing of the provider."""

import ast
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.clients.hub import ROOT

SDK = ROOT / "clients" / "sdk"
SOURCES = sorted((ROOT / "clients").rglob("*.py"))


@pytest.mark.slow
def test_it_builds_and_can_be_imported_from_what_was_built(tmp_path: Path) -> None:
    uv = Path(sys.executable).parent / "uv"
    command = [str(uv), "build", "--quiet", "--offline", "--wheel", "--out-dir", str(tmp_path), str(SDK)]
    subprocess.run(command, check=True, capture_output=True)
    wheel = next(tmp_path.glob("*.whl"))
    with zipfile.ZipFile(wheel) as built:
        assert "cua_chung/py.typed" in built.namelist()
    program = f"import sys; sys.path.insert(0, {str(wheel)!r}); import cua_chung; print(cua_chung.__file__)"
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert printed.stdout.startswith(str(wheel))


def test_nothing_on_this_side_imports_the_provider() -> None:
    imported = {
        name
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported
    assert not [name for name in imported if name.split(".")[0] == "idp"]


def test_its_dependencies_are_among_the_locked_ones() -> None:
    declared = tomllib.loads((SDK / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert not [one for one in declared if f"\n{one.partition('>')[0].partition('[')[0]}" not in locked]
