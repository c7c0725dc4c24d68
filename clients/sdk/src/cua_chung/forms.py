"""What a service receives from the provider, read with limits: a stranger may send anything."""

from urllib.parse import parse_qsl

from starlette.requests import Request

_LONGEST = 65_536
_FIELDS = 20


async def small_body(request: Request) -> str | None:
    """A body of at most 64 kB of ASCII, or None."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST:
            return None
    return body.decode("ascii") if body.isascii() else None


async def small_form(request: Request) -> list[tuple[str, str]]:
    """The fields of a form of at most 64 kB (Back-Channel Logout 1.0 §2.5); ValueError says what is wrong with it."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise ValueError("the content type is not application/x-www-form-urlencoded")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST:
            raise ValueError("the form is too large")
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError as error:
        raise ValueError("the form is malformed") from error


def one_field(form: list[tuple[str, str]], name: str) -> str:
    """The value of a field that must stand there exactly once."""
    values = [value for key, value in form if key == name]
    if len(values) != 1:
        raise ValueError(f"{name} must stand there once")
    return values[0]
