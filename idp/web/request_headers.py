"""Reads a header of a request from the bytes that came, without Starlette's mapping around them."""

from starlette.requests import Request


def values(request: Request, name: bytes) -> list[str]:
    """Every value of a header (RFC 9110 §5.3), in order; `name` in lower case, as ASGI gives it."""
    return [value.decode("latin-1") for key, value in request.scope["headers"] if key == name]


def first(request: Request, name: bytes) -> str | None:
    for key, value in request.scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None
