"""That the measurement runs and says what it promises; how fast anything is, no test judges."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.stage import ROOT

_LITTLE = ("--rounds", "1", "--count", "20", "--starts", "1")


@pytest.mark.stand
@pytest.mark.slow
def test_a_small_town_is_searched_by_name_and_told_as_a_table_and_as_json(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench", "--people", "3000", "--samples", "5", "--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    (file,) = tmp_path.glob("*.json")
    questions = json.loads(file.read_text("utf-8"))["questions"]
    for question, told in questions.items():
        assert f"| {question} |" in done.stdout
        assert 0 < told["p50_ms"] <= told["p99_ms"] <= told["worst_ms"]
    assert questions["nguyen thi, page after page"]["found"] == 20


@pytest.mark.stand
@pytest.mark.slow
def test_one_small_round_of_each_operation_is_told_as_a_table_and_as_json(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench", *_LITTLE, "--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    (file,) = tmp_path.glob("*.json")
    told = json.loads(file.read_text("utf-8"))
    names = [one["name"] for one in told["operations"]]
    assert names[0] == "bare endpoint"
    assert {"client_credentials", "refresh with rotation", "code exchange", "password sign-in"} < set(names)
    for one in told["operations"]:
        assert f"| {one['name']} " in done.stdout
        assert all(cost > 0 for cost in (*one["server_us"], *one["per_second"], *one["half_load_ms"].values()))
    assert len(told["cold_start_s"]) == 1
    assert told["memory_mib"]["resident"] > 0
    assert told["chip_ms"] > 0
