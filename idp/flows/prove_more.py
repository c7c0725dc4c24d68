"""The sign-in that lifts a session to the level at which its owner sees everything, and whether they can come there."""

from datetime import datetime

from idp.decision.step import Refuse
from idp.flows import own_pages_client, situation
from idp.flows.discretion import NEEDED
from idp.flows.hall import Hall
from idp.flows.visitor import Visitor
from idp.protocol import acr
from idp.protocol.request import AuthorizationRequest


def request_for(hall: Hall, page: str) -> AuthorizationRequest:
    """Prove more, then show this page of ours."""
    return own_pages_client.request_for(page, acr_values=(acr.url(hall.policies.issuer, NEEDED),))


async def is_possible(hall: Hall, request: AuthorizationRequest, visitor: Visitor, now: datetime) -> bool:
    """By what this person has enrolled, and as far as anybody vouches for who they are."""
    wanted = situation.asked(request, own_pages_client.OWN_PAGES, now)
    async with hall.db.read() as tx:
        present = await situation.authentication(tx, hall, visitor, own_pages_client.OWN_PAGES, now)
    return not isinstance(await situation.decide(hall, wanted, present, now), Refuse)
