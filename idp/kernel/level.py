"""Assurance levels: one ladder, shared by identity, authentication and what a token says (domain: `acr`)."""

from enum import IntEnum


class Level(IntEnum):
    """Ordered: a higher level satisfies a request for a lower one."""

    BASIC = 1
    LOW = 2
    SUBSTANTIAL = 3
    HIGH = 4

    @property
    def word(self) -> str:
        """The last segment of the `acr` URL and the key of the catalogue."""
        return self.name.lower()
