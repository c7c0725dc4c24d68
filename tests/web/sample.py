"""One state of one page, as the gallery shows it."""

from dataclasses import dataclass

from idp.web.context import Service
from idp.web.pages import Page


@dataclass(frozen=True, slots=True)
class Sample:
    """One state of one page."""

    name: str
    page: Page
    service: Service | None = None
    person: str | None = None
    shared: bool = False
