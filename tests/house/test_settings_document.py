"""docs/settings.md tells of exactly the settings that there are."""

from tools.settings_document import DOCUMENT, text


def test_the_document_is_what_the_registry_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == text(), "run: .venv/bin/python tools/settings_document.py"
