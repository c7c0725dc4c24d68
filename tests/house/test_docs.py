"""Documents keep their word: links lead somewhere, what they name exists, tables say what the data says."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from idp.authn.authenticators import reachable_level
from idp.cli import main
from idp.identity import login_identifier
from idp.kernel.level import Level
from idp.settings import settings_fields
from tests.house.named_tests import missing
from tests.house.tree import ROOT, files, name, text

DOCUMENTS = tuple(path for path in files() if path.suffix == ".md")
README = text(ROOT / "README.md")
_WITHOUT_ADDRESS = re.compile(r"^(https?:|mailto:|#)")


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_link_leads_somewhere(path: Path) -> None:
    assert not [target for target in _links(text(path)) if not _leads_somewhere(path, target)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_file_that_is_named_exists(path: Path) -> None:
    named = re.findall(r"`((?:idp|tests|clients|tools|migrations|keys|docs|sandbox)/[\w./-]+)(?:::\w+)?`", text(path))
    present = {str(file) for committed in files() for file in (committed, *committed.parents)}
    assert not [one for one in named if str((ROOT / one).resolve()) not in present and not _is_pattern(one)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_command_that_is_named_exists(path: Path) -> None:
    code = "\n".join(_code(text(path)))
    targets = re.findall(r"^([a-z]+):", text(ROOT / "Makefile"), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z]+)", code)) <= set(targets)
    assert not [words for words in re.findall(r"\bidp((?: [a-z][a-z-]*)+)", code) if not _is_command(words.split())]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    known = {one.metadata["name"] for one in settings_fields()}
    assert set(re.findall(r"\bIDP_[A-Z_]*[A-Z]\b", text(path))) <= known


def test_the_index_of_decisions_is_complete() -> None:
    folder = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    listed = re.findall(r"^\| \[(\d{4})\]\((\d{4}-[\w-]+\.md)\)", text(folder / "README.md"), re.MULTILINE)
    assert [file for _, file in listed] == records
    assert [int(number) for number, _ in listed] == list(range(1, len(records) + 1))
    for file in records:
        record = text(folder / file)
        assert record.startswith(f"# {file[:4]} · ")
        assert "**Decision.**" in record
        assert "**Why.**" in record


def test_the_readme_says_who_can_sign_in() -> None:
    table = re.search(r"## Who can sign in to the demo\n.*?\|---.*?\n(.*?)\n\n", README, re.DOTALL)
    assert table is not None
    people = json.loads(text(ROOT / "sandbox" / "people.json"))["people"]
    assert table[1].splitlines() == [_row(person) for person in people]


def test_the_readmes_ten_lines_are_those_of_the_sdk_which_a_test_runs() -> None:
    block = re.search(r"## Ten lines.*?(```python\n.*?```)", text(ROOT / "clients" / "sdk" / "README.md"), re.DOTALL)
    assert block is not None
    assert block[1] in README


def test_the_readme_leads_to_every_document() -> None:
    led_to = {(ROOT / target).resolve() for target in _links(README)}
    assert [name(path) for path in DOCUMENTS if path.parent == ROOT / "docs" and path not in led_to] == []


def test_the_readme_shows_the_sign_in_page() -> None:
    picture = ROOT / "docs" / "images" / "sign-in.png"
    assert f"({name(picture)})" in README
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert 10_000 < len(content) <= 150_000


def test_every_advisory_that_touches_something_here_has_a_test_that_exists() -> None:
    advisories = text(ROOT / "docs" / "advisories.md")
    rows = [line for line in advisories.splitlines() if line.startswith("| ") and not line.startswith("| a")]
    complaints = [line for line in rows if not line.startswith("| complaint")]
    assert len(complaints) > 30
    assert not [row for row in complaints if not re.search(r"`tests/[\w/]+\.py::\w+`", row)]
    assert not missing(re.findall(r"`(tests/[\w/]+\.py::\w+)`", advisories))


# The first versions without the faults of docs/advisories.md.
_SOUND = {
    "authlib": (1, 7, 2),
    "pyjwt": (2, 14),
    "redis": (4, 5, 5),
    "starlette": (0, 49, 1),
    "python-multipart": (0, 0, 18),
}


def test_no_locked_package_is_older_than_its_last_advisory() -> None:
    locked = dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\d[\w.]*)", text(ROOT / "requirements.txt"), re.MULTILINE))
    assert not [
        package
        for package, sound in _SOUND.items()
        if package in locked and tuple(int(part) for part in re.findall(r"\d+", locked[package])[:3]) < sound
    ]
    assert "python-jose" not in locked


def test_the_changelog_knows_this_version() -> None:
    version = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]["version"]
    changelog = text(ROOT / "CHANGELOG.md")
    assert f"\n## [{version}]" in changelog
    assert "\n## [Unreleased]" in changelog


def _links(document: str) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", document, flags=re.DOTALL)):
        if not _WITHOUT_ADDRESS.match(target):
            yield target


def _leads_somewhere(path: Path, target: str) -> bool:
    file, _, anchor = unquote(target).partition("#")
    found = (path.parent / file).resolve()
    if not (found in files() or found.is_dir()):
        return False
    return not anchor or anchor in _anchors(text(found))


def _anchors(document: str) -> set[str]:
    """As code hosts make them of headings."""
    titles = re.findall(r"^#+ (.+)$", document, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def _code(document: str) -> Iterator[str]:
    """What stands as code: a command in prose would be a word."""
    for language, block in re.findall(r"```(\w*)\n(.*?)```", document, re.DOTALL):
        if language in ("", "sh"):
            yield block
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", document, flags=re.DOTALL))


def _is_command(words: list[str]) -> bool:
    """`idp keys rotate`: groups lead to commands, a command is followed by whatever it takes."""
    command: click.Command | None = main
    for word in words:
        if not isinstance(command, click.Group):
            return True
        command = command.commands.get(word)
        if command is None:
            return False
    return True


def _is_pattern(named: str) -> bool:
    """Made at run time, or a name with a part to fill in."""
    return "*" in named or named.startswith("keys/")


def _row(person: dict[str, str]) -> str:
    login = person.get("national_id") or login_identifier.canonical_phone(person["phone_number"])
    kinds = ["password", *(["totp"] if "totp_secret" in person else [])]
    level = min(next(level for level in Level if level.word == person["level"]), reachable_level(kinds) or Level.BASIC)
    key = f"`{person['totp_secret']}`" if "totp_secret" in person else "–"
    return f"| `{login}` | `{person['password']}` | {person['name']} | `{level.word}` | {key} |"
