"""One language of one catalogue: gettext files with stable keys, read whole. No text for people stands elsewhere."""

import gettext
from collections.abc import Callable
from pathlib import Path

from babel.messages.pofile import read_po
from markupsafe import Markup

from idp.catalogue.languages import LANGUAGES


class Translator:
    """One language. A key that the catalogue lacks is a bug and raises KeyError; a test finds it first."""

    __slots__ = ("_messages", "_plural", "lang")

    def __init__(self, lang: str, messages: dict[str, tuple[str, ...]], plural: Callable[[int], int]) -> None:
        self.lang = lang
        self._messages = messages
        self._plural = plural

    def __call__(self, key: str, **values: object) -> str:
        """Plain text; a template escapes it whole."""
        text = self._messages[key][0]
        return text.format(**values) if values else text

    def rich(self, key: str, **values: object) -> Markup:
        """Text whose few tags (`<b>`, `<code>`) come from the catalogue; values are escaped."""
        return Markup(self._messages[key][0]).format(**values)  # noqa: S704 - our own catalogue, never input

    def count(self, key: str, n: int, **values: object) -> str:
        """Text that depends on a number, `{n}` in it (gettext plural forms)."""
        forms = self._messages[key]
        return forms[min(self._plural(n), len(forms) - 1)].format(n=n, **values)

    def first(self, *keys: str) -> str:
        """The first of the keys that the catalogue has, plain; the last must exist."""
        for key in keys[:-1]:
            if key in self._messages:
                return self(key)
        return self(keys[-1])

    def has(self, key: str) -> bool:
        return key in self._messages

    def known(self) -> frozenset[str]:
        return frozenset(self._messages)

    def forms(self, key: str) -> tuple[str, ...]:
        """Every form of a message as written, for the tests that read the catalogue."""
        return self._messages[key]


def read(folder: Path, lang: str) -> Translator:
    """The catalogue of a language below `folder`, all its files joined; a key that two files define is refused."""
    if lang not in LANGUAGES:
        raise KeyError(lang)
    messages: dict[str, tuple[str, ...]] = {}
    plural: Callable[[int], int] = gettext.c2py("0")
    for path in sorted((folder / lang).glob("*.po")):
        with path.open("rb") as file:
            found = read_po(file, locale=lang, abort_invalid=True)
        plural = gettext.c2py(found.plural_expr)
        for message in found:
            if message.id:
                key = message.id if isinstance(message.id, str) else message.id[0]
                if key in messages:
                    raise ValueError(f"{path.name}: {key} stands twice")
                messages[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return Translator(lang, messages, plural)
