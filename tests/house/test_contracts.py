"""The house rules that a machine can check: arrows, sizes, nothing unfinished, nothing of one machine, hashed locks."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, name, python_files, text

# A letter in brackets keeps this file from finding itself.
_UNFINISHED = re.compile(
    r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b|Not[I]mplementedError|pragma: [n]o cover|# type: [i]gnore(?!\[)"
)
_SKIPPED = re.compile(r"\b(mark\.s[k]ip|pytest\.s[k]ip|mark\.x[f]ail|pytest\.x[f]ail|importor[s]kip|assert T[r]ue\b)")
_REGISTRY = re.compile(r"p[y]pi\.org|python[h]osted|n[p]mjs\.(org|com)|cr[a]tes\.io|deb[i]an\.org")
_MACHINE = re.compile(r"/w[o]rk/|/f[a]rm/|\.\./s[h]ared/|/h[o]me/\w+/|/U[s]ers/")
_PRIVATE_KEY = re.compile(r"-----B[E]GIN ([A-Z]+ )?PRIVATE KEY")
_DUMPING_GROUNDS = {"utils", "util", "helpers", "helper", "common", "misc"}


def test_arrows_fall_one_way() -> None:
    # A process of its own: import-linter configures logging for itself and would silence ours.
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    linted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_every_pure_room_is_held_to_purity() -> None:
    contracts = {c["id"]: c for c in tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]}
    layers = contracts["floors"]["layers"]
    below_the_machines = layers[layers.index("crypto | outgoing | catalogue") + 1 :]
    rooms = {f"idp.{room.strip()}" for layer in below_the_machines for room in layer.split("|")}
    assert rooms == set(contracts["pure"]["source_modules"])


def test_files_and_functions_stay_small() -> None:
    # A migration is written once and read in one piece.
    sources = {name(path): text(path) for path in python_files() if path.parent.name != "versions"}
    large = [f"{file}: {lines} lines" for file, source in sources.items() if (lines := source.count("\n")) > 350]
    assert not large
    long = [f"{file}: {what}" for file, source in sources.items() for what, lines in _functions(source) if lines > 60]
    assert not long


def test_nothing_is_unfinished_or_waved_through() -> None:
    written_by_us = {".py", ".js", ".mjs", ".html", ".css", ".toml", ".sh", ""}
    assert not _hits(_UNFINISHED, (path for path in files() if path.suffix in written_by_us))


def test_no_test_is_skipped_or_empty() -> None:
    assert not _hits(_SKIPPED, (path for path in python_files() if name(path).startswith("tests/")))


def test_no_file_names_a_registry_or_one_machine() -> None:
    assert not _hits(_REGISTRY, files())
    assert not _hits(_MACHINE, files())


def test_no_private_key_is_committed() -> None:
    assert not _hits(_PRIVATE_KEY, files())


def test_there_is_no_dumping_ground() -> None:
    words = {name(path): {path.stem, *path.relative_to(ROOT).parts[:-1]} for path in python_files()}
    assert not [file for file, parts in words.items() if parts & _DUMPING_GROUNDS]


def test_no_committed_file_is_huge() -> None:
    assert not [f"{name(path)}: {path.stat().st_size} bytes" for path in files() if path.stat().st_size > 400_000]


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        ("requirements.txt", ["requirements.in"]),
        ("requirements-dev.txt", ["requirements.in", "requirements-dev.in"]),
        ("tools/installer.txt", ["tools/installer.in"]),
    ],
)
def test_requirements_are_pinned_by_hash(lock: str, declared: list[str]) -> None:
    pinned = list(_pinned(text(ROOT / lock)))
    assert [package for package, hashes in pinned if not hashes] == []
    wanted = {_package(line) for source in declared for line in text(ROOT / source).splitlines() if line.strip()}
    assert wanted - {package for package, _ in pinned} == set()
    assert "://" not in text(ROOT / lock)
    assert "--index" not in text(ROOT / lock)


def test_the_developers_lock_holds_the_run_time_lock() -> None:
    run_time = set(re.findall(r"^[\w.\[\]-]+==\S+", text(ROOT / "requirements.txt"), re.MULTILINE))
    assert run_time <= set(re.findall(r"^[\w.\[\]-]+==\S+", text(ROOT / "requirements-dev.txt"), re.MULTILINE))


def test_node_packages_are_pinned_without_an_address() -> None:
    packages = json.loads(text(ROOT / "package-lock.json"))["packages"]
    assert all("integrity" in entry and "resolved" not in entry for path, entry in packages.items() if path)
    declared = json.loads(text(ROOT / "package.json"))["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in declared.values())


def test_the_licence_is_here() -> None:
    licence = text(ROOT / "LICENSE")
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def _functions(source: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def _hits(pattern: re.Pattern[str], paths: Iterable[Path]) -> list[str]:
    return [
        f"{name(path)}:{number}: {line.strip()[:90]}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), 1)
        if pattern.search(line)
    ]


def _pinned(lock: str) -> Iterator[tuple[str, int]]:
    for entry in lock.replace("\\\n", " ").splitlines():
        if entry.strip():
            assert "==" in entry, entry
            yield _package(entry), entry.count("--hash=sha256:")


def _package(line: str) -> str:
    found = re.match(r"[\w.-]+", line)
    assert found is not None, line
    return found[0].lower().replace("_", "-")
