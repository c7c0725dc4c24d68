"""How a page of ours sends somebody to the sign-in, and gets them back."""

from starlette.requests import Request
from starlette.responses import Response

from idp.flows import interactions, own_pages_client
from idp.protocol.request import AuthorizationRequest
from idp.web.deps import Door, browser_of
from idp.web.responses import see_other


async def to_sign_in(door: Door, request: Request, wanted: AuthorizationRequest) -> Response:
    """Begin a sign-in for a page of ours (`own_pages_client.request_for`)."""
    if request.method == "POST":
        # Perhaps from another site, without its cookies: nothing is begun, and no cookie is replaced, for that.
        return see_other(wanted.redirect_uri)
    visitor = door.visitor(request)
    browser = browser_of(visitor)
    interaction = await interactions.open_(door.hall, wanted, browser, door.now())
    response = see_other(f"/i/{interaction.id}?service={own_pages_client.CLIENT_ID}")
    door.remember_browser(response, visitor, browser)
    return response
