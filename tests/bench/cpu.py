"""How much CPU time processes have used, which core each may use, and who goes first; it starts and stops nothing."""

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

# include/linux/posix-timers_types.h: a process's clock of scheduled time, all its threads, dead ones too.
_CPUCLOCK_SCHED = 2

_USABLE = sorted(os.sched_getaffinity(0))
# One and the same where there is only one.
LOAD_CORE, SERVER_CORE = _USABLE[0], _USABLE[-1]


def used(process: int) -> float:
    """CPU seconds of a process since it began, in nanosecond steps (`/proc/PID/stat` counts in 10 ms)."""
    return time.clock_gettime((~process << 3) | _CPUCLOCK_SCHED)


def memory_mib(process: int) -> tuple[float, float]:
    """Resident now, and at most so far."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    values = {line.partition(":")[0]: line.partition(":")[2] for line in lines}
    resident, peak = (float(values[name].removesuffix(" kB")) / 1024 for name in ("VmRSS", "VmHWM"))
    return resident, peak


@contextlib.contextmanager
def undisturbed(processes: Iterable[int]) -> Iterator[None]:
    """For a moment these processes go before all others, so that neighbours on the machine neither interrupt them nor
    empty their caches. Only root may ask for that; without it figures are as good as the machine is quiet.
    """
    threads = {int(task.name): process for process in processes for task in Path(f"/proc/{process}/task").glob("*")}
    try:
        for thread, process in threads.items():
            # An event loop that wakes up goes before the hashing threads beside it, as it does ordinarily.
            _schedule(thread, os.SCHED_RR, 2 if thread == process else 1)
        yield
    finally:
        for thread in threads:
            _schedule(thread, os.SCHED_OTHER, 0)


def _schedule(thread: int, policy: int, priority: int) -> None:
    with contextlib.suppress(OSError):
        os.sched_setscheduler(thread, policy, os.sched_param(priority))


class Family:
    """All processes below one parent that bear a name: PostgreSQL is many."""

    def __init__(self, name: str) -> None:
        self._name = name

    def used(self) -> dict[int, float]:
        """CPU seconds of each one that lives."""
        found = {}
        for process in self._members():
            try:
                found[process] = used(process)
            except OSError:
                continue
        return found

    def since(self, before: dict[int, float]) -> float:
        """What they used together since `before`; what one used that has ended meanwhile is not seen."""
        return sum(seconds - before.get(process, 0.0) for process, seconds in self.used().items())

    def _members(self) -> Iterator[int]:
        parents = dict(_parents())
        for process, (name, _) in parents.items():
            if name == self._name and os.getpid() in _ancestors(process, parents):
                yield process


def _parents() -> Iterator[tuple[int, tuple[str, int]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
        except OSError:
            continue
        name = text[text.index("(") + 1 : text.rindex(")")]
        yield int(folder.name), (name, int(text[text.rindex(")") + 2 :].split()[1]))


def _ancestors(process: int, parents: dict[int, tuple[str, int]]) -> set[int]:
    found: set[int] = set()
    while process in parents:
        process = parents[process][1]
        found.add(process)
    return found
