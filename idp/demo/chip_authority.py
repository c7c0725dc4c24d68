"""The sandbox's own authority for chips, agreed on by two of the demo: cards that are printed there are believed."""

import asyncio
import sys
from pathlib import Path

from idp.demo.places import ROOT, DemoFailed, Places
from idp.flows import chip_trust
from idp.flows.hall import Hall
from idp.kernel.clock import system_clock

_PROPOSER, _APPROVER = "demo:an", "demo:binh"


async def agree(hall: Hall, demo: Places) -> bool:
    """False: an authority counts already, this one or another. Its key is in the sandbox's reader, for everybody."""
    if (await chip_trust.standing(hall)).approved is not None:
        return False
    folder = demo.folder / "chip"
    await _print_a_card(folder)
    anchors = [(path.name, path.read_bytes()) for path in sorted((folder / "anchors").iterdir())]
    proposed = await chip_trust.propose(hall, anchors, _PROPOSER, system_clock())
    await chip_trust.approve(hall, proposed.proposal.anchors.fingerprint, _APPROVER, system_clock())
    return True


async def _print_a_card(folder: Path) -> None:
    """As anybody does with the reader; it leaves the anchors, and an upload to try."""
    command = (sys.executable, "-m", "sandbox.chip", str(folder))
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, told = await process.communicate()
    if process.returncode != 0:
        raise DemoFailed(f"The sandbox's card reader did not start: {told.decode(errors='replace')[-200:]}")
