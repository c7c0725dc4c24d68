"""Writes docs/settings.md from the registry that the provider itself reads; a house test compares."""

from pathlib import Path

from idp.settings import settings_fields

DOCUMENT = Path(__file__).parents[1] / "docs" / "settings.md"

_BEFORE = """\
# Settings

Environment variables, read once at the start by `idp serve`, `idp demo` and every other command. An unknown `IDP_*`
variable or an unusable value stops the start with a sentence. Spans are a whole number and `s`, `m`, `h` or `d`. This
page is written by `tools/settings_document.py`; `idp serve --help` says the same.

| variable | default | meaning |
|---|---|---|
"""

_AFTER = """
`make demo` has defaults of its own: the sandbox profile, `localhost`, and everything below `var/demo`; `SERVICES_PORT`
is the first of the three ports of its services, `SIMULATORS_PORT` of the five of its simulators. Life of signing keys
and the choice of the key-encryption key: `policy.toml` in `KEYS_DIR` (see `keys/README.md`).

Commands other than `serve` and `demo`, called with neither `KEYS_DIR` nor `IDP_PROFILE` in a folder where a demo runs,
work on that demo, and say so.
"""


def text() -> str:
    """The whole document."""
    rows = []
    for one in settings_fields():
        name, default, doc = (one.metadata[key] for key in ("name", "default", "doc"))
        rows.append(f"| `{name}` | {f'`{default}`' if default else ''} | {doc} |")
    return _BEFORE + "\n".join(rows) + "\n" + _AFTER


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
