"""Reads a Dockerfile and its .dockerignore: enough for the one in this project; it builds nothing."""

import fnmatch
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: its word in capitals and what follows it on the (joined) line."""

    word: str
    rest: str

    def copy(self) -> tuple[str | None, list[str], str]:
        """COPY [--from=STAGE] SOURCE… TARGET."""
        words = self.rest.split()
        stage = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
        return stage, words[:-1], words[-1]

    def command(self) -> list[str]:
        """The JSON form of CMD, ENTRYPOINT and HEALTHCHECK … CMD."""
        words: list[str] = json.loads(self.rest[self.rest.index("[") :])
        return words

    def variables(self) -> dict[str, str]:
        """ENV NAME=VALUE …, without blanks in a value."""
        return dict(pair.split("=", 1) for pair in self.rest.split())


@dataclass(frozen=True, slots=True)
class Stage:
    """FROM BASE [AS NAME], and the steps below it."""

    base: str
    name: str | None
    steps: list[Step] = field(default_factory=list)

    def last(self, word: str) -> Step | None:
        return next((step for step in reversed(self.steps) if step.word == word), None)


def stages(text: str) -> list[Stage]:
    """The stages from top to bottom; the last one is the image."""
    found: list[Stage] = []
    for step in _steps(text):
        if step.word == "FROM":
            base, *alias = step.rest.split()
            found.append(Stage(base, alias[1] if alias else None))
        else:
            found[-1].steps.append(step)
    return found


def context(root: Path) -> list[Path]:
    """What .dockerignore lets through, relative to the root; the first rule must be `*`."""
    lines = (root / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    if rules[0] != "*":
        message = ".dockerignore must begin with *: what is not named stays out"
        raise ValueError(message)
    named = {root / rule[1:].split("/")[0] for rule in rules if rule.startswith("!")}
    found = (path for top in named for path in (top, *top.rglob("*")) if path.is_file())
    return sorted(path for path in (path.relative_to(root) for path in found) if _is_seen(path, rules))


def _steps(text: str) -> Iterator[Step]:
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, rest = line.split(maxsplit=1)
        yield Step(word.upper(), rest.strip())


def _is_seen(path: Path, rules: list[str]) -> bool:
    # Docker's order: the last rule that matches decides; a rule for a folder holds for what is inside.
    seen = True
    for rule in rules:
        if _matches(path, rule.removeprefix("!")):
            seen = rule.startswith("!")
    return seen


def _matches(path: Path, pattern: str) -> bool:
    own = [str(path), *(str(parent) for parent in path.parents if parent != Path())]
    if pattern.startswith("**/"):
        return any(fnmatch.fnmatch(name.rsplit("/", 1)[-1], pattern[3:]) for name in own)
    return any(fnmatch.fnmatchcase(name, pattern) and name.count("/") == pattern.count("/") for name in own)
