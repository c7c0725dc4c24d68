"""Pictures of every state of the real program: `python -m tests.journeys.photographs`. For eyes; it judges nothing."""

import asyncio
from pathlib import Path
from typing import Any

from tests.journeys.demo import running_demo
from tests.journeys.inspection import Inspection
from tests.journeys.landing import listening_service
from tests.journeys.screens import another_browser
from tests.journeys.tour import every_state
from tests.stand.chromium import private_chromium
from tests.stand.node import ROOT

FOLDER = ROOT / "var" / "photographs"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
LOOKS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("vi.phone", "vi", {"viewport": PHONE}),
    ("vi.desktop", "vi", {"viewport": DESKTOP}),
    ("en.phone.dark", "en", {"viewport": PHONE, "color_scheme": "dark"}),
)


async def take(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with running_demo(IDP_RECOVERY_COOLING="3s") as demo:
        async with private_chromium() as browser:
            for look, lang, how in LOOKS:
                with listening_service() as landing:
                    async with another_browser(browser, **how) as context:
                        page = await context.new_page()
                        seen = Inspection(page, folder, look)
                        await every_state(page, browser, demo, landing, seen, lang)
                        print(f"{look}: {len(seen.seen)} pictures in {folder}")


if __name__ == "__main__":
    asyncio.run(take(FOLDER))
