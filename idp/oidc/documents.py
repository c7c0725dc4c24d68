"""Public documents as prebuilt answers with an entity tag (RFC 9110 §8.8.3, §13.1.2), readable by any web page."""

from starlette.requests import Request
from starlette.responses import Response

from idp.crypto.keyring import Document
from idp.oidc.cors import ANY_ORIGIN
from idp.web import request_headers


class Published:
    """One document at one moment. Both answers are built once: a response of Starlette keeps no state of a request."""

    def __init__(self, document: Document, *, max_age: int, media_type: str) -> None:
        self.document = document
        headers = {**ANY_ORIGIN, "etag": document.etag, "cache-control": f"public, max-age={max_age}"}
        self._full = Response(document.body, 200, headers, media_type)
        self._unchanged = Response(None, 304, headers)

    def answer(self, request: Request) -> Response:
        seen = request_headers.first(request, b"if-none-match")
        return self._unchanged if seen is not None and _matches(seen, self.document.etag) else self._full


def _matches(header: str, etag: str) -> bool:
    """RFC 9110 §13.1.2: weak comparison, any of the list, or `*`."""
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in header.split(","))
