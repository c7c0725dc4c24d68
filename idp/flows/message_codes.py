"""One-time codes by SMS and e-mail: sent where a person is surely reached, and good once, for what they were asked.

A code rides in the outbox as notices do, sealed; here stays a keyed digest of it, bound to the person, the channel,
the purpose and the page (`bound_to`: an interaction, a session, a recovery) that asked. Names that nobody bears get the
same work: their code is made, counted and dropped on its way.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

import orjson

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import message_code
from idp.authn.message_code import DIGITS, Channel, CodePurpose, Kept, Verdict
from idp.catalogue.languages import DEFAULT, first_known
from idp.crypto.root_keys import Purpose
from idp.flows import channel_standing, delivery_reports, switched_off
from idp.flows.channel_standing import CLAIMS, KINDS
from idp.flows.delivery import Outcome
from idp.flows.hall import Hall
from idp.identity import contact, masking
from idp.identity.person import Person
from idp.kernel.clock import epoch
from idp.kernel.ids import new_reference
from idp.kernel.secret import Secret, new_digits
from idp.notify.notice import ONE_TIME_CODE, Notice, pack, unpack
from idp.storage.database import Tx
from idp.storage.outbox import Leased

SMS_KIND: Final = "sms_code"
EMAIL_KIND: Final = "email_code"
# Whoever waits at a page does not wait behind notices: receivers of their own.
SMS_RECEIVER: Final = "notify:sms_code"
EMAIL_RECEIVER: Final = "notify:email_code"

_WAYS: Final = {Channel.SMS: (SMS_KIND, SMS_RECEIVER), Channel.EMAIL: (EMAIL_KIND, EMAIL_RECEIVER)}
_HOUR_S: Final = 3600
_DAY_S: Final = 24 * 3600
_NOBODY: Final = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """On its way. `masked`: where to, for the eyes of the person alone; empty for a name that was only typed."""

    masked: str
    again_s: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing was sent; it may be asked again after this many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Unreachable:
    """This person has no such channel, or it has ceased to be a proof of anything."""


Sending: TypeAlias = Sent | Wait | Unreachable


async def send(
    hall: Hall,
    person: Person,
    channel: Channel,
    purpose: CodePurpose,
    bound_to: str,
    now: datetime,
    *,
    asker: str = "",
) -> Sending:
    """A new code; the one before, for the same, is void.

    `asker` is given where this browser or session is known to be the person's: strangers who use up the limits of an
    hour then hold up each other, and not them.
    """
    async with hall.db.read() as tx:
        address = await _address(tx, hall, person, channel, purpose, now)
    if address is None:
        return Unreachable()
    waiting = await _admit(hall, channel, person.id, address, (bound_to, asker), now)
    if waiting:
        return Wait(waiting)
    await _send(hall, person, address, channel, purpose, (person.id, bound_to), now)
    masked = masking.phone(address) if channel is Channel.SMS else masking.email(address)
    return Sent(masked, _again_s(hall))


async def send_to_nobody(
    hall: Hall, named: str, channel: Channel, purpose: CodePurpose, bound_to: str, now: datetime
) -> Sent | Wait:
    """The same work for a name that nobody bears, or that gets no codes this way. `check` it under the same name."""
    async with hall.db.read() as tx:
        await _address(tx, hall, None, channel, purpose, now)
    waiting = await _admit(hall, channel, named, named, (bound_to, ""), now)
    if waiting:
        return Wait(waiting)
    await _send(hall, None, _NOBODY, channel, purpose, (named, bound_to), now)
    return Sent("", _again_s(hall))


async def check(
    hall: Hall, person_id: str, channel: Channel, purpose: CodePurpose, bound_to: str, code: str, now: datetime
) -> bool:
    """Whether this is the code that was sent for this; it counts once, and five guesses make it void."""
    return await judge(hall, person_id, channel, purpose, bound_to, code, now) is Verdict.RIGHT


async def judge(
    hall: Hall, person_id: str, channel: Channel, purpose: CodePurpose, bound_to: str, code: str, now: datetime
) -> Verdict:
    """The same, for a door that tells a double click from a guess."""
    typed, policy = "".join(code.split()), hall.policies.codes
    if not message_code.is_code(typed):
        return Verdict.WRONG
    name = _opaque(hall, "name", channel, purpose, person_id, bound_to)
    digest = _opaque(hall, "code", channel, purpose, person_id, bound_to, typed)
    # Another guess in between is counted first; more of them at once than the code bears, and it is void.
    for _ in range(policy.tries + 1):
        found = await hall.cache.message_codes.get(name)
        if found is None:
            return Verdict.WRONG
        verdict, kept = message_code.judge(message_code.from_json(orjson.loads(found.record)), digest, now, policy)
        if kept is None:
            return verdict
        left = max(1, int((kept.ends_at - now).total_seconds()))
        if await hall.cache.message_codes.swap(name, found.version, _record(kept), left):
            if verdict is Verdict.RIGHT:
                await channel_standing.proven(hall, person_id, channel, purpose, now)
            return verdict
    return Verdict.WRONG


async def attempt_sms(hall: Hall, message: Leased, now: datetime) -> Outcome:
    return _unsent(message, now) or await delivery_reports.sms(hall, message, now)


async def attempt_email(hall: Hall, message: Leased, now: datetime) -> Outcome:
    return _unsent(message, now) or await delivery_reports.email(hall, message, now)


def _unsent(message: Leased, now: datetime) -> Outcome | None:
    """What goes nowhere: a code that lapsed while the server was away, and the one for nobody."""
    notice, to = unpack(message.payload)
    if to == _NOBODY:
        return Outcome(reason="nobody", final=True)
    return Outcome(reason="lapsed", final=True) if epoch(now) >= notice.values["until"] else None


async def pending(
    hall: Hall, person_id: str, channel: Channel, purpose: CodePurpose, bound_to: str, now: datetime
) -> bool:
    """Whether a code was sent for this that still counts."""
    found = await hall.cache.message_codes.get(_opaque(hall, "name", channel, purpose, person_id, bound_to))
    return found is not None and now < message_code.from_json(orjson.loads(found.record)).ends_at


async def _address(
    tx: Tx, hall: Hall, person: Person | None, channel: Channel, purpose: CodePurpose, now: datetime
) -> str | None:
    """Where the person surely reads it, by a channel that this deployment has and the person did not switch off.

    Whoever switches a channel on proves it by this very code: then what is known of them, proven or not, is enough.
    """
    forbidden = KINDS[channel] in await switched_off.kinds(tx, person.id if person is not None else "")
    if channel not in hall.channels.all() or forbidden:
        return None
    if purpose is not CodePurpose.ENROL:
        return await channel_standing.proving(tx, hall, person, channel, now)
    address = contact.told(person, CLAIMS[channel]) if person is not None else None
    return address if address is None or channel is Channel.EMAIL or contact.is_mobile(address) else None


async def _admit(hall: Hall, channel: Channel, whose: str, address: str, place: tuple[str, str], now: datetime) -> int:
    """Seconds to wait before a message more; 0: this one is counted. `place`: the page that asks, and its asker."""
    policy, (bound_to, asker) = hall.policies.codes, place
    limits = (
        (_opaque(hall, "again", channel, bound_to), 1, int(policy.resend_after.total_seconds())),
        (_opaque(hall, "person", whose, asker), policy.in_an_hour, _HOUR_S),
        (_opaque(hall, "person today", whose, asker), policy.in_a_day, _DAY_S),
        (_opaque(hall, "address", channel, address, asker), policy.in_an_hour, _HOUR_S),
    )
    # Looked at before any is counted: knocking on never pushes the end of a wait away.
    seen = [await hall.cache.throttle.peek(key, limit, window, now) for key, limit, window in limits]
    if not all(verdict.allowed for verdict in seen):
        return max(1, *(verdict.retry_after_s for verdict in seen))
    counted = [await hall.cache.throttle.hit(key, limit, window, now) for key, limit, window in limits]
    return 0 if all(verdict.allowed for verdict in counted) else max(1, *(one.retry_after_s for one in counted))


async def _send(
    hall: Hall,
    person: Person | None,
    address: str,
    channel: Channel,
    purpose: CodePurpose,
    bound: tuple[str, str],
    now: datetime,
) -> None:
    code, lifetime, reference = new_digits(DIGITS), hall.policies.codes.lifetime, new_reference()
    name = _opaque(hall, "name", channel, purpose, *bound)
    kept = Kept(_opaque(hall, "code", channel, purpose, *bound, code.reveal()), now + lifetime)
    await hall.cache.message_codes.put(name, _record(kept), int(lifetime.total_seconds()))
    kind, receiver = _WAYS[channel]
    async with hall.db.tx() as tx:
        message = await tx.outbox.put(kind, receiver, pack(_notice(person, code, reference, kept, now), address), now)
        told = {"channel": channel.value, "purpose": purpose.value, "message": message, "reference": reference}
        person_id = person.id if person is not None else None
        await tx.events.append(event(kinds.CODE_SENT, at=now, actor="anonymous", person_id=person_id, **told))
    hall.outbox_due.set()


def _notice(person: Person | None, code: Secret, reference: str, kept: Kept, now: datetime) -> Notice:
    name = person.facts["name"].value if person is not None and "name" in person.facts else ""
    lang = (first_known(contact.languages(person)) if person is not None else None) or DEFAULT
    until = epoch(kept.ends_at)
    values = {"code": code.reveal(), "minutes": (until - epoch(now)) // 60, "until": until}
    return Notice(ONE_TIME_CODE, lang, reference, str(name), values)


def _again_s(hall: Hall) -> int:
    return int(hall.policies.codes.resend_after.total_seconds())


def _record(kept: Kept) -> bytes:
    return orjson.dumps(message_code.to_json(kept))


def _opaque(hall: Hall, *parts: str) -> bytes:
    """Keyed: neither who is meant nor the code can be read, or found by trying a million."""
    framed = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hmac.new(hall.roots.derive(Purpose.MESSAGE_CODES), framed, hashlib.sha256).digest()
