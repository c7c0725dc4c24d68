"""One name per request, so that the lines of a log can be put together; it proves nothing and names nobody.

What a caller sends as X-Request-Id is not taken over: our log holds no text that a stranger chose.
"""

import itertools
import secrets
from contextvars import ContextVar
from typing import Final

current: Final[ContextVar[str]] = ContextVar("request_id", default="")

# Letters only, none of them a hexadecimal digit: no request id looks like the number of a person.
_PROCESS: Final = "".join(secrets.choice("ghjkmnpqrstuvwxyz") for _ in range(8))
_numbers: Final = itertools.count(1)


def new_request_id() -> str:
    """Random per process, counted within it: cheaper than chance for each request, and as unique."""
    return f"{_PROCESS}-{next(_numbers):x}"
