"""Processes that verify chips: they answer as the code does, and whatever becomes of one, the next chip is verified."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from idp.crypto.chip import wire
from idp.crypto.chip.policy import LARGEST_UPLOAD, TrustFiles
from idp.crypto.chip.result import ChipResult
from idp.crypto.chip.workers import Busy, ChipWorkers
from sandbox.chip.forgeries import FORGERIES
from sandbox.chip.issue import issue
from tests.crypto.chip.issuing import NOW, STRICT, asking, files_of, judged, lawful

_ODD = ("-m", "tests.crypto.chip.odd_worker")
_NOBODY = TrustFiles()


@pytest.fixture
async def odd() -> AsyncIterator[ChipWorkers]:
    workers = ChipWorkers(seconds=1.5, memory=256 * 1024 * 1024, program=_ODD)
    yield workers
    await workers.close()


@pytest.fixture
async def workers() -> AsyncIterator[ChipWorkers]:
    workers = ChipWorkers(waiting=2)
    yield workers
    await workers.close()


@pytest.mark.parametrize("name", [None, "expired", "dg13-left-out"])
def test_an_answer_is_the_same_on_the_other_side(name: str | None) -> None:
    plan = lawful(chip="ec")
    result = judged(issue(FORGERIES[name].change(plan) if name in FORGERIES else plan))
    assert wire.unpack(wire.pack(result)) == result


@pytest.mark.parametrize("octets", [b"", b"{}", b"[]", b"null", b'{"code": "accepted"}', b"\xff"])
def test_what_is_no_answer_is_none(octets: bytes) -> None:
    with pytest.raises(ValueError, match="no result"):
        wire.unpack(octets)


async def test_a_worker_answers_as_the_code_does_and_learns_of_new_anchors(workers: ChipWorkers) -> None:
    issued = issue(lawful(chip="ec"))
    assert await workers.verify_chip(issued.document, files_of(issued), asking(issued), NOW) == judged(issued)
    assert (await workers.verify_chip(issued.document, _NOBODY, asking(issued), NOW)).code == "csca_unknown"
    assert (await workers.verify_chip(issued.document, files_of(issued), asking(issued), NOW)).accepted


@pytest.mark.slow
async def test_a_worker_that_misbehaves_is_ended_and_the_next_chip_is_verified(odd: ChipWorkers) -> None:
    issued = issue(lawful())
    for fault in (b"hang", b"spin", b"eat", b"die", b"babble", b"flood"):
        refused = await odd.verify_chip(fault, _NOBODY, STRICT, NOW)
        assert (refused.code, refused.identity) == ("malformed", None), fault
        assert (await odd.verify_chip(issued.document, files_of(issued), STRICT, NOW)).accepted, fault


async def test_a_worker_is_handed_no_secret(odd: ChipWorkers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYS_DIR", "/somewhere")
    told = await odd.verify_chip(b"environment", _NOBODY, STRICT, NOW)
    assert "KEYS_DIR" not in told.reason
    assert "PYTHONPATH" in told.reason


async def test_more_than_can_be_done_in_time_is_refused_as_busy(workers: ChipWorkers) -> None:
    issued = issue(lawful())
    asked = [workers.verify_chip(issued.document, files_of(issued), STRICT, NOW) for _ in range(5)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(one, Busy) for one in answers].count(True) == 2
    assert sum(isinstance(one, ChipResult) and one.accepted for one in answers) == 3


async def test_whoever_hangs_up_leaves_no_answer_for_the_next(odd: ChipWorkers) -> None:
    issued = issue(lawful())
    waiting = asyncio.ensure_future(odd.verify_chip(b"hang", _NOBODY, STRICT, NOW))
    await asyncio.sleep(0.05)
    waiting.cancel()
    assert (await odd.verify_chip(issued.document, files_of(issued), STRICT, NOW)).accepted


async def test_an_upload_beyond_its_bounds_starts_no_process() -> None:
    workers = ChipWorkers(program=("-c", "raise SystemExit"))
    assert (await workers.verify_chip(bytes(LARGEST_UPLOAD + 1), _NOBODY, STRICT, NOW)).code == "too_large"
    with pytest.raises(Busy):
        await workers.verify_chip(b"{}", _NOBODY, STRICT, NOW)


def test_whoever_only_asks_loads_neither_asn1crypto_nor_pillow() -> None:
    code = "import sys, idp.crypto.chip.workers; sys.exit(any(n in sys.modules for n in ('asn1crypto', 'PIL')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
