"""What must hold for any page in any state: axe finds nothing, nothing is cut off, nothing is heavy or blocked."""

from pathlib import Path

from playwright.async_api import ConsoleMessage, Page

from tests.stand.node import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
HEAVIEST = 60_000
_WEIGHT = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter((entry) => new URL(entry.name).origin === location.origin)
    .reduce((sum, entry) => sum + entry.decodedBodySize, 0)"""
_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# A desktop window of 1280 by 1024 at 400 %: WCAG 2.2, 1.4.10.
_ZOOMED = {"width": 320, "height": 256}


class Inspection:
    """Looks at every state that a walk comes through, and tells at its end what it found."""

    def __init__(self, page: Page, pictures: Path | None = None, look: str = "") -> None:
        self._page = page
        self._pictures = pictures
        self._look = look
        self.seen: list[str] = []
        self.findings: list[str] = []
        page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        # A refused page has a status that the console repeats; everything else there is a fault of the page.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.findings.append(f"{self._page.url}: console: {message.text}")

    async def look(self, state: str) -> None:
        """At the page as it stands now."""
        page = self._page
        await page.wait_for_load_state("load")
        self.seen.append(state)
        if self._pictures is not None:
            await page.screenshot(path=self._pictures / f"{state}.{self._look}.png", full_page=True)
            return
        weight = await page.evaluate(_WEIGHT)
        if not 0 < weight <= HEAVIEST:
            self.findings.append(f"{state}: {weight} bytes")
        if await page.locator("h1").count() != 1:
            self.findings.append(f"{state}: not one h1")
        # Evaluated by the driver, so that the page's own policy stays as strict as it is.
        await page.evaluate(AXE.read_text(encoding="utf-8"))
        result = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        if not result["passes"]:
            self.findings.append(f"{state}: axe looked at nothing")
        for violation in result["violations"]:
            self.findings.append(f"{state}: {violation['id']}: {violation['nodes'][0]['html'][:160]}")
        await self._fits(state)

    async def _fits(self, state: str) -> None:
        page, size = self._page, self._page.viewport_size
        assert size is not None
        if await page.evaluate(_TOO_WIDE):
            self.findings.append(f"{state}: wider than the window")
        await page.set_viewport_size(_ZOOMED)  # type: ignore[arg-type]
        if await page.evaluate(_TOO_WIDE):
            self.findings.append(f"{state}: wider than the window at 400 %")
        await page.set_viewport_size(size)
