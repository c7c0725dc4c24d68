"""How an authorization answer travels back: by redirect or by form_post (OAuth 2.0 Multiple Response Types §2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlencode

from starlette.responses import Response

from idp.kernel.errors import OAuthError
from idp.web.context import PageContext
from idp.web.pages.logout import FormPost
from idp.web.templating import Pages


class ResponseMode(Enum):
    """The modes that we answer in."""

    QUERY = "query"
    FORM_POST = "form_post"


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """A redirect URI that was proven to belong to the client, with what every answer to it carries."""

    redirect_uri: str
    issuer: str
    state: str | None = None
    mode: ResponseMode = ResponseMode.QUERY


def see_other(location: str) -> Response:
    """303: whatever brought the person here, they go on with GET (RFC 9700 §4.12: never 307)."""
    return Response(status_code=303, headers={"location": location, "cache-control": "no-store"})


def answer(address: ReturnAddress, parameters: Mapping[str, str], pages: Pages, context: PageContext) -> Response:
    """Send parameters to the client, with `state` and `iss` (RFC 9207)."""
    fields = dict(parameters)
    if address.state is not None:
        fields["state"] = address.state
    fields["iss"] = address.issuer
    match address.mode:
        case ResponseMode.QUERY:
            return see_other(with_parameters(address.redirect_uri, fields))
        case ResponseMode.FORM_POST:
            return pages.render(FormPost(address.redirect_uri, tuple(fields.items())), context)


def answer_error(address: ReturnAddress, error: OAuthError, pages: Pages, context: PageContext) -> Response:
    """RFC 6749 §4.1.2.1."""
    parameters = {"error": error.code}
    if error.description:
        parameters["error_description"] = error.description
    return answer(address, parameters, pages, context)


def with_parameters(uri: str, parameters: Mapping[str, str]) -> str:
    """RFC 6749 §3.1.2: a query that the registered URI has is kept, byte for byte."""
    joint = "&" if "?" in uri else "?"
    if uri.endswith(("?", "&")):
        joint = ""
    return f"{uri}{joint}{urlencode(parameters)}"
