"""Sign-in with VNeID: sent there with a question, back with an answer, and what this browser may do afterwards."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from idp.audit import kinds
from idp.audit.event import event
from idp.authn.outage import Phase
from idp.decision.step import Login, StepUp, Verify
from idp.flows import interactions, login, sessions, upstream_health, upstream_pin, vneid_exchange, vneid_limits
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction, InteractionLost, OtherBrowser
from idp.flows.proceed import Page
from idp.flows.visitor import Visitor
from idp.flows.vneid_admission import Admitted, CaseOpened, LinkFirst, NotAdmitted, admit
from idp.flows.vneid_exchange import Trip
from idp.kernel.secret import Secret
from idp.protocol.request import Prompt
from idp.upstream.errors import Reason, UpstreamFailed
from idp.upstream.vneid import Vneid, Vouched, new_question


class VneidAbsent(Exception):
    """This deployment has no connection to VNeID, or this service does not accept it: there is no such page."""


class Why(StrEnum):
    """Why nobody was signed in, as the page that follows explains it."""

    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    MISTRUSTED = "mistrusted"
    LEVEL_MISSING = "level_missing"
    LEVEL_TWO = "level_two"
    ORGANISATION = "organisation"
    NOT_FRESH = "not_fresh"
    NOT_ADMITTED = "not_admitted"
    OTHER_PERSON = "other_person"
    LINK_LOST = "link_lost"
    UNAPPROVED = "unapproved"
    TOO_OFTEN = "too_often"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back by way of the browser (RFC 6749 §4.1.2, RFC 9207 §2): nothing of it is believed yet."""

    state: str | None
    code: str | None
    iss: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    location: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    interaction: Interaction
    cookie: Secret


@dataclass(frozen=True, slots=True)
class Agree:
    """The account has authenticators of its own: one of them has to agree before the first link."""

    interaction: Interaction


@dataclass(frozen=True, slots=True)
class Case:
    """Refused, with the number under which an officer looks at it."""

    interaction: Interaction
    number: str


@dataclass(frozen=True, slots=True)
class Failed:
    interaction: Interaction
    why: Why


Outcome: TypeAlias = SignedIn | Agree | Case | Failed


async def start(hall: Hall, seen: Page, visitor: Visitor, locale: str, now: datetime) -> Sent | Failed:
    """OpenID Connect Core §3.1.2.1. In an outage nobody is sent where nobody answers; after its rest one may try."""
    upstream, interaction = _upstream(hall), seen.interaction
    if await upstream_health.phase(hall, now) is Phase.OPEN:
        return Failed(interaction, Why.UNAVAILABLE)
    if not await vneid_limits.may_start(hall, interaction, now):
        return Failed(interaction, Why.TOO_OFTEN)
    raised = seen.present.person.id if isinstance(seen.step, StepUp | Verify) and seen.present is not None else None
    question = new_question(now, fresh=_fresh(seen))
    trip = Trip(interaction.id, interaction.request.client_id, interaction.browser, raised, question)
    level = seen.step.target if isinstance(seen.step, StepUp | Verify) else None
    state = await vneid_exchange.depart(hall, trip)
    try:
        pin = await upstream_pin.current(hall)
        return Sent(await upstream.ask(pin, state, question, level, locale, now))
    except UpstreamFailed as failure:
        return await _failed(hall, interaction, failure, visitor, now)


async def end(hall: Hall, answer: Answer, visitor: Visitor, now: datetime) -> Outcome:
    """The answer to one question, heard once, in the browser that asked.

    Raises InteractionLost, OtherBrowser or InteractionFinished.
    """
    upstream = _upstream(hall)
    trip = await vneid_exchange.arrive(hall, Secret(answer.state)) if answer.state else None
    if trip is None:
        raise InteractionLost
    if visitor.browser is None or interactions.binding(visitor.browser) != trip.browser:
        raise OtherBrowser
    interaction = await interactions.load(hall, trip.interaction_id, visitor)
    try:
        vouched = await _vouched(hall, upstream, trip, answer, now)
    except UpstreamFailed as failure:
        return await _failed(hall, interaction, failure, visitor, now)
    await upstream_health.succeeded(hall, now)
    return await _admitted(hall, interaction, vouched, visitor, trip.person_id, now)


async def agree(
    hall: Hall, interaction: Interaction, password: Secret, visitor: Visitor, now: datetime
) -> Outcome | login.NotProven | login.Wait | login.Overtaken:
    """The first link to an account that is in use: VNeID's word of a moment ago, and now the account's own password."""
    vouched = await vneid_exchange.kept_word(hall, interaction)
    if vouched is None:
        return Failed(interaction, Why.LINK_LOST)
    proven = await login.of_vouched(hall, interaction, vouched.number, password, visitor, now)
    if not isinstance(proven, login.Proven):
        return proven
    await vneid_exchange.forget_word(hall, interaction)
    known = replace(visitor, session=proven.cookie)
    outcome = await _admitted(hall, interaction, vouched, known, None, now)
    # The password was right, so the session that it opened stands, whatever became of the link.
    return outcome if isinstance(outcome, SignedIn | Case) else SignedIn(interaction, proven.cookie)


async def agreed_otherwise(hall: Hall, interaction_id: str, visitor: Visitor, now: datetime) -> SignedIn | Case | None:
    """The same for whoever signed in by a passkey, a code card or a code instead of the password: that agrees too.

    None: there is no word of VNeID's to join, or somebody else signed in.
    """
    if hall.vneid is None or visitor.session is None:
        return None
    interaction = await interactions.load(hall, interaction_id, visitor)
    vouched = await vneid_exchange.kept_word(hall, interaction)
    if vouched is None:
        return None
    async with hall.db.read() as tx:
        session = await sessions.current(tx, hall, visitor, now)
        bearer = await tx.persons.find("national_id", vouched.number)
    # Proven for this very interaction: a session of this morning agrees to nothing.
    here = session is not None and any(proof.at >= interaction.begun_at for proof in session.proofs)
    if session is None or session.person_id != bearer or not here:
        return None
    await vneid_exchange.forget_word(hall, interaction)
    outcome = await _admitted(hall, interaction, vouched, visitor, None, now)
    return outcome if isinstance(outcome, SignedIn | Case) else None


def _upstream(hall: Hall) -> Vneid:
    if hall.vneid is None:
        raise VneidAbsent
    return hall.vneid


def _fresh(seen: Page) -> bool:
    """Where the service wants a sign-in of now, VNeID's own session of this morning is none.

    Nor on a public computer: it may be the session of whoever sat there before.
    """
    request = seen.interaction.request
    if seen.interaction.shared:
        return True
    again = isinstance(seen.step, StepUp | Verify) or (isinstance(seen.step, Login) and seen.step.again)
    return again or request.max_age is not None or not request.prompt.isdisjoint({Prompt.LOGIN, Prompt.SELECT_ACCOUNT})


async def _vouched(hall: Hall, upstream: Vneid, trip: Trip, answer: Answer, now: datetime) -> Vouched:
    pin = await upstream_pin.current(hall)
    await upstream.check_sender(pin, answer.iss, now)
    if answer.error is not None:
        # Whatever a browser brings can be written by its owner: it says nothing about VNeID's health.
        raise UpstreamFailed(Reason.REFUSED if answer.error == "access_denied" else Reason.MISTRUSTED, "error")
    if not answer.code:
        raise UpstreamFailed(Reason.MISTRUSTED, "no code")
    code = Secret(answer.code)
    if not await hall.cache.replay.first_seen("vneid_code", code.digest(), 3600):
        raise UpstreamFailed(Reason.MISTRUSTED, "code came twice")
    return await upstream.redeem(pin, code, trip.question, now)


async def _admitted(
    hall: Hall, interaction: Interaction, vouched: Vouched, visitor: Visitor, raised: str | None, now: datetime
) -> Outcome:
    match await admit(hall, interaction, vouched, visitor, raised, now):
        case Admitted(cookie):
            await interactions.advance(hall, interaction)
            hall.outbox_due.set()
            return SignedIn(interaction, cookie)
        case LinkFirst():
            if not await vneid_limits.may_link(hall, vouched.number, now):
                return Failed(interaction, Why.TOO_OFTEN)
            await vneid_exchange.keep_word(hall, interaction, vouched)
            return Agree(interaction)
        case CaseOpened(number):
            return Case(interaction, number)
        case NotAdmitted(why):
            return Failed(interaction, Why(why))


async def _failed(
    hall: Hall, interaction: Interaction, failure: UpstreamFailed, visitor: Visitor, now: datetime
) -> Failed:
    if failure.reason is Reason.UNAVAILABLE:
        await upstream_health.failed(hall, visitor.browser, now)
    async with hall.db.tx() as tx:
        await tx.events.append(
            event(
                kinds.SIGN_IN_FAILED,
                at=now,
                actor="anonymous",
                client_id=interaction.request.client_id,
                method="vneid",
                reason=f"{failure.reason.value}: {failure.hint}",
            )
        )
    return Failed(interaction, Why(failure.reason.value))
