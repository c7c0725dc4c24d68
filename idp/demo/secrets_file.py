"""Secrets of the demo's clients, kept so that a second start finds the same; the database has digests only."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from idp.kernel.secret import Secret, new_secret

TOKEN = "initial access token"


def load_or_make(path: Path, names: Iterable[str]) -> dict[str, Secret]:
    """A secret for each name; made once, file mode 0600."""
    try:
        known = {name: Secret(text) for name, text in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError):
        known = {}
    wanted = {name: known.get(name) or new_secret() for name in (*names, TOKEN)}
    if wanted != known:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
            json.dump({name: secret.reveal() for name, secret in wanted.items()}, opened, indent=1)
    return wanted
