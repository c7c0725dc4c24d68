"""Names of people: how they are kept, found and sorted. No alphabet validates a name, and nothing cuts it.

Search key and identity key differ: names are searched with y and i as one, but Lý and Lí are not thereby one person.
"""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
# đ carries no combining mark, so decomposition leaves it alone.
_LETTERS = str.maketrans({"đ": "d", "Đ": "d"})
_MAX_WORDS = 20
# Dictionary order of Vietnamese: letters first, then tones (none, huyền, hỏi, ngã, sắc, nặng).
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = ("\u0300", "\u0309", "\u0303", "\u0301", "\u0323")


def normalise(text: str) -> str:
    """NFC, single spaces. Ba Na and Xơ Đăng letters without a precomposed code point keep their combining mark."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def search_key(text: str) -> str:
    """Case, tone and diacritics folded: `Nguyễn Thị Hồng Nhạn` → `nguyen thi hong nhan`."""
    # Decomposing may bring a capital to light, and folding something to decompose: so before it, and after it again.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _SPACES.sub(" ", bare.translate(_LETTERS)).strip()


def words(text: str) -> tuple[str, ...]:
    """The folded words, each once: what is compared."""
    return tuple(dict.fromkeys(search_key(text).split(" ")))[:_MAX_WORDS] if search_key(text) else ()


def search_words(text: str) -> tuple[str, ...]:
    """What is indexed and looked up (`name_word`): folded words with y written as i, so that Lý and Lí are found.

    No word holds U+0000: the index keeps marks beside them that begin so, and nobody may be found by typing one.
    """
    return tuple(dict.fromkeys(word.replace("y", "i") for word in words(text) if "\x00" not in word))


def same(one: str, other: str) -> bool:
    """The same name as written: composition, spaces, tone placement and case aside; y is not i here."""
    return search_key(one) == search_key(other)


def sort_key(text: str) -> tuple[tuple[int, ...], ...]:
    """By the last word (tên), then from the front (họ, đệm), as every list in Vietnam is."""
    parts = normalise(text).casefold().split(" ")
    return tuple(map(_word_order, (parts[-1], *parts[:-1])))


def _word_order(word: str) -> tuple[int, ...]:
    letters: list[int] = []
    tone = 0
    for character in word:
        decomposed = unicodedata.normalize("NFD", character)
        found = next((mark for mark in _TONES if mark in decomposed), None)
        if found is not None:
            tone = _TONES.index(found) + 1
            character = unicodedata.normalize("NFC", decomposed.replace(found, ""))  # noqa: PLW2901 - the letter itself
        letters.append(_ALPHABET.find(character) if character in _ALPHABET else len(_ALPHABET) + ord(character[0]))
    # Letters decide before tones: the tone is appended behind a value below every letter.
    return (*letters, -1, tone)
