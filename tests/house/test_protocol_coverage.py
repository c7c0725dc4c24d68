"""The coverage document says what the registries say, and each entry of a registry has its test and its words."""

import re
from collections.abc import Iterable

import pytest

from idp.audit import kinds
from idp.authn.authenticators import AUTHENTICATORS
from idp.protocol import endpoints
from idp.protocol.authorization_checks import CHECKS
from idp.protocol.claims import CLAIMS
from idp.protocol.client import AuthMethod
from idp.protocol.grants import GRANTS
from idp.protocol.powers import Power
from idp.protocol.scope import SCOPES
from tests.house.named_tests import missing
from tests.house.tree import ROOT, name, python_files, text
from tools import protocol_coverage

DOCUMENT = text(protocol_coverage.TARGET)
_PATHS = {value for word, value in vars(endpoints).items() if re.fullmatch(r"[A-Z_]+", word) and isinstance(value, str)}


def test_the_document_is_what_the_registries_say() -> None:
    assert protocol_coverage.document() == DOCUMENT, "run: make documents"


def test_every_endpoint_has_a_door() -> None:
    assert {address.path for address in protocol_coverage.addresses()} >= _PATHS


def test_every_rule_and_every_test_of_a_specification_exists() -> None:
    told = protocol_coverage.specifications()
    assert not [rule for one in told for rule in one.rules if not (ROOT / rule).exists()]
    assert not missing(test for one in told for test in one.tests)
    # What is not there may go without a test; whatever is has one.
    assert not [one.name for one in told if not (one.tests and one.rules) and one.status in ("whole", "part")]


@pytest.mark.parametrize(
    ("registry", "entries"),
    [
        ("grant types", [grant_type.value for grant_type in GRANTS]),
        ("client authentication", [method.value for method in AuthMethod]),
        ("scopes", list(SCOPES)),
        ("claims", list(CLAIMS)),
        ("authenticators", list(AUTHENTICATORS)),
        ("checks", [row.name for row in CHECKS]),
        ("powers", [power.value for power in Power]),
        ("audit events", list(kinds.KINDS)),
    ],
)
def test_every_entry_stands_in_the_document(registry: str, entries: list[str]) -> None:
    assert not [entry for entry in entries if f"`{entry}`" not in DOCUMENT and f"`{entry}#`" not in DOCUMENT]
    assert entries, registry


def test_every_entry_is_named_by_a_test() -> None:
    tests = "\n".join(text(path) for path in python_files() if _is_test(name(path)))
    words = set(re.findall(r"qn:\w+|[\w.#]+", tests))
    plain = [*(grant.value for grant in GRANTS), *(method.value for method in AuthMethod)]
    plain += [*SCOPES, *CLAIMS, *AUTHENTICATORS, *(row.name for row in CHECKS), *(power.value for power in Power)]
    assert _unnamed(plain, words) == []


def test_every_kind_of_event_is_written_by_a_flow_and_looked_for_by_a_test() -> None:
    written = "\n".join(text(path) for path in python_files() if name(path).startswith("idp/flows/"))
    tested = "\n".join(text(path) for path in python_files() if _is_test(name(path)))
    by_constant = {word: value for word, value in vars(kinds).items() if isinstance(value, str) and word.isupper()}
    assert [word for word in by_constant if not re.search(rf"\bkinds\.{word}\b", written)] == []
    named = {word for word, value in by_constant.items() if re.search(rf'\bkinds\.{word}\b|"{value}"', tested)}
    assert sorted(set(by_constant) - named) == []


def _is_test(file: str) -> bool:
    return file.startswith("tests/") and not file.startswith("tests/house/")


def _unnamed(entries: Iterable[str], words: set[str]) -> list[str]:
    return [entry for entry in entries if entry not in words]
