"""A JSON body of a machine's request, bounded while it is read."""

import orjson
from starlette.requests import ClientDisconnect, Request

from idp.kernel.errors import InvalidRequest, OAuthError


async def read(request: Request, *, limit: int, what: str, error: type[OAuthError] = InvalidRequest) -> object:
    """Raises InvalidRequest, and `error` for a document (`what`) that is too large or no JSON."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise InvalidRequest("the body must be application/json")
    received = bytearray()
    try:
        async for chunk in request.stream():
            received += chunk
            if len(received) > limit:
                raise error(f"the {what} is too large")
    except ClientDisconnect:
        raise InvalidRequest("the request ended early") from None
    try:
        return orjson.loads(bytes(received))
    except orjson.JSONDecodeError:
        raise error(f"the {what} is not JSON") from None
