"""What each page says, as typed values; templates/ gives them their form. No page decides anything."""

from typing import ClassVar, Protocol


class Page(Protocol):
    """A frozen dataclass with the name of its template and the status it answers with."""

    template: ClassVar[str]

    @property
    def status(self) -> int: ...
