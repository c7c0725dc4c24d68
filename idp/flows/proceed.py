"""The dispatcher of interactions: every step returns here, and only here is it decided what comes next."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from idp.decision.situation import Asked, Authentication
from idp.decision.step import Consent, Issue, Login, Refuse, StepUp, Verify
from idp.flows import authorize, interactions, issue_code, own_pages_client, situation
from idp.flows.authorize import Answer
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction, InteractionFinished, InteractionLost
from idp.flows.visitor import Visitor
from idp.kernel.errors import OAuthError, PageError
from idp.protocol import redirect_uri
from idp.protocol.client import ClientState
from idp.storage.clients import RegisteredClient


@dataclass(frozen=True, slots=True)
class Page:
    """The person has this to do; the pages of the other steps lead back here."""

    step: Login | StepUp | Verify | Consent
    interaction: Interaction
    registered: RegisteredClient
    asked: Asked
    present: Authentication | None


@dataclass(frozen=True, slots=True)
class OwnPage:
    """The sign-in was for a page of our own."""

    path: str


Outcome: TypeAlias = Page | Answer | OwnPage


async def look(hall: Hall, interaction_id: str, visitor: Visitor, now: datetime) -> Page | Issue | Refuse:
    """What comes next, without doing it: for a page that wants to know whether it is still its turn."""
    page_or_end = await _see(hall, interaction_id, visitor, now)
    return page_or_end if isinstance(page_or_end, Page) else page_or_end.step


async def proceed(hall: Hall, interaction_id: str, visitor: Visitor, now: datetime) -> Outcome:
    """Do what comes next: a page, or the answer to the service.

    Raises what `interactions.load` raises, and PageError where the service may not ask any more.
    """
    seen = await _see(hall, interaction_id, visitor, now)
    if isinstance(seen, Page):
        return seen
    # Of two tabs that arrive together one alone gets the answer.
    if not await interactions.finish(hall, seen.interaction):
        raise InteractionFinished
    return await _finish(hall, seen, now)


async def cancel(hall: Hall, interaction_id: str, visitor: Visitor, error: OAuthError, now: datetime) -> Outcome:
    """The person turns back: the service gets this error."""
    interaction, _ = await _load(hall, interaction_id, visitor, now)
    if not await interactions.finish(hall, interaction):
        raise InteractionFinished
    return _refused(hall, interaction, error)


@dataclass(frozen=True, slots=True)
class _End:
    step: Issue | Refuse
    interaction: Interaction
    registered: RegisteredClient
    asked: Asked
    present: Authentication | None


async def _load(
    hall: Hall, interaction_id: str, visitor: Visitor, now: datetime
) -> tuple[Interaction, RegisteredClient]:
    """The interaction and its service, as it is registered now: what was proven an hour ago may have been withdrawn."""
    interaction = await interactions.load(hall, interaction_id, visitor)
    registered = await situation.registered_client(hall, interaction.request.client_id, now)
    if registered is None:
        raise InteractionLost
    client, target = registered.client, interaction.request.redirect_uri
    if client.state is ClientState.DISABLED:
        raise PageError("client_disabled")
    is_ours = client.client_id == own_pages_client.CLIENT_ID
    if not is_ours and not redirect_uri.matches(client.redirect_uris, target, client.application_type):
        raise PageError("redirect_uri_mismatch")
    return interaction, registered


async def _see(hall: Hall, interaction_id: str, visitor: Visitor, now: datetime) -> Page | _End:
    interaction, registered = await _load(hall, interaction_id, visitor, now)
    wanted = situation.asked(interaction.request, registered, interaction.begun_at)
    async with hall.db.read() as tx:
        present = await situation.authentication(tx, hall, visitor, registered, now)
    wanted = situation.here(wanted, present)
    step = await situation.decide(hall, wanted, present, now)
    if isinstance(step, Issue | Refuse):
        return _End(step, interaction, registered, wanted, present)
    return Page(step, interaction, registered, wanted, present)


async def _finish(hall: Hall, seen: _End, now: datetime) -> Outcome:
    request = seen.interaction.request
    if isinstance(seen.step, Refuse):
        return _refused(hall, seen.interaction, seen.step.error)
    if request.client_id == own_pages_client.CLIENT_ID or seen.present is None:
        return OwnPage(request.redirect_uri)
    try:
        code = await issue_code.issue(hall, seen.asked, seen.registered, seen.present, seen.step, now)
    except OAuthError as error:
        return _refused(hall, seen.interaction, error)
    return authorize.answer_code(hall, request, code)


def _refused(hall: Hall, interaction: Interaction, error: OAuthError) -> Outcome:
    if interaction.request.client_id == own_pages_client.CLIENT_ID:
        return OwnPage("/")
    return authorize.answer_error(hall, interaction.request, error)
