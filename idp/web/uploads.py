"""A form with one file (RFC 7578), bounded before it is read, and never written to a disk."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from idp.web import request_headers
from idp.web.forms import MOST_FIELDS, Form, FormError, Reason, received

_FORM: Final = "multipart/form-data"
# What stands around the file: the fields beside it, and the lines between.
_AROUND: Final = 64 * 1024
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """`file` is empty where none was chosen."""

    form: Form
    file: bytes = field(repr=False)


async def read(request: Request, name: str, *, limit: int) -> Upload:
    """The fields, and the one file called `name`, of at most `limit` octets. Raises FormError."""
    content_type = request_headers.first(request, b"content-type") or ""
    if content_type.partition(";")[0].strip().lower() != _FORM:
        raise FormError(Reason.NOT_A_FORM)
    octets = await received(request.receive, limit + _AROUND)
    pairs: list[tuple[str, str]] = []
    found = b""
    for key, value in await _parts(request, octets):
        if isinstance(value, str):
            if "\0" in key + value:
                raise FormError(Reason.NULL_CHARACTER)
            pairs.append((key, value))
        elif key == name:
            if found:
                raise FormError(Reason.DUPLICATE)
            found = await value.read()
    if len(found) > limit:
        raise FormError(Reason.TOO_LARGE)
    return Upload(Form(tuple(pairs)), found)


async def _parts(request: Request, octets: bytes) -> list[tuple[str, UploadFile | str]]:
    async def stream() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(octets), _CHUNK):
            yield octets[start : start + _CHUNK]

    parser = MultiPartParser(request.headers, stream(), max_files=2, max_fields=MOST_FIELDS, max_part_size=_AROUND)
    # Nothing of a card is left in a temporary file: all of it fits into memory, by the limit above.
    parser.spool_max_size = len(octets) + 1
    try:
        return (await parser.parse()).multi_items()
    except (MultiPartException, KeyError, UnicodeDecodeError, ValueError):
        raise FormError(Reason.NOT_A_FORM) from None
