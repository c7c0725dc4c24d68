"""The process in which chips are verified: reads questions from its input, answers on its output, and dies with it.

It is handed no secret and no environment. Started by `workers`, as `python -m idp.crypto.chip.worker MEMORY SECONDS`.
"""

import pickle
import resource
import sys
from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO, TypeAlias

from idp.crypto.chip import face, trust, wire
from idp.crypto.chip.policy import ChipPolicy, TrustFiles
from idp.crypto.chip.result import ChipResult
from idp.crypto.chip.trust import Trust
from idp.crypto.chip.verify import verify

Question: TypeAlias = tuple[TrustFiles | None, bytes, ChipPolicy, datetime]
Verify: TypeAlias = Callable[[bytes, Trust, ChipPolicy, datetime], ChipResult]
READY = b"ready"


def serve(questions: BinaryIO, answers: BinaryIO, seconds: int, act: Verify = verify) -> None:
    """One after the other. Trust comes with the first question, and again when it has changed."""
    known = Trust({})
    _send(answers, READY)
    while (asked := _receive(questions)) is not None:
        files, document, policy, now = pickle.loads(asked)  # noqa: S301 - our own parent wrote it
        if files is not None:
            known = trust.load(files)
            _send(answers, READY)
        _limit_time(seconds)
        _send(answers, wire.pack(act(document, known, policy, now)))


def limit(memory: int) -> None:
    """Octets of memory; no file may be written, and no core dump would keep what was personal."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(seconds: int) -> None:
    """Should the parent be gone when this one hangs, the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    end = int(used.ru_utime + used.ru_stime) + seconds + 2
    resource.setrlimit(resource.RLIMIT_CPU, (end, resource.RLIM_INFINITY))


def _send(to: BinaryIO, octets: bytes) -> None:
    to.write(len(octets).to_bytes(4, "big") + octets)
    to.flush()


def _receive(questions: BinaryIO) -> bytes | None:
    """None at the end of the input."""
    head = questions.read(4)
    if len(head) < 4:
        return None
    octets = questions.read(int.from_bytes(head, "big"))
    return octets if len(octets) == int.from_bytes(head, "big") else None


def main(act: Verify = verify) -> None:
    memory, seconds = map(int, sys.argv[1:3])
    face.load_decoders()
    limit(memory)
    serve(sys.stdin.buffer, sys.stdout.buffer, seconds, act)


if __name__ == "__main__":
    main()
