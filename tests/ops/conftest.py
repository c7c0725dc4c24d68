"""Logs into memory, and the logging of the test run put back afterwards."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from idp.ops.logging import configure


class Log:
    """Everything that was written."""

    def __init__(self) -> None:
        self.stream = io.BytesIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue().decode()

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def without_times(self) -> str:
        """For a search for digits: six of them may well be a moment's."""
        return "\n".join(json.dumps({**line, "time": ""}, ensure_ascii=False) for line in self.lines)

    def clear(self) -> None:
        self.stream.seek(0)
        self.stream.truncate()


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    log = Log()
    configure(log.stream)
    yield log
    root.handlers[:], level = before
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()
