"""What the product imports it declares, and what it declares it needs: nothing rides along by chance."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions

import pytest

from tests.house.tree import ROOT, name, python_files, text

_OURS = {"idp", "clients", "sandbox", "tools", "cua_chung"}
# Chosen at run time: by uvicorn, by passlib, and by Starlette where a form is read.
_NEVER_IMPORTED = {"uvloop", "httptools", "argon2-cffi", "bcrypt", "python-multipart"}


@pytest.mark.slow
def test_every_import_of_the_product_is_declared() -> None:
    undeclared = {module: files for module, files in _imports().items() if not _distributions(module) & _declared()}
    assert not undeclared


@pytest.mark.slow
def test_every_declared_package_is_imported() -> None:
    imported = {package for module in _imports() for package in _distributions(module)}
    assert _declared() - imported == _NEVER_IMPORTED


def _declared() -> set[str]:
    words = (re.match(r"[\w.-]+", line) for line in text(ROOT / "requirements.in").splitlines())
    return {word[0].lower().replace("_", "-") for word in words if word}


def _distributions(module: str) -> set[str]:
    return {package.lower().replace("_", "-") for package in packages_distributions().get(module, [])}


def _imports() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in python_files():
        if name(path).startswith(("idp/", "clients/examples/", "clients/sdk/", "migrations/", "sandbox/")):
            for module in _modules(ast.parse(text(path))):
                if module not in sys.stdlib_module_names and module not in _OURS:
                    found.setdefault(module, set()).add(name(path))
    return found


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
