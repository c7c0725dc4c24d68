"""Signing in, or proving more, by a code: one sent by SMS or e-mail, or one of a printed card.

Without a session somebody first says who they are. Every name gets the same page and the same work, so nobody learns
who has an account, or which way in it has.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from idp.audit import kinds
from idp.authn.message_code import Channel, CodePurpose, Verdict
from idp.flows import (
    channel_standing,
    code_cards,
    interactions,
    known_browser,
    login,
    message_codes,
    sessions,
    throttle,
    usable,
)
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction, Named
from idp.flows.login import NotProven, Outcome, Overtaken, Proven, Wait
from idp.flows.message_codes import Sent, Unreachable
from idp.flows.visitor import Visitor
from idp.identity import login_identifier
from idp.identity.assurance import may_sign_in
from idp.identity.person import Person
from idp.kernel.secret import Secret
from idp.storage.authenticators import Authenticator
from idp.storage.database import Tx

CARD: Final = code_cards.KIND
# How long a right PIN waits for the code of its card.
_PIN_WAITS_S: Final = 600


@dataclass(frozen=True, slots=True)
class _Known:
    """Who is asked for a code, with what of theirs counts, and the browser where it is known for them."""

    who: str
    person: Person | None
    enrolled: list[Authenticator]
    browser: Secret | None

    def one(self, kind: str) -> Authenticator | None:
        return next((one for one in self.enrolled if one.kind == kind), None)


async def name(
    hall: Hall, interaction: Interaction, username: str, channel: Channel | None, visitor: Visitor, now: datetime
) -> Sent | Wait | None:
    """Somebody says who they are, and where their code goes; None as the channel: it is printed on their card.

    The interaction remembers the name and nothing else. What was sent, if anything was.
    """
    candidates = login_identifier.parse(username)
    async with hall.db.read() as tx:
        found = [await tx.persons.find(candidate.kind, candidate.value) for candidate in candidates]
    spelled = candidates[0].value if candidates else username.strip().casefold()[:200]
    who = next((person_id for person_id in found if person_id is not None), f"?{spelled}")
    named = Named(who, spelled)
    await interactions.name(hall, interaction, named)
    return None if channel is None else await send(hall, replace(interaction, named=named), who, channel, visitor, now)


async def send(
    hall: Hall, interaction: Interaction, who: str, channel: Channel, visitor: Visitor, now: datetime
) -> Sent | Wait:
    """A code for whoever was named, or is signed in; where there is no such way in, none goes anywhere."""
    waiting = await throttle.asked(hall, visitor.address, now)
    if waiting:
        return Wait(waiting)
    kind, page = channel_standing.KINDS[channel], _page(interaction)
    async with hall.db.read() as tx:
        known = await _known(tx, hall, who, kind, visitor, now)
    sending: message_codes.Sending = Unreachable()
    if known.person is not None and known.one(kind) is not None and may_sign_in(known.person):
        asker = known.browser.digest().hex() if known.browser is not None else ""
        sending = await message_codes.send(hall, known.person, channel, CodePurpose.SIGN_IN, page, now, asker=asker)
    if isinstance(sending, Unreachable):
        sending = await message_codes.send_to_nobody(hall, who, channel, CodePurpose.SIGN_IN, page, now)
    return Wait(sending.seconds) if isinstance(sending, message_codes.Wait) else sending


async def is_pending(hall: Hall, interaction: Interaction, who: str, channel: Channel, now: datetime) -> bool:
    """Whether a code, or what looks like one, was sent for this page and still counts."""
    return await message_codes.pending(hall, who, channel, CodePurpose.SIGN_IN, _page(interaction), now)


async def number_asked(hall: Hall, who: str, visitor: Visitor, now: datetime) -> int:
    """Which code of the card to ask for."""
    async with hall.db.read() as tx:
        known = await _known(tx, hall, who, CARD, visitor, now)
    return code_cards.number_asked(hall, who, known.one(CARD))


async def by_message(
    hall: Hall,
    interaction: Interaction,
    channel: Channel,
    code: str,
    visitor: Visitor,
    now: datetime,
    *,
    stepping_up: bool = False,
) -> Outcome:
    """The code that was sent for this interaction, by whoever was named in it or is signed in here."""
    kind = channel_standing.KINDS[channel]
    known = await _asked(hall, interaction, kind, visitor, now, stepping_up=stepping_up)
    if known is None:
        return NotProven()
    at = throttle.keys(hall, known.who, visitor.address, kind, known.browser)
    waiting = await throttle.admit(hall, at, now)
    if waiting:
        return Wait(waiting)
    verdict = await message_codes.judge(hall, known.who, channel, CodePurpose.SIGN_IN, _page(interaction), code, now)
    if verdict is Verdict.SPENT:
        return Overtaken()
    authenticator = known.one(kind)
    allowed = known.person is not None and may_sign_in(known.person)
    if verdict is Verdict.WRONG or known.person is None or authenticator is None or not allowed:
        return await login.not_proven(hall, at, known.person, kind, interaction, now)
    # A double click loses this race; the code is spent, and was right.
    await interactions.advance(hall, interaction)
    event_kind = kinds.STEP_UP if stepping_up else kinds.SIGN_IN
    async with hall.db.tx() as tx:
        await tx.authenticators.used(authenticator.id, now)
        cookie, _ = await login.record(
            tx, hall, visitor, known.person, authenticator, interaction, now, kind=event_kind
        )
    await throttle.succeeded(hall, at)
    hall.outbox_due.set()
    return Proven(cookie)


async def by_card(
    hall: Hall,
    interaction: Interaction,
    code: Secret,
    pin: Secret | None,
    visitor: Visitor,
    now: datetime,
    *,
    stepping_up: bool = False,
) -> Outcome:
    """The code at the number that is asked for, with the PIN where it was typed with the name or comes with it.

    May raise `Busy` of the password workers.
    """
    known = await _asked(hall, interaction, CARD, visitor, now, stepping_up=stepping_up)
    if known is None:
        return NotProven()
    at = throttle.keys(hall, known.who, visitor.address, CARD, known.browser)
    waiting = await throttle.admit(hall, at, now)
    if waiting:
        return Wait(waiting)
    card, holder, person = known.one(CARD), known.one(code_cards.PIN), known.person
    pin_right = holder is not None and _pin_waits(interaction, holder, now)
    if pin is not None:
        pin_right = await _pin_is_right(hall, holder, pin)
    number = code_cards.number_asked(hall, known.who, card)
    right = card is not None and code_cards.is_right(hall, card, number, code) and (pin is None or pin_right)
    if person is None or card is None or not right or not may_sign_in(person):
        return await login.not_proven(hall, at, person, CARD, interaction, now)
    event_kind = kinds.STEP_UP if stepping_up else kinds.SIGN_IN
    async with hall.db.tx() as tx:
        # The count of used codes is the lock: of two uses at once the second finds another number asked for.
        if not await tx.authenticators.take_step(card.id, (card.last_step or 0) + 1, now):
            return Overtaken()
        await tx.authenticators.replace_secret(card.id, card.person_id, code_cards.without(card, number))
        cookie, _ = await login.record(tx, hall, visitor, person, card, interaction, now, kind=event_kind)
        if pin_right and holder is not None:
            await tx.authenticators.used(holder.id, now)
            here = replace(visitor, session=cookie)
            cookie, _ = await login.record(tx, hall, here, person, holder, interaction, now, kind=kinds.STEP_UP)
    await interactions.advance(hall, interaction)
    await throttle.succeeded(hall, at)
    hall.outbox_due.set()
    return Proven(cookie)


async def _asked(
    hall: Hall, interaction: Interaction, kind: str, visitor: Visitor, now: datetime, *, stepping_up: bool
) -> _Known | None:
    """Whoever is signed in here, or was named in this interaction; None where nobody was."""
    async with hall.db.read() as tx:
        if stepping_up:
            session = await sessions.current(tx, hall, visitor, now)
            who = session.person_id if session is not None else None
        else:
            who = interaction.named.who if interaction.named is not None else None
        return None if who is None else await _known(tx, hall, who, kind, visitor, now)


async def _known(tx: Tx, hall: Hall, who: str, kind: str, visitor: Visitor, now: datetime) -> _Known:
    """The same statements whoever it is."""
    person = await tx.persons.get(who)
    counting = await usable.of_kinds(tx, hall, person, frozenset({kind, code_cards.PIN}), now)
    browser = await known_browser.known(tx, who, visitor, kind)
    return _Known(who, person, counting, browser)


def _page(interaction: Interaction) -> str:
    """What a code is bound to: this sign-in, and the name as it was typed.

    So that whoever types a number and then an address learns by no wait that both are one person's.
    """
    return interaction.id if interaction.named is None else f"{interaction.id}\0{interaction.named.spelled}"


def _pin_waits(interaction: Interaction, holder: Authenticator, now: datetime) -> bool:
    """The PIN that was typed with the number of the card, a moment ago, and not changed since."""
    named = interaction.named
    if named is None or named.pin_at is None or named.pin_id != holder.id:
        return False
    return 0 <= (now - named.pin_at).total_seconds() <= _PIN_WAITS_S


async def _pin_is_right(hall: Hall, holder: Authenticator | None, pin: Secret) -> bool:
    """The same work where there is none."""
    if holder is None:
        await hall.passwords.dummy_verify(pin)
        return False
    return (await hall.passwords.verify(pin, holder.secret.decode("utf-8"))).ok
