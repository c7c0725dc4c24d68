"""Structured logs: one JSON object a line, whoever speaks, and each through the redaction.

Of an exception only the types and the places are written: its message may hold the very values that it failed on.
"""

import logging
import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import BinaryIO, Final

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from idp.ops import request_id
from idp.ops.redact import redacted

_ROOT: Final = Path(__file__).resolve().parents[2]
_FRAMES: Final = 12
# They write whole URLs, with queries, at INFO and below.
_TALKATIVE: Final = ("httpx", "httpcore", "asyncio", "sqlalchemy", "hpack")


def configure(stream: BinaryIO, level: int = logging.INFO) -> None:
    """Once, by the roof. The server is then started with `log_config=None, access_log=False`: its own tell much."""
    processors: list[Processor] = [
        structlog.stdlib.ExtraAdder(),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _exception,
        _request,
    ]
    structlog.configure(
        # A logger of structlog's own has no record whose extras could be added.
        processors=[*processors[1:], _render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=processors, processors=[_name, _render_text])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        logger.propagate = name != "uvicorn.access"


def standard_output() -> BinaryIO:
    """Where the lines go: unbuffered, so that a killed process has written all it knew."""
    return os.fdopen(1, "wb", buffering=0, closefd=False)


class _Handler(logging.Handler):
    """Lines of the standard library's loggers, onto the same stream of bytes."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 a record that can't be written must not show itself on stderr instead
            line = '{"event":"a record could not be written","level":"error"}'
        self._stream.write(line.encode() + b"\n")
        self._stream.flush()


def _request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if name := request_id.current.get():
        event["request_id"] = name
    return event


def _name(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    record = event.pop("_record", None)
    event.pop("_from_structlog", None)
    if isinstance(record, logging.LogRecord):
        event["logger"] = record.name
    return event


def _exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """`exc_info` becomes the chain of types and the innermost places, without any message."""
    event.pop("stack_info", None)
    event.pop("stack", None)
    info = event.pop("exc_info", None)
    error = _error(info)
    if error is not None:
        event["exception"] = type(error).__name__
        event["frames"] = _places(error.__traceback__)
    return event


def _error(info: object) -> BaseException | None:
    match info:
        case BaseException():
            return info
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exc_info()[1]
        case _:
            return None


def _places(traceback: TracebackType | None) -> list[str]:
    frames = extract_tb(traceback)[-_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames]


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT / "idp") else path.name


def _render(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    return _line(event)


def _render_text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return _line(event).decode()


def _line(event: Mapping[str, object] | MutableMapping[str, object]) -> bytes:
    return orjson.dumps(redacted(event))
