"""Tests that a document names: `tests/a/test_b.py` or `tests/a/test_b.py::test_c`. It only looks whether they exist."""

import re
from collections.abc import Iterable

from tests.house.tree import ROOT, files, text


def missing(names: Iterable[str]) -> list[str]:
    """Those that nobody can run."""
    return [one for one in names if not exists(one)]


def exists(named: str) -> bool:
    file, _, test = named.partition("::")
    path = ROOT / file
    if path not in files():
        return False
    # A machine of Hypothesis is a test by assignment.
    return not test or re.search(rf"^(?:async )?def {test}\(|^{test} = ", text(path), re.MULTILINE) is not None
