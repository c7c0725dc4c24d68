"""Total parser of query strings and `application/x-www-form-urlencoded` bodies; it knows no parameter's meaning."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.types import Receive

from idp.kernel.errors import InvalidRequest, PageError
from idp.web import request_headers

LIMIT = 64 * 1024
MOST_FIELDS = 256
_FORM = "application/x-www-form-urlencoded"
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Reason(Enum):
    """Why a form can't be read; the value is the English description that a client may see."""

    TOO_LARGE = "the request is too large"
    TOO_MANY_FIELDS = "the request has too many parameters"
    NOT_A_FORM = "the body must be application/x-www-form-urlencoded in UTF-8"
    BAD_ENCODING = "a parameter is not valid percent-encoded UTF-8"
    NULL_CHARACTER = "a parameter holds a null character"
    DUPLICATE = "a parameter was sent more than once"
    CUT_SHORT = "the request ended early"


class FormError(Exception):
    """A form that can't be read. Doors turn it into what their specification asks for."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name.lower())
        self.reason = reason

    def oauth(self) -> InvalidRequest:
        """RFC 6749 §5.2: malformed, or a parameter repeated."""
        return InvalidRequest(self.reason.value, hint=f"form {self.reason.name.lower()}")

    def page(self) -> PageError:
        """For requests whose redirect URI can't be proven, because they can't be read."""
        key = "repeated_parameter" if self.reason is Reason.DUPLICATE else "malformed_request"
        return PageError(key, hint=f"form {self.reason.name.lower()}")


@dataclass(frozen=True, slots=True)
class Form:
    """An ordered multi-dict. RFC 6749 §3.1: a parameter without a value counts as omitted."""

    pairs: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """The only value of a parameter, None where it is absent or empty; a repeated one is refused."""
        found = None
        seen = False
        for key, value in self.pairs:
            if key == name:
                if seen:
                    raise FormError(Reason.DUPLICATE)
                found, seen = value, True
        return found or None

    def all(self, name: str) -> tuple[str, ...]:
        """Every non-empty value, for parameters that may repeat (`resource`, RFC 8707 §2; ticked boxes)."""
        return tuple(value for key, value in self.pairs if key == name and value)

    def duplicates(self) -> frozenset[str]:
        """Names that stand more than once, empty values included."""
        seen: set[str] = set()
        twice: set[str] = set()
        for key, _ in self.pairs:
            (twice if key in seen else seen).add(key)
        return frozenset(twice)

    def __contains__(self, name: object) -> bool:
        return any(key == name and value for key, value in self.pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)


def parse(data: bytes, *, limit: int = LIMIT) -> Form:
    """Read an encoded form or query string; raises only FormError."""
    if len(data) > limit:
        raise FormError(Reason.TOO_LARGE)
    if not data:
        return Form()
    try:
        text = data.decode("utf-8")
        fields = text.split("&")
        if len(fields) > MOST_FIELDS:
            raise FormError(Reason.TOO_MANY_FIELDS)
        pairs = tuple([field.partition("=")[::2] for field in fields if field])
        if "%" in text or "+" in text:
            if _BROKEN_PERCENT.search(text):
                raise FormError(Reason.BAD_ENCODING)
            pairs = tuple([(_decode(name), _decode(value)) for name, value in pairs])
    except UnicodeDecodeError:
        raise FormError(Reason.BAD_ENCODING) from None
    if "\0" in text or "%00" in text:
        raise FormError(Reason.NULL_CHARACTER)
    return Form(pairs)


def query(request: Request, *, limit: int = LIMIT) -> Form:
    """The parsed query string of a request."""
    return parse(request.scope["query_string"], limit=limit)


async def body(request: Request, *, limit: int = LIMIT) -> Form:
    """The parsed body of a request, or FormError; nothing beyond the limit is kept."""
    check_content_type(request_headers.first(request, b"content-type"))
    length = request_headers.first(request, b"content-length")
    # int() would take "+1" and "1_0"; a server that lets those through must not surprise us.
    if length is not None and length.isascii() and length.isdigit() and int(length[:20]) > limit:
        raise FormError(Reason.TOO_LARGE)
    return parse(await received(request.receive, limit), limit=limit)


async def received(receive: Receive, limit: int) -> bytes:
    """A body whole, or FormError beyond the limit.

    The ASGI messages themselves: Starlette's `stream()` is a generator that the event loop has to watch over.
    """
    received = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise FormError(Reason.CUT_SHORT)
        received += message.get("body", b"")
        if len(received) > limit:
            raise FormError(Reason.TOO_LARGE)
        more = message.get("more_body", False)
    return bytes(received)


def check_content_type(header: str | None) -> None:
    """RFC 6749 Appendix B: this one media type, in UTF-8."""
    if header == _FORM:
        return
    media, _, parameters = (header or "").partition(";")
    if media.strip().lower() != _FORM:
        raise FormError(Reason.NOT_A_FORM)
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise FormError(Reason.NOT_A_FORM)


def _decode(part: str) -> str:
    if "+" in part:
        part = part.replace("+", " ")
    return unquote_to_bytes(part).decode("utf-8") if "%" in part else part
