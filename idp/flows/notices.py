"""Notices to a person: put into the outbox in the transaction that causes them, for every channel proven to be theirs.

A notice says what happened, whom to call and with which reference. The link in an e-mail only takes access away.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson

from idp.audit import kinds
from idp.audit.event import event
from idp.authn.message_code import Channel
from idp.catalogue.languages import DEFAULT, first_known
from idp.flows import channel_standing
from idp.flows.delivery import FollowUp, Outcome
from idp.flows.hall import Hall
from idp.flows.not_me_link import Claim, link
from idp.identity import contact
from idp.identity.person import Person
from idp.kernel.ids import new_reference
from idp.notify.channels import EMAIL, SMS
from idp.notify.errors import NotSent
from idp.notify.notice import ACCOUNT_HELD, ACCOUNT_LOCKED, KINDS, RECOVERY_CANCELLED, Notice, NoticeKind, pack, unpack
from idp.storage.database import Tx
from idp.storage.outbox import Leased

EMAIL_KIND: Final = "email"
SMS_KIND: Final = "sms"
REPORT_KIND: Final = "sms_report"
# A channel is one receiver, whoever is written to: no client bears a colon, and no row tells whose address it was.
EMAIL_RECEIVER: Final = "notify:email"
SMS_RECEIVER: Final = "notify:sms"
REPORT_RECEIVER: Final = "notify:sms_report"

_REPORT_AFTER: Final = timedelta(seconds=5)
# Whoever knows a password must not be able to make a stranger's telephone ring all night, at the province's cost.
_MOST_IN_A_DAY: Final = 10
# Changes want the strongest proof, so a stranger can't cause them; they are counted apart, and never crowded out.
_MOST_CHANGES_IN_A_DAY: Final = 20
_WITHOUT_LINK: Final = frozenset({ACCOUNT_HELD, ACCOUNT_LOCKED, RECOVERY_CANCELLED})
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Told:
    """`reference` stands in the notice and in its audit event; no channel: nobody could be reached."""

    reference: str
    channels: tuple[str, ...]


async def tell(tx: Tx, hall: Hall, person: Person, kind: str, now: datetime, **values: object) -> Told | None:
    """What was put on its way; None where the person was told enough for one day.

    `kind` and `values` are those of `idp/notify/notice.py`. Set `hall.outbox_due` after the commit.
    """
    if await _was_told_enough(tx, person.id, KINDS[kind], now):
        return None
    reference = new_reference()
    name = person.facts["name"].value if "name" in person.facts else ""
    lang = first_known(contact.languages(person)) or DEFAULT
    # What only takes access away needs no second word against it.
    not_me = "" if kind in _WITHOUT_LINK else link(hall, Claim(person.id, kind, now), now)
    notice = Notice(kind, lang, reference, str(name), values, not_me)
    sent = {}
    for channel, (outbox_kind, receiver, to) in _ways(hall, person, KINDS[kind]).items():
        if await channel_standing.is_dead(tx, person, Channel(channel), to):
            continue
        sent[channel] = await tx.outbox.put(outbox_kind, receiver, pack(notice, to), now)
    await tx.events.append(
        event(
            kinds.NOTICE_SENT,
            at=now,
            actor="system",
            person_id=person.id,
            notice=kind,
            channels=sorted(sent),
            messages=sorted(sent.values()),
            reference=reference,
        )
    )
    return Told(reference, tuple(sorted(sent)))


async def _was_told_enough(tx: Tx, person_id: str, kind: NoticeKind, now: datetime) -> bool:
    most = _MOST_CHANGES_IN_A_DAY if kind.change else _MOST_IN_A_DAY
    latest = await tx.events.page(
        person_id=person_id, kind=kinds.NOTICE_SENT, limit=_MOST_IN_A_DAY + _MOST_CHANGES_IN_A_DAY
    )
    of_today = [str(stored.event.changed.get("notice")) for stored in latest if stored.event.at > now - _A_DAY]
    alike = [KINDS[told].change is kind.change for told in of_today if told in KINDS]
    return alike.count(True) >= most


def _ways(hall: Hall, person: Person, kind: NoticeKind) -> dict[str, tuple[str, str, str]]:
    """The channels of this deployment on which this person once proved to be reached."""
    ways = {EMAIL: (EMAIL_KIND, EMAIL_RECEIVER, contact.verified_email(person))}
    if kind.sms:
        ways[SMS] = (SMS_KIND, SMS_RECEIVER, contact.verified_mobile(person))
    usable = hall.channels.all()
    return {name: (kind, to_whom, to) for name, (kind, to_whom, to) in ways.items() if to and name in usable}


async def attempt_email(hall: Hall, message: Leased, _now: datetime) -> Outcome:
    return await _attempt(hall, message, EMAIL)


async def attempt_sms(hall: Hall, message: Leased, _now: datetime) -> Outcome:
    """Accepted is not delivered: what became of it is asked later."""
    asked = orjson.dumps({"id": message.id, "to": unpack(message.payload)[1]})
    question = FollowUp(REPORT_KIND, REPORT_RECEIVER, asked, _REPORT_AFTER)
    return await _attempt(hall, message, SMS, question)


async def _attempt(hall: Hall, message: Leased, name: str, then: FollowUp | None = None) -> Outcome:
    channel = hall.channels.all().get(name)
    if channel is None:
        return Outcome(reason="channel_off", final=True)
    notice, to = unpack(message.payload)
    try:
        return Outcome(status=await channel.send(message.id, to, notice), then=then)
    except NotSent as failure:
        return Outcome(reason=failure.reason, final=failure.final)
