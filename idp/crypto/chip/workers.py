"""Chips are verified in processes of their own: few, started when the first chip comes, with limits and a kill.

What strangers upload is parsed where there are no keys and no database, and the process that issues tokens never waits
for it, never loads what it needs, and does not fall with it.
"""

import asyncio
import contextlib
import pickle
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from idp.crypto.chip import wire
from idp.crypto.chip.policy import LARGEST_UPLOAD, ChipPolicy, TrustFiles
from idp.crypto.chip.result import ChipResult
from idp.identity.chip_refusal import Code

_PROGRAM: Final = ("-m", "idp.crypto.chip.worker")
_ROOT: Final = str(Path(__file__).resolve().parents[3])
_MEMORY: Final = 512 * 1024 * 1024
_SECONDS: Final = 2.0
# A cold start imports what only workers need; and hundreds of anchors take a second to read.
_START: Final = 30.0
_WAITING: Final = 32
# The picture of the largest upload in base64, and some words.
_LARGEST_ANSWER: Final = 8 * 1024 * 1024


class Busy(Exception):
    """More chips than can be verified in time, or no process to do it; the door answers 503 with Retry-After."""


class ChipWorkers:
    """`processes` at most. Each is replaced when it hangs, dies or answers nonsense; the chip it had is refused."""

    def __init__(
        self,
        *,
        processes: int = 1,
        waiting: int = _WAITING,
        memory: int = _MEMORY,
        seconds: float = _SECONDS,
        program: Sequence[str] = _PROGRAM,
    ) -> None:
        self._arguments = (*program, str(memory), str(int(seconds) or 1))
        self._seconds = seconds
        self._most = processes + waiting
        self._admitted = 0
        self._free = asyncio.Semaphore(processes)
        self._idle: list[_Worker] = []

    async def verify_chip(self, document: bytes, trust: TrustFiles, policy: ChipPolicy, now: datetime) -> ChipResult:
        """What `verify.verify` answers; refused as `malformed` where the process had to be ended. Raises Busy."""
        if len(document) > LARGEST_UPLOAD:
            return ChipResult(Code.TOO_LARGE, "upload")
        if self._admitted >= self._most:
            raise Busy
        self._admitted += 1
        try:
            async with self._free:
                return await self._ask(document, trust, policy, now)
        finally:
            self._admitted -= 1

    async def close(self) -> None:
        """Ends them all."""
        idle, self._idle = self._idle, []
        for worker in idle:
            await worker.end()

    async def _ask(self, document: bytes, trust: TrustFiles, policy: ChipPolicy, now: datetime) -> ChipResult:
        worker = self._idle.pop() if self._idle else await _Worker.start(self._arguments)
        try:
            answer = await worker.ask(document, trust, policy, now, self._seconds)
        except TimeoutError:
            await worker.end()
            return ChipResult(Code.MALFORMED, "took too long")
        except (OSError, EOFError, ValueError) as error:
            await worker.end()
            return ChipResult(Code.MALFORMED, f"ended its verifier ({type(error).__name__})")
        except BaseException:
            # Whoever hung up: the answer that is still to come must not be the next person's.
            await worker.end()
            raise
        self._idle.append(worker)
        return answer


class _Worker:
    """One process, one question at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._trust: TrustFiles | None = None

    @classmethod
    async def start(cls, arguments: Sequence[str]) -> "_Worker":
        """With an empty environment: no setting, and no secret among them, is its business."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PYTHONPATH": _ROOT},
                limit=_LARGEST_ANSWER,
            )
        except OSError:
            raise Busy from None
        worker = cls(process)
        try:
            await asyncio.wait_for(worker._receive(), _START)
        except (OSError, EOFError, TimeoutError, ValueError):
            await worker.end()
            raise Busy from None
        except BaseException:
            await worker.end()
            raise
        return worker

    async def ask(
        self, document: bytes, trust: TrustFiles, policy: ChipPolicy, now: datetime, seconds: float
    ) -> ChipResult:
        """Raises TimeoutError, and what a broken pipe or a wrong answer raises."""
        changed = trust != self._trust
        self._send(pickle.dumps((trust if changed else None, document, policy, now)))
        if changed:
            await asyncio.wait_for(self._receive(), _START)
            self._trust = trust
        return wire.unpack(await asyncio.wait_for(self._receive(), seconds))

    async def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    def _send(self, octets: bytes) -> None:
        to = self._process.stdin
        if to is None:
            raise BrokenPipeError
        to.write(len(octets).to_bytes(4, "big") + octets)

    async def _receive(self) -> bytes:
        answers = self._process.stdout
        if answers is None:
            raise BrokenPipeError
        size = int.from_bytes(await answers.readexactly(4), "big")
        if size > _LARGEST_ANSWER:
            raise ValueError("an answer beyond measure")
        return await answers.readexactly(size)
