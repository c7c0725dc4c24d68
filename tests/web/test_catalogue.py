"""Both catalogues say the same things, and say everything that the product asks for."""

import re
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from idp.kernel.level import Level
from idp.protocol.claims import CLAIMS
from idp.protocol.scope import SCOPES
from idp.web.catalogue import FOLDER, translator
from idp.web.language import LANGUAGES

VI, EN = translator("vi"), translator("en")
SOURCES = Path(FOLDER).parent.parent
TEMPLATES = FOLDER.parent / "templates"
TAGS = {"b", "code"}
_IN_TEMPLATES = re.compile(r"""\bt(?:\.rich|\.count|\.first)?\(\s*["']([a-z_]+(?:\.[a-z_:]+)+)["']\s*[),]""")
_PREFIXES = re.compile(r"""["']([a-z_]+\.(?:[a-z_]+\.)*)["'] ~""")
# (what raises, the prefix of its key): each literal key must have its sentence.
_IN_CODE = ((r'PageError\(\s*"([a-z_]+)"', "error."), (r'Refusal\(\s*"([a-z_]+)"', "refusal."))
_CALLED = re.compile(r"""\bt(?:\.rich|\.count)?\(\s*f?["']([a-z_]+(?:\.[a-z_:]+)+)["']""")


def _used_in_templates() -> set[str]:
    return {key for path in TEMPLATES.glob("*.html") for key in _IN_TEMPLATES.findall(path.read_text())}


def _used_in_code() -> set[str]:
    found: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        text = path.read_text()
        for pattern, prefix in _IN_CODE:
            found.update(prefix + key for key in re.findall(pattern, text))
        if "Translator" in text or "translator" in text:
            found.update(_CALLED.findall(text))
    return found


def test_the_catalogues_have_the_same_keys() -> None:
    assert VI.known() == EN.known()


def test_every_message_is_written_out_in_both_languages() -> None:
    empty = [(t.lang, key) for t in (VI, EN) for key in t.known() if not all(form.strip() for form in t.forms(key))]
    assert empty == []


def test_both_languages_fill_in_the_same_values() -> None:
    def names(texts: tuple[str, ...]) -> set[str | None]:
        return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}

    differing = [key for key in VI.known() if names(VI.forms(key)) != names(EN.forms(key))]
    assert differing == []


def test_texts_hold_only_the_few_tags_that_rich_text_may_have() -> None:
    for translate in (VI, EN):
        for key in translate.known():
            for text in translate.forms(key):
                opened = Counter(re.findall(r"<([a-z]+)>", text))
                closed = Counter(re.findall(r"</([a-z]+)>", text))
                assert opened == closed, key
                assert set(opened) <= TAGS, key
                assert "<" not in re.sub(r"</?(?:b|code)>", "", text), key


def test_every_key_that_is_asked_for_exists() -> None:
    missing = {key for key in _used_in_templates() | _used_in_code() if not VI.has(key)}
    assert missing == set()


def test_no_key_is_left_over() -> None:
    literal = _used_in_templates() | _used_in_code()
    text = "".join(path.read_text() for path in TEMPLATES.glob("*.html"))
    prefixes = set(_PREFIXES.findall(text))
    prefixes |= {"chip.", "device.", "framework.", "gender.", "value.", "guide.", "problem."}
    left = {
        key
        for key in VI.known() - literal
        if not key.startswith(tuple(prefixes)) and key.removesuffix("_long") not in text
    }
    assert left == set()


def test_every_scope_claim_and_level_has_its_word() -> None:
    wanted = {f"scope.{name}" for name in SCOPES} | {f"claim.{name}" for name in CLAIMS}
    wanted |= {f"level.{level.word}" for level in Level} | {f"level.{level.word}_text" for level in Level}
    assert wanted <= VI.known()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_file_exists_in_both_languages_and_names_its_own(lang: str) -> None:
    assert {p.name for p in (FOLDER / lang).glob("*.po")} == {p.name for p in (FOLDER / "vi").glob("*.po")}
    for path in (FOLDER / lang).glob("*.po"):
        with path.open("rb") as file:
            assert str(read_po(file).locale) == lang


def test_protocol_words_stand_in_code() -> None:
    words = re.compile(r"\b[a-z]+_[a-z_]+\b")
    for translate in (VI, EN):
        for key in translate.known():
            for text in translate.forms(key):
                outside = re.sub(r"<code>.*?</code>|\{[a-z_]+\}", "", text)
                assert not words.search(outside), key


def test_numbers_choose_their_form() -> None:
    assert EN.count("problem.wait", 1) == "Try again in 1 minute."
    assert EN.count("problem.wait", 2) == "Try again in 2 minutes."
    assert VI.count("problem.wait", 1) == "Thử lại sau 1 phút."


def test_values_are_escaped_in_rich_text() -> None:
    assert "<b>&lt;i&gt;</b>" in VI.rich("consent.person", name="<i>")


def test_a_missing_key_is_a_bug_that_shows() -> None:
    with pytest.raises(KeyError):
        VI("no.such.key")
