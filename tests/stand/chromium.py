"""Debian's Chromium under Playwright, one per test worker; it knows no page."""

import contextlib
import os
from collections.abc import AsyncIterator, Sequence

from playwright.async_api import Browser, async_playwright, expect

# Patience costs nothing where a page is there; a busy machine must not fail a test.
PATIENCE = 45_000
expect.set_options(timeout=PATIENCE)

_ARGUMENTS = (
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--metrics-recording-only",
)


@contextlib.asynccontextmanager
async def private_chromium(*more_arguments: str, without: Sequence[str] = ()) -> AsyncIterator[Browser]:
    """A headless browser with an empty profile; gone afterwards. `without` takes away what Playwright would add."""
    # Chromium's sandbox needs a user namespace that root does not get.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[*_ARGUMENTS, *sandbox, *more_arguments],
            ignore_default_args=list(without),
        )
        try:
            yield browser
        finally:
            await browser.close()
