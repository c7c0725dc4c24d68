"""A run as a table for people and as JSON for whoever compares."""

import platform
from pathlib import Path
from typing import Any

from tests.bench import cpu
from tests.bench.measure import Result, Run

COLD_START = 2.0
MEMORY_MIB = 120.0
CHIP_MS = 25.0
_HEAD = (
    "operation",
    "target",
    "stretch",
    "µs (least)",
    "µs (median)",
    "to target",
    "× bare",
    "per second",
    "p50 ms",
    "p99 ms",
    "PostgreSQL µs",
)


def table(run: Run) -> str:
    """Markdown: docs/performance.md takes it as it is."""
    bare = next(result for result in run.results if result.operation.bare)
    rows = [_HEAD, *(_row(result, bare) for result in run.results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 1) + (":" if n else "-") for n, width in enumerate(widths)) + "|")
    return "\n".join([*lines, "", *_sentences(run)])


def document(run: Run, commit: str) -> dict[str, Any]:
    return {
        "commit": commit,
        "machine": machine(),
        "cold_start_s": run.cold_starts,
        "cold_start_cpu_s": run.cold_start_cpu,
        "es256_signature_us": run.signature,
        "chip_ms": run.chip,
        "memory_mib": {"resident": run.resident, "peak": run.peak},
        "operations": [_told(result) for result in run.results],
    }


def machine() -> str:
    """Processor, cores, kernel, Python: what figures depend on, and no name of a host."""
    return processor(f"server on core {cpu.SERVER_CORE}, load and databases on core {cpu.LOAD_CORE}")


def processor(places: str = "any core") -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return f"{model}, {places}, Linux {platform.release()}, Python {platform.python_version()}"


def _row(result: Result, bare: Result) -> tuple[str, ...]:
    operation, best = result.operation, result.best
    half = result.half_load
    return (
        operation.name,
        _number(operation.target),
        _number(operation.stretch),
        f"{best:,.0f}",
        f"{result.median:,.0f}",
        "" if operation.target is None else f"{100 * (best / operation.target - 1):+.0f} %",
        f"{best / bare.best:.1f}",
        f"{result.rate:,.0f}",
        "" if half is None else f"{half.p50:.1f}",
        "" if half is None else f"{half.p99:.1f}",
        f"{result.postgres:,.0f}",
    )


def _sentences(run: Run) -> list[str]:
    return [
        f"Ready {min(run.cold_starts):.2f} s after its start, {min(run.cold_start_cpu):.2f} s of them at work "
        f"(target {COLD_START:.0f} s)."
        if run.cold_starts
        else "Cold start not measured.",
        f"Memory of the worker after all this: {run.resident:.0f} MiB (target {MEMORY_MIB:.0f} MiB).",
        f"One chip of a citizen card, brainpool curve and its own answer: {run.chip:.1f} ms (target {CHIP_MS:.0f} ms).",
        f"One ES256 signature on this machine, undisturbed: {run.signature:.0f} µs.",
    ]


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [
        text.rjust(width) if n else text.ljust(width) for n, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "| " + " | ".join(cells) + " |"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _told(result: Result) -> dict[str, Any]:
    half = result.half_load
    return {
        "name": result.operation.name,
        "target_us": result.operation.target,
        "stretch_us": result.operation.stretch,
        "server_us": [sample.server for sample in result.samples],
        "postgres_us": [sample.postgres for sample in result.samples],
        "per_second": [sample.rate for sample in result.samples],
        "half_load_ms": None if half is None else {"p50": half.p50, "p99": half.p99, "rate": half.rate},
    }
