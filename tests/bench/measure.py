"""One run: cold start, rounds of every operation beside the bare endpoint, answers at half load, memory."""

import math
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from idp.crypto.chip import trust
from idp.crypto.chip.verify import verify
from sandbox.chip.issue import issue
from tests.bench import cpu, world
from tests.bench.load import Latency, closed, paced
from tests.bench.operations import Operation, Operations
from tests.bench.stage import Stage
from tests.bench.world import World
from tests.crypto.chip.issuing import NOW, asking, files_of, lawful

_WARM_UP = 0.1
_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done: bounded in count, so that a run ends."""

    rounds: int = 5
    count: int = 1500
    starts: int = 3
    half_load: bool = True
    only: tuple[str, ...] = ()

    def of(self, operation: Operation) -> int:
        return max(4, int(self.count * operation.share))


@dataclass(frozen=True, slots=True)
class Sample:
    """Per act: CPU microseconds of the server and of PostgreSQL; acts per second with the server's core full."""

    server: float
    postgres: float
    rate: float


@dataclass(slots=True)
class Result:
    operation: Operation
    samples: list[Sample] = field(default_factory=list)
    half_load: Latency | None = None

    @property
    def best(self) -> float:
        """The least disturbed round: other work on the machine only ever adds."""
        return min(sample.server for sample in self.samples)

    @property
    def median(self) -> float:
        return median(sample.server for sample in self.samples)

    @property
    def postgres(self) -> float:
        return min(sample.postgres for sample in self.samples)

    @property
    def rate(self) -> float:
        return max(sample.rate for sample in self.samples)


@dataclass(frozen=True, slots=True)
class Run:
    results: list[Result]
    cold_starts: list[float]
    cold_start_cpu: list[float]
    signature: float
    chip: float
    resident: float
    peak: float


@dataclass(frozen=True, slots=True)
class _Running:
    stage: Stage
    world: World
    server: subprocess.Popen[bytes]
    bare: subprocess.Popen[bytes]
    bare_port: int

    def all_of(self, process: int) -> list[int]:
        """Whoever takes part when this process is measured."""
        others = [member for family in self.stage.databases.values() for member in family.used()]
        return [process, os.getpid(), *others]

    def place(self, operation: Operation) -> tuple[int, int]:
        """Process and port that an operation is measured at."""
        return (self.bare.pid, self.bare_port) if operation.bare else (self.server.pid, self.stage.port)


async def run(stage: Stage, plan: Plan, tell: Callable[[str], None]) -> Run:
    # The first one ever compiles what the image has compiled: it is not counted.
    starts = [stage.cold_start() for _ in range(plan.starts + 1)][1:]
    with stage.server() as server, stage.bare_server() as (bare, bare_port):
        async with world.filled(stage.environment, _PEOPLE) as filled:
            here = _Running(stage, filled, server, bare, bare_port)
            operations = Operations(stage.port)
            await operations.warm(filled)
            wanted = [one for one in operations.all() if not plan.only or one.bare or one.name in plan.only]
            results = [Result(operation) for operation in wanted]
            for number in range(plan.rounds):
                for result in results:
                    result.samples.append(await _sample(here, result.operation, plan))
                tell(f"round {number + 1} of {plan.rounds}")
            for result in results if plan.half_load else ():
                result.half_load = await _half_load(here, result, plan)
                tell(f"half load: {result.operation.name}")
        resident, peak = cpu.memory_mib(server.pid)
    return Run(
        results, [one.seconds for one in starts], [one.cpu for one in starts], signature(), chip(), resident, peak
    )


def signature() -> float:
    """CPU microseconds of one ES256 signature, in a tight loop: what this machine is worth, in a unit others know."""
    key, best = generate_private_key(SECP256R1()), math.inf
    for _ in range(50):
        begun = time.thread_time()
        for _ in range(50):
            key.sign(b"", ECDSA(SHA256()))
        best = min(best, time.thread_time() - begun)
    return 1e6 * best / 50


def chip() -> float:
    """CPU milliseconds of one citizen card's chip, from the upload to the verdict: curves that are written out."""
    issued, best = issue(lawful(chip="ec")), math.inf
    known, policy = trust.load(files_of(issued)), asking(issued)
    for _ in range(20):
        begun = time.process_time()
        assert verify(issued.document, known, policy, NOW).accepted
        best = min(best, time.process_time() - begun)
    return 1e3 * best


async def _sample(here: _Running, operation: Operation, plan: Plan) -> Sample:
    count = plan.of(operation)
    warm_up = max(1, int(count * _WARM_UP))
    acts = await operation.prepare(here.world, count + warm_up)
    process, port = here.place(operation)
    await closed(port, acts, warm_up)
    databases = here.stage.databases
    before, begun = databases["postgres"].used(), cpu.used(process)
    with cpu.undisturbed(here.all_of(process)):
        seconds = await closed(port, acts, count)
    server = cpu.used(process) - begun
    return Sample(1e6 * server / count, 1e6 * databases["postgres"].since(before) / count, count / seconds)


async def _half_load(here: _Running, result: Result, plan: Plan) -> Latency:
    """Half of what the CPU time would let one core do."""
    count = plan.of(result.operation)
    acts = await result.operation.prepare(here.world, count)
    process, port = here.place(result.operation)
    with cpu.undisturbed(here.all_of(process)):
        return await paced(port, acts, 0.5e6 / result.best, count)
