"""The texts of the pages, compiled when first read. Messages that are sent have a catalogue of their own."""

from functools import cache
from pathlib import Path

from idp.catalogue.translator import Translator, read

__all__ = ["FOLDER", "Translator", "translator"]

FOLDER = Path(__file__).parent / "locale"


@cache
def translator(lang: str) -> Translator:
    """All files of a language; KeyError for one that the hub does not speak."""
    return read(FOLDER, lang)
