"""The hub's own pages as a service: they ask for a sign-in like any other, but are answered by a page, never by a code.

It has no redirect URI, no secret and no grant type, so none of the protocol's endpoints can be used in its name.
"""

from dataclasses import replace
from datetime import UTC, datetime

from idp.authn.login_policy import LoginPolicy
from idp.consent.policy import ServiceTerms
from idp.protocol.client import AuthMethod, Client, ClientState
from idp.protocol.request import AuthorizationRequest, Prompt, ResponseMode
from idp.storage.agencies import Agency
from idp.storage.clients import RegisteredClient

CLIENT_ID = "own-pages"
_AGENCY = Agency("hub", {"vi": "Ủy ban nhân dân tỉnh Quảng Ngãi", "en": "People’s Committee of Quảng Ngãi Province"})
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)

OWN_PAGES = RegisteredClient(
    client=Client(
        client_id=CLIENT_ID,
        state=ClientState.APPROVED,
        client_name={"vi": "Tài khoản của tôi", "en": "My account"},
        redirect_uris=(),
        token_endpoint_auth_method=AuthMethod.CLIENT_SECRET_BASIC,
        sector=CLIENT_ID,
        grant_types=frozenset(),
        scopes=frozenset({"openid"}),
    ),
    terms=ServiceTerms(_AGENCY.id),
    login_policy=LoginPolicy.VNEID_OR_LOCAL,
    agency=_AGENCY,
    contacts=(),
    created_at=_SINCE,
    updated_at=_SINCE,
    origin="manifest",
)


def request_for(
    page: str, *, fresh: bool = False, anew: bool = False, acr_values: tuple[str, ...] = ()
) -> AuthorizationRequest:
    """Sign in, then show this page of ours (a path).

    `fresh`: anew, and with everything that one can prove with. `anew`: by a sign-in of now, whatever it proves.
    """
    prompt = frozenset({Prompt.LOGIN}) if fresh else frozenset()
    max_age = 0 if anew else None
    asked = AuthorizationRequest(CLIENT_ID, page, ResponseMode.QUERY, ("openid",), prompt=prompt, acr_values=acr_values)
    return replace(asked, max_age=max_age)


def wants_strongest(request: AuthorizationRequest) -> bool:
    """Whether this sign-in is for a change of one's own authenticators."""
    return request.client_id == CLIENT_ID and Prompt.LOGIN in request.prompt
