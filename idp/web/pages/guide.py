"""Standing pages that the frame of every page links to: help, privacy, accessibility."""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Topic(Enum):
    """Catalogue keys are `guide.<value>.*`."""

    HELP = "help"
    PRIVACY = "privacy"
    ACCESSIBILITY = "accessibility"


@dataclass(frozen=True, slots=True)
class Guide:
    """One topic: a title, a lead and sections numbered from 1 in the catalogue."""

    template: ClassVar[str] = "guide.html"
    status: ClassVar[int] = 200

    topic: Topic
