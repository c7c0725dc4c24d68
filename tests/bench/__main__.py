"""`make bench`: measures, prints a table, writes JSON under var/bench. `--profile` shows where the time of one goes."""

import argparse
import asyncio
import json
import pstats
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import name_search, report, stage, world
from tests.bench.load import closed
from tests.bench.measure import Plan, run
from tests.bench.operations import Operations

_FOLDER = stage.ROOT / "var" / "bench"
_PROFILED = 3000
_USUAL = Plan()


def main() -> None:
    asked = _arguments()
    if asked.people:
        outcome = name_search.run(asked.people, asked.samples, lambda line: print(f"  {line}", file=sys.stderr))
        print(name_search.table(outcome))
        about = {"commit": _commit(), "machine": report.processor()}
        _write(asked.folder, {**about, **name_search.document(outcome)})
        return
    with stage.set_up() as here:
        if asked.profile:
            asyncio.run(_profile(here, asked.profile))
            return
        plan = Plan(
            rounds=asked.rounds,
            count=asked.count,
            starts=asked.starts,
            half_load=asked.half_load,
            only=tuple(asked.only),
        )
        measured = asyncio.run(run(here, plan, lambda line: print(f"  {line}", file=sys.stderr)))
    print(report.table(measured))
    _write(asked.folder, report.document(measured, _commit()))


def _write(folder: Path, document: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(document, indent=1), "utf-8")
    print(f"\n{document['machine']}\n{file}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=_USUAL.rounds)
    parser.add_argument("--count", type=int, default=_USUAL.count, help="acts in a round (sign-ins: a twentieth)")
    parser.add_argument("--starts", type=int, default=_USUAL.starts, help="cold starts")
    parser.add_argument("--no-half-load", dest="half_load", action="store_false", help="leave out p50 and p99")
    parser.add_argument("--only", action="append", default=[], metavar="OPERATION", help="may be repeated")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="where the JSON goes")
    parser.add_argument("--people", type=int, default=0, help="measure searching by name among so many, nothing else")
    parser.add_argument("--samples", type=int, default=200, help="pages of each question about names")
    parser.add_argument("--profile", metavar="OPERATION", help="one operation under cProfile instead of measuring")
    return parser.parse_args()


async def _profile(here: stage.Stage, name: str) -> None:
    file = here.folder / "profile"
    with here.server("-m", "tests.bench.profiled", str(file)) as server:
        async with world.filled(here.environment, 20) as filled:
            operations = Operations(here.port)
            await operations.warm(filled)
            operation = next(one for one in operations.all() if one.name == name)
            count = max(1, int(_PROFILED * operation.share))
            acts = await operation.prepare(filled, count)
            server.send_signal(signal.SIGUSR1)
            await closed(here.port, acts, count)
    for order in ("tottime", "cumulative"):
        pstats.Stats(str(file)).sort_stats(order).print_stats(70)


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    told = subprocess.run(command, cwd=stage.ROOT, check=False, capture_output=True, text=True)
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
