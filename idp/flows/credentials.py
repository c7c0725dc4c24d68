"""What people do with their own authenticators: every act asks for fresh proof anew, and leaves an event.

Adding an application or a passkey takes two acts; what stands between them is in enrolment.py.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import own_changes, password_strength, sso_session
from idp.authn.password_strength import Weakness
from idp.crypto import common_passwords
from idp.flows import notices, recovery_codes, security_events, sessions, switched_off, usable
from idp.flows.account_lock import refuse_if_locked
from idp.flows.hall import Hall
from idp.flows.own_pages import Owner
from idp.flows.security_events import credential_change
from idp.kernel.clock import epoch
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from idp.notify import notice
from idp.storage.authenticators import Authenticator
from idp.storage.database import Tx

LONGEST_LABEL = 60
# Enough for every device of a household; a list without end is of use to nobody but an intruder.
MOST = 20


class NeedsProof(Exception):
    """Five minutes have passed, or the person can prove more than they did."""


class Refused(Exception):
    """Nothing of theirs, the last strong one, or one more than anybody needs."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The authenticators of somebody, and whether they may change them now.

    `dormant` ones count for nothing: switched off, or a code to an address that proves nothing any more.
    """

    authenticators: tuple[Authenticator, ...]
    may_change: bool
    dormant: tuple[Authenticator, ...] = ()

    def removable(self, one: Authenticator) -> bool:
        if any(other.id == one.id for other in self.dormant):
            return one.kind not in own_changes.NEVER_REMOVED
        return own_changes.may_remove(one.kind, [other.kind for other in self.authenticators if other.id != one.id])


async def standing(hall: Hall, owner: Owner, now: datetime) -> Standing:
    async with hall.db.read() as tx:
        every = await tx.authenticators.of_person(owner.person.id)
        return await _standing(tx, hall, owner, every, now)


async def provable(tx: Tx, hall: Hall, owner: Owner, now: datetime) -> list[Authenticator]:
    """Whatever of theirs counts now, for this transaction alone, where they have just proven enough to change it.

    Raises NeedsProof, or AccountLocked.
    """
    return list((await alone(tx, hall, owner, now)).authenticators)


async def alone(tx: Tx, hall: Hall, owner: Owner, now: datetime) -> Standing:
    """The same with what is dormant."""
    every = await tx.authenticators.of_person_alone(owner.person.id)
    await refuse_if_locked(tx, owner.person.id)
    found = await _standing(tx, hall, owner, every, now)
    if not found.may_change:
        raise NeedsProof
    return found


def level_of_session(hall: Hall, owner: Owner, now: datetime) -> Level:
    """What an authenticator enrolled now may ever bear: no more than the session that enrols it."""
    return sso_session.session_level(owner.session, now, hall.policies.sessions) or Level.BASIC


async def change_password(
    hall: Hall, owner: Owner, password: Secret, now: datetime, *, end_others: bool
) -> Weakness | None:
    """None: done. May raise NeedsProof or Refused, and `Busy` of the password workers."""
    if not (await standing(hall, owner, now)).may_change:
        raise NeedsProof
    about = [fact.value for fact in owner.person.facts.values()]
    weak = password_strength.weakness(password.reveal(), about, common_passwords.is_common)
    if weak is not None:
        return weak
    hashed = (await hall.passwords.hash(password)).encode("utf-8")
    person_id, level = owner.person.id, level_of_session(hall, owner, now)
    async with hall.db.tx() as tx:
        old = next((one for one in await provable(tx, hall, owner, now) if one.kind == "password"), None)
        if "password" in await switched_off.kinds(tx, person_id):
            raise Refused
        if old is None:
            changed = await tx.authenticators.add(person_id, "password", hashed, now, level_cap=level)
        else:
            changed = old.id
            await tx.authenticators.replace_secret(old.id, person_id, hashed)
            if old.level_cap < level:
                await tx.authenticators.set_cap(old.id, person_id, level)
        ended = 0
        if end_others:
            ended = await sessions.end_all(
                tx, person_id, actor=_actor(owner), reason="password_changed", now=now, keep=owner.session.id
            )
        told: dict[str, Any] = {"authenticator_id": changed, "level": level.word, "sessions": ended}
        await tx.events.append(event(kinds.PASSWORD_CHANGED, at=now, actor=_actor(owner), person_id=person_id, **told))
        await notices.tell(tx, hall, owner.person, notice.PASSWORD_CHANGED, now, at=epoch(now))
        await security_events.tell(tx, person_id, credential_change("password", "update", now), now)
    hall.outbox_due.set()
    return None


async def new_recovery_codes(hall: Hall, owner: Owner, now: datetime) -> tuple[Secret, ...]:
    """Ten new ones, shown once; the sheet from before is worthless from now on."""
    codes = recovery_codes.new_codes()
    person_id = owner.person.id
    async with hall.db.tx() as tx:
        for one in await provable(tx, hall, owner, now):
            if one.kind == recovery_codes.KIND:
                await tx.authenticators.remove(one.id, person_id)
        await added(tx, hall, owner, recovery_codes.KIND, recovery_codes.stored(hall, person_id, codes), now)
    hall.outbox_due.set()
    return codes


async def added(
    tx: Tx,
    hall: Hall,
    owner: Owner,
    kind: str,
    secret: bytes,
    now: datetime,
    *,
    label: str = "",
    credential: bytes | None = None,
    last_step: int | None = None,
) -> None:
    """One more authenticator, its event and its notice, after `provable`. Set `hall.outbox_due` after the commit.

    Raises Refused for a way that the person switched off.
    """
    person_id, level = owner.person.id, level_of_session(hall, owner, now)
    if kind in await switched_off.kinds(tx, person_id):
        raise Refused
    authenticator_id = await tx.authenticators.add(
        person_id,
        kind,
        secret,
        now,
        clean_label(label),
        level_cap=level,
        credential=credential,
        last_step=last_step,
    )
    told: dict[str, Any] = {"method": kind, "authenticator_id": authenticator_id, "level": level.word}
    await tx.events.append(event(kinds.AUTHENTICATOR_ADDED, at=now, actor=_actor(owner), person_id=person_id, **told))
    await security_events.tell(tx, person_id, credential_change(kind, "create", now), now)
    if kind == recovery_codes.KIND:
        await notices.tell(tx, hall, owner.person, notice.RECOVERY_CODES_MADE, now, at=epoch(now))
    else:
        await notices.tell(tx, hall, owner.person, notice.AUTHENTICATOR_ADDED, now, at=epoch(now), method=kind)


async def rename(hall: Hall, owner: Owner, authenticator_id: str, label: str, now: datetime) -> None:
    """May raise NeedsProof or Refused."""
    person_id = owner.person.id
    async with hall.db.tx() as tx:
        one = _own(await alone(tx, hall, owner, now), authenticator_id)
        await tx.authenticators.rename(one.id, person_id, clean_label(label))
        told: dict[str, Any] = {"method": one.kind, "authenticator_id": one.id}
        await tx.events.append(
            event(kinds.AUTHENTICATOR_RENAMED, at=now, actor=_actor(owner), person_id=person_id, **told)
        )


async def confirm(hall: Hall, owner: Owner, authenticator_id: str, now: datetime) -> None:
    """What was held when the level rose is its owner's: worth from now on what this session is worth, and no more.

    May raise NeedsProof or Refused.
    """
    person_id, level = owner.person.id, level_of_session(hall, owner, now)
    async with hall.db.tx() as tx:
        found = await alone(tx, hall, owner, now)
        one = _own(found, authenticator_id)
        if one.level_cap >= level:
            raise Refused
        for also in found.authenticators:
            # A code card and its PIN are one way in.
            if also.id == one.id or (one.kind == "code_card" and also.kind == "pin" and also.level_cap < level):
                await tx.authenticators.set_cap(also.id, person_id, level)
        told: dict[str, Any] = {"method": one.kind, "authenticator_id": one.id, "level": level.word}
        await tx.events.append(event(kinds.WAY_CONFIRMED, at=now, actor=_actor(owner), person_id=person_id, **told))
        await notices.tell(tx, hall, owner.person, notice.AUTHENTICATOR_ADDED, now, at=epoch(now), method=one.kind)
    hall.outbox_due.set()


async def remove(hall: Hall, owner: Owner, authenticator_id: str, now: datetime) -> None:
    """A lost device is signed out with it. May raise NeedsProof or Refused."""
    person_id = owner.person.id
    async with hall.db.tx() as tx:
        found = await alone(tx, hall, owner, now)
        one = _own(found, authenticator_id)
        if not found.removable(one):
            raise Refused
        await tx.authenticators.remove(one.id, person_id)
        if one.kind == "code_card":
            await _without_card(tx, person_id, found)
        ended = 0
        for session, _ in await tx.sessions.of_person(person_id, now):
            used_here = any(proof.authenticator_id == one.id for proof in session.proofs)
            if used_here and session.id != owner.session.id:
                ended += await sessions.end(tx, session, actor=_actor(owner), reason="authenticator_removed", now=now)
        told: dict[str, Any] = {"method": one.kind, "authenticator_id": one.id, "sessions": ended}
        await tx.events.append(
            event(kinds.AUTHENTICATOR_REMOVED, at=now, actor=_actor(owner), person_id=person_id, **told)
        )
        await notices.tell(tx, hall, owner.person, notice.AUTHENTICATOR_REMOVED, now, at=epoch(now), method=one.kind)
        await security_events.tell(tx, person_id, credential_change(one.kind, "delete", now), now)
    hall.outbox_due.set()


def clean_label(label: str) -> str:
    """What people call a device: one line, NFC, nothing that is not seen."""
    line = unicodedata.normalize("NFC", " ".join(label.split()))
    return "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))[:LONGEST_LABEL]


async def _without_card(tx: Tx, person_id: str, found: Standing) -> None:
    """A PIN without its card opens nothing, and the number of the card names nobody any more."""
    for other in (*found.authenticators, *found.dormant):
        if other.kind == "pin":
            await tx.authenticators.remove(other.id, person_id)
    await tx.persons.set_identifiers(person_id, "code_card", ())


def _own(found: Standing, authenticator_id: str) -> Authenticator:
    one = next((one for one in (*found.authenticators, *found.dormant) if one.id == authenticator_id), None)
    if one is None:
        raise Refused
    return one


async def _standing(tx: Tx, hall: Hall, owner: Owner, every: list[Authenticator], now: datetime) -> Standing:
    enrolled = await usable.among(tx, hall, owner.person, every, now)
    may_change = own_changes.may_change(owner.session.proofs, [one.kind for one in enrolled], now)
    return Standing(tuple(enrolled), may_change, tuple(one for one in every if one not in enrolled))


def _actor(owner: Owner) -> str:
    return f"person:{owner.person.id}"
