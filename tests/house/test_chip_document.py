"""docs/evidence-chip.md tells of exactly the refusals and checks that there are."""

from tools.chip_document import DOCUMENT, text


def test_the_document_is_what_the_registries_say() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == text(), "run: make documents"
