"""The authorization response, good or bad: RFC 6749 §4.1.2, §4.1.2.1, with the issuer of RFC 9207."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from idp.kernel.errors import OAuthError
from idp.kernel.secret import Secret
from idp.protocol.request import AuthorizationRequest


def success(request: AuthorizationRequest, code: Secret, issuer: str) -> dict[str, str]:
    """§4.1.2: the code, the state as it came, and `iss`."""
    return {"code": code.reveal(), **_state(request.state), "iss": issuer}


def failure(error: OAuthError, state: str | None, issuer: str) -> dict[str, str]:
    """§4.1.2.1; RFC 9207 §2: errors carry `iss` as well."""
    return {"error": error.code, "error_description": error.description, **_state(state), "iss": issuer}


def redirect_location(redirect_uri: str, parameters: Mapping[str, str]) -> str:
    """§3.1.2: the URI's own query is kept, and the parameters are added to it. Spaces as %20: some readers keep `+`."""
    separator = "" if redirect_uri.endswith(("?", "&")) else "&" if "?" in redirect_uri else "?"
    return redirect_uri + separator + urlencode(parameters, quote_via=quote)


def _state(state: str | None) -> dict[str, str]:
    return {} if state is None else {"state": state}
