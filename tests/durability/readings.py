"""What somebody could read in a dump: the text, hexadecimal, base64, escapes undone, with and without diacritics."""

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

_HEX = re.compile(rb"[0-9a-f]{8,}", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_EDGE = r"[a-z0-9+/_-]"


def shown(dump: bytes, secrets: Mapping[str, str], personal: Iterable[str]) -> set[str]:
    """Names of the secrets, and words about the person, that a dump gives away."""
    texts = list(readings(dump))
    folded = [fold(text) for text in texts]
    found = {name for name, value in secrets.items() if any(value in text for text in texts)}
    return found | {word for word in personal if _stands_in(fold(word), folded)}


def readings(dump: bytes) -> Iterator[str]:
    """Long words of random letters hold any short one: what is decoded is looked through piece by piece."""
    text = dump.decode("utf-8", "replace")
    yield text
    yield _ESCAPE.sub(lambda match: chr(int(match[1], 16)), unquote(text))
    yield "\n".join(_undone(dump))


def _undone(dump: bytes) -> Iterator[str]:
    for run in _HEX.findall(dump):
        inner = bytes.fromhex((run if len(run) % 2 == 0 else run[:-1]).decode())
        yield inner.decode("utf-8", "replace")
        yield from _from_base64(inner)
    yield from _from_base64(dump)


def _from_base64(dump: bytes) -> Iterator[str]:
    for run in _BASE64.findall(dump):
        plain = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        if len(plain) % 4 != 1:
            yield base64.b64decode(plain + b"=" * (-len(plain) % 4)).decode("utf-8", "replace")


def fold(text: str) -> str:
    """Without diacritics and capitals, whichever normal form they were written in."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def _stands_in(word: str, folded: Iterable[str]) -> bool:
    """Whole: within a run of letters and digits it is chance, unless it is too long for that."""
    if len(word) > 9:
        return any(word in text for text in folded)
    pattern = re.compile(rf"(?<!{_EDGE}){re.escape(word)}(?!{_EDGE})")
    return any(pattern.search(text) for text in folded)
