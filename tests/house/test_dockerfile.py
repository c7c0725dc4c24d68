"""The image as written: pinned, without root, made only of files that exist. No engine is needed to read it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files
from tests.stand.ports import free_port
from tools.dockerfile import Stage, context, stages

_STAGES = stages((ROOT / "Dockerfile").read_text())
_IMAGE = _STAGES[-1]


def test_it_has_stages_and_every_base_is_pinned() -> None:
    assert len(_STAGES) > 1
    names = {stage.name for stage in _STAGES}
    for stage in _STAGES:
        assert stage.base in names or re.fullmatch(
            r"[\w./-]+:(?!latest)\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?", stage.base
        )


@pytest.mark.parametrize("stage", _STAGES, ids=lambda stage: stage.name or "image")
def test_nothing_is_added_from_elsewhere(stage: Stage) -> None:
    assert not [step for step in stage.steps if step.word == "ADD"]
    assert not [
        step for step in stage.steps if step.word == "RUN" and re.search(r"\b(curl|wget|git clone)\b", step.rest)
    ]


def test_it_runs_without_root_by_number() -> None:
    user = _IMAGE.last("USER")
    assert user is not None
    # A number, so that an orchestrator can prove that it is not root.
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user.rest)
    after = _IMAGE.steps[_IMAGE.steps.index(user) :]
    assert {step.word for step in after} <= {"USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def test_a_read_only_root_suffices() -> None:
    env = {name: value for step in _IMAGE.steps if step.word == "ENV" for name, value in step.variables().items()}
    assert env["PYTHONDONTWRITEBYTECODE"] == "1"
    assert not [step for step in _IMAGE.steps if step.word == "VOLUME"]


def test_it_tells_its_health_without_a_shell_and_starts_the_provider() -> None:
    health, entry, command = (_IMAGE.last(word) for word in ("HEALTHCHECK", "ENTRYPOINT", "CMD"))
    assert health is not None
    assert entry is not None
    assert command is not None
    assert health.command() == ["python3", "tools/healthcheck.py"]
    assert [*entry.command(), *command.command()] == ["idp", "serve"]


def test_the_health_check_says_no_where_nobody_answers() -> None:
    command = [sys.executable, str(ROOT / "tools/healthcheck.py")]
    for tls in ("0", "1"):
        asked = subprocess.run(command, env={"PORT": str(free_port()), "TLS": tls}, capture_output=True, check=False)
        assert (asked.returncode, asked.stderr) == (1, b"")


def test_it_is_set_up_by_the_script_that_developers_use() -> None:
    assert any(step.word == "RUN" and step.rest.startswith("tools/bootstrap runtime") for step in _STAGES[0].steps)


def test_what_it_copies_exists_and_is_let_through() -> None:
    seen = context(ROOT)
    for step in (step for stage in _STAGES for step in stage.steps if step.word == "COPY"):
        stage, sources, _ = step.copy()
        for source in sources if stage is None else []:
            assert [path for path in seen if path.is_relative_to(source)], source


def test_nothing_but_the_product_is_let_through() -> None:
    seen = context(ROOT)
    committed = {path.relative_to(ROOT) for path in files()}
    assert not [path for path in seen if path not in committed]
    assert not [
        path for path in seen if path.suffix == ".key" or path.is_relative_to("sandbox") or path == Path(".env")
    ]
    assert Path("idp/__init__.py") in seen
