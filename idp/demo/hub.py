"""The provider of the demo: schema, keys, people and clients before its start, and then the server itself."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from idp.checks import State, of_settings
from idp.composition import hall_of
from idp.crypto.key_folder import KeyFolder
from idp.demo import filling
from idp.demo.filling import Filled
from idp.demo.places import DemoFailed, Places
from idp.kernel.clock import system_clock
from idp.kernel.secret import Secret
from idp.server import run
from idp.settings import Settings
from idp.storage import migrate

Step = Callable[[str, str], None]

__all__ = ["prepare", "run"]


def prepare(settings: Settings, demo: Places, secrets: Mapping[str, Secret], step: Step) -> Filled:
    """Each step says what it did; what is there already stays."""
    _refuse_unsafe(settings)
    applied = migrate.upgrade(settings.database_url)
    step("database", f"schema {migrate.head()} {'applied' if applied else 'is current'}")
    if not any(settings.keys_dir.glob("*.key")):
        KeyFolder.create(settings.keys_dir)
        step("keys", f"made in {_short(settings.keys_dir)}")
    filled = asyncio.run(_fill(settings, demo, secrets))
    step("people", f"{len(filled.people)} fictional people, {filled.new_people} new")
    step("clients", f"{len(filled.clients)} services, {filled.changed_clients} new or changed")
    return filled


async def _fill(settings: Settings, demo: Places, secrets: Mapping[str, Secret]) -> Filled:
    async with hall_of(settings, system_clock) as hall:
        return await filling.fill(hall, demo, secrets)


def _refuse_unsafe(settings: Settings) -> None:
    """Several processes without a store that they share, for instance. Keys are made in a later step."""
    for finding in of_settings(settings, system_clock()):
        if finding.state is State.FAIL and finding.name != "keys":
            raise DemoFailed(f"{finding.told}: {finding.remedy}.")


def _short(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
