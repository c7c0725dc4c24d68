"""How an authorization answer travels back: by redirect or by form_post (OAuth 2.0 Multiple Response Types §2.1)."""

from collections.abc import Mapping

from starlette.responses import Response

from idp.protocol.request import ResponseMode
from idp.protocol.response import redirect_location
from idp.web.context import PageContext
from idp.web.pages.logout import FormPost
from idp.web.templating import Pages


def see_other(location: str) -> Response:
    """303: whatever brought the person here, they go on with GET (RFC 9700 §4.12: never 307)."""
    return Response(status_code=303, headers={"location": location, "cache-control": "no-store"})


def answer(
    redirect_uri: str, mode: ResponseMode, parameters: Mapping[str, str], pages: Pages, context: PageContext
) -> Response:
    """Send parameters to a redirect URI that was proven to belong to the client."""
    match mode:
        case ResponseMode.QUERY:
            return see_other(redirect_location(redirect_uri, parameters))
        case ResponseMode.FORM_POST:
            return pages.render(FormPost(redirect_uri, tuple(parameters.items())), context)
