"""The client manifests hold to the schema that their README promises."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from clients.examples.settings import API_AUDIENCE

FOLDER = Path(__file__).parents[2] / "clients" / "manifests"
FILES = sorted(FOLDER.glob("*.toml"))
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def _load(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_key_is_documented_and_no_secret_is_inside(file: Path) -> None:
    documented = set(re.findall(r"`\"?(\w+)", README))
    manifest = _load(file)
    assert manifest["client_id"] == file.stem
    assert {key.partition("#")[0] for key in manifest} <= documented
    assert not [key for key in manifest if "secret" in key]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_scope_says_why_in_both_languages(file: Path) -> None:
    manifest = _load(file)
    assert manifest["scopes"]
    for scope in manifest["scopes"]:
        assert scope["legal_basis"] in ("task", "consent")
        for key in ("purpose", "purpose#en", "legal_reference", "legal_reference#en"):
            assert scope[key].strip()
    assert manifest["client_name"]
    assert manifest["client_name#en"]


def test_the_three_examples_fit_their_programs() -> None:
    manifests = {file.stem: _load(file) for file in FILES}
    assert API_AUDIENCE in manifests["one_stop_shop"]["resource"]
    assert manifests["api"]["audience"] == API_AUDIENCE
    assert manifests["spa"]["token_endpoint_auth_method"] == "none"
    origins = [manifest["origin"] for manifest in manifests.values()]
    assert len(set(origins)) == len(origins)
