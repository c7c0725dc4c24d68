"""The authorization endpoint's act: prove, check, decide; answer at once or open an interaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from idp.decision.step import Issue, Refuse
from idp.flows import interactions, issue_code, kept_requests, sessions, situation
from idp.flows.hall import Hall
from idp.flows.id_token_hint import verified_hint
from idp.flows.visitor import Visitor
from idp.identity import identity_number
from idp.kernel.errors import OAuthError, PageError
from idp.kernel.secret import Secret
from idp.protocol import authorization_checks, response
from idp.protocol.authorization_checks import Endpoint, ProvenRedirect
from idp.protocol.par import reference
from idp.protocol.parameters import Parameters
from idp.protocol.request import AuthorizationRequest, ResponseMode
from idp.storage.clients import RegisteredClient


@dataclass(frozen=True, slots=True)
class Answer:
    """Parameters for the client's proven redirect URI, `state` and `iss` among them."""

    redirect_uri: str
    mode: ResponseMode
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Opened:
    """The person has something to do first."""

    interaction_id: str
    client_id: str


Outcome: TypeAlias = Answer | Opened


async def begin(hall: Hall, parameters: Parameters, visitor: Visitor, browser: Secret, now: datetime) -> Outcome:
    """RFC 6749 §4.1.1–4.1.2, OpenID Connect Core §3.1.2. Raises PageError until the redirect URI is proven."""
    endpoint = Endpoint.AUTHORIZE
    if _is_pushed(parameters):
        parameters, endpoint = await _pushed(hall, parameters), Endpoint.PUSHED
    registered, proven = await _prove(hall, parameters, now)
    try:
        request = _check(hall, parameters, registered, endpoint)
        return await _decide(hall, request, registered, visitor, browser, now)
    except OAuthError as error:
        return refusal(hall, proven, error)


async def keep_posted(hall: Hall, parameters: Parameters, now: datetime) -> str | Answer:
    """A POST from another site comes without cookies: validate it, store it, and go on with our own GET.

    Returns the request URI for that GET.
    """
    if _is_pushed(parameters):
        pushed = await _pushed(hall, parameters)
        return await kept_requests.keep(hall, pushed.peek("client_id") or "", pushed)
    registered, proven = await _prove(hall, parameters, now)
    try:
        _check(hall, parameters, registered, Endpoint.AUTHORIZE)
        return await kept_requests.keep(hall, registered.client.client_id, parameters)
    except OAuthError as error:
        return refusal(hall, proven, error)


def refusal(hall: Hall, proven: ProvenRedirect, error: OAuthError) -> Answer:
    parameters = response.failure(error, proven.state, hall.policies.issuer)
    return Answer(proven.redirect_uri, proven.response_mode, parameters)


def answer_error(hall: Hall, request: AuthorizationRequest, error: OAuthError) -> Answer:
    """The same for a request that was proven earlier."""
    parameters = response.failure(error, request.state, hall.policies.issuer)
    return Answer(request.redirect_uri, request.response_mode, parameters)


def answer_code(hall: Hall, request: AuthorizationRequest, code: Secret) -> Answer:
    parameters = response.success(request, code, hall.policies.issuer)
    return Answer(request.redirect_uri, request.response_mode, parameters)


async def _prove(hall: Hall, parameters: Parameters, now: datetime) -> tuple[RegisteredClient, ProvenRedirect]:
    client_id = parameters.peek("client_id")
    registered = await hall.clients.fresh(client_id, now) if client_id else None
    proven = authorization_checks.prove_client_and_redirect(parameters, registered.client if registered else None)
    if registered is None:
        raise PageError("unknown_client")
    return registered, proven


def _is_pushed(parameters: Parameters) -> bool:
    """A reference of ours (RFC 9126 §4); any other `request_uri` is refused by the table of checks."""
    request_uri = parameters.peek("request_uri")
    return request_uri is not None and reference(request_uri) is not None


async def _pushed(hall: Hall, parameters: Parameters) -> Parameters:
    """Without a proven redirect URI every failure stays on our host."""
    client_id = parameters.peek("client_id")
    if client_id is None:
        raise PageError("client_id_missing")
    pushed = await kept_requests.take(hall, client_id, parameters.peek("request_uri") or "")
    if pushed is None:
        raise PageError("request_uri_expired")
    return pushed


def _check(
    hall: Hall, parameters: Parameters, registered: RegisteredClient, endpoint: Endpoint
) -> AuthorizationRequest:
    return authorization_checks.check(
        parameters,
        registered.client,
        hall.policies.protocol,
        endpoint=endpoint,
        hint=verified_hint(hall, parameters),
        is_identity_number=identity_number.looks_like,
    )


async def _decide(
    hall: Hall,
    request: AuthorizationRequest,
    registered: RegisteredClient,
    visitor: Visitor,
    browser: Secret,
    now: datetime,
) -> Outcome:
    wanted = situation.asked(request, registered, now)
    async with hall.db.read() as tx:
        present = await situation.authentication(tx, hall, visitor, registered, now)
    if present is not None:
        await sessions.seen(hall, visitor, present.session, now)
    wanted = situation.here(wanted, present)
    step = await situation.decide(hall, wanted, present, now)
    if isinstance(step, Refuse):
        return answer_error(hall, request, step.error)
    if isinstance(step, Issue) and present is not None:
        return answer_code(hall, request, await issue_code.issue(hall, wanted, registered, present, step, now))
    interaction = await interactions.open_(hall, request, browser, now)
    return Opened(interaction.id, request.client_id)
