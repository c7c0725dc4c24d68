"""What an officer asks for: two words of a name, or one and a commune. Less would be a list of half the province."""

from dataclasses import dataclass
from typing import Final

from idp.identity import name
from idp.kernel.errors import Refusal

# No name folds to a mark: people of a commune are found by the same index as bearers of a word.
_COMMUNE: Final = "\x00commune:"
_LONGEST: Final = 300
_LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class NameQuery:
    """Folded words (y as i, no tones), and the code of a commune."""

    words: tuple[str, ...]
    commune: str | None = None

    @property
    def marks(self) -> tuple[str, ...]:
        """What the index is asked for."""
        return self.words if self.commune is None else (*self.words, commune_mark(self.commune))


def commune_mark(code: str) -> str:
    return _COMMUNE + code


def parse(text: str, commune: str | None = None) -> NameQuery:
    """Raises Refusal for what is too wide: "Nguyễn" alone is every third person.

    Two frequent words ("nguyen thi") are not refused: a page of them is found as fast as any other, and whoever
    sees that it goes on and on adds a word.
    """
    words = name.search_words(text[:_LONGEST])
    if not words or len(words) + (commune is not None) < _LEAST:
        raise Refusal("search_too_wide")
    return NameQuery(words, commune)
