"""People by an administrator's hand: added with what is known of them, suspended, restored, closed and found."""

from datetime import datetime
from typing import Final

from idp.audit import kinds
from idp.audit.event import Event, event
from idp.crypto import totp
from idp.crypto.password_hash import PasswordHash, UnusablePassword
from idp.flows import sessions
from idp.flows.hall import Hall
from idp.flows.person_document import NewPerson, UnusableDocument
from idp.identity import login_identifier, name
from idp.identity.person import Fact, Person, PersonState
from idp.identity.routes import imported
from idp.identity.verification import Verification
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.storage.database import Tx
from idp.storage.errors import AlreadyExists

# Indexed like a word of the name, though no name folds to it: whether anybody of the sandbox is here takes one look.
SANDBOX_MARK: Final = "\x00sandbox"
# What says who somebody is; contact data and preferences are nobody's evidence.
_VERIFIED: Final = frozenset({"name", "family_name", "middle_name", "given_name", "birthdate", "gender", "address"})


class IdentifierTaken(Exception):
    """An identity number, phone number, e-mail address or code card belongs to somebody already."""


async def add(hall: Hall, new: NewPerson, *, actor: str, now: datetime) -> str:
    """The new person's id. Raises IdentifierTaken, or UnusableDocument for a password or hash that can't be used."""
    password = await _password(hall, new)
    _check_totp(new)
    person = _person(new, now)
    identifiers = [*new.identifiers, *([("name_word", SANDBOX_MARK)] if hall.policies.is_sandbox else [])]
    try:
        async with hall.db.tx() as tx:
            await tx.persons.add(person, identifiers)
            if person.level > Level.BASIC:
                await tx.verifications.add(_taken_over(person, new, now))
            if password is not None:
                await tx.authenticators.add(person.id, "password", password.encode(), now, level_cap=Level.HIGH)
            if new.totp_secret is not None:
                seed = new.totp_secret.reveal().encode()
                await tx.authenticators.add(person.id, "totp", seed, now, level_cap=Level.HIGH)
            await tx.events.append(_added(person, new, actor, now))
    except AlreadyExists:
        raise IdentifierTaken from None
    return person.id


async def set_state(hall: Hall, person_id: str, state: PersonState, *, actor: str, reason: str, now: datetime) -> bool:
    """Suspending and closing act at once: every session ends, every grant with it, and the services are told.

    False: nobody bears this id, or they are in this state already. Whoever is closed stays so.
    """
    async with hall.db.tx() as tx:
        person = await tx.persons.get(person_id)
        if person is None or person.state is state or person.state is PersonState.CLOSED:
            return False
        await tx.persons.set_state(person_id, state, now)
        if state is not PersonState.ACTIVE:
            await sessions.end_all(tx, person_id, actor=actor, reason=state.value, now=now)
            # Those with offline_access outlive sessions, but not the person's right to be here.
            for grant in await tx.grants.of_person(person_id):
                await tx.grants.revoke(grant.id, now)
        await tx.events.append(
            event(
                kinds.PERSON_STATE_CHANGED,
                at=now,
                actor=actor,
                person_id=person_id,
                before=person.state.value,
                after=state.value,
                reason=reason,
            )
        )
    hall.outbox_due.set()
    return True


async def find(hall: Hall, text: str) -> list[Person]:
    """By id, by any identifier, or else by the words of a name."""
    async with hall.db.read() as tx:
        ids = await _ids(tx, text)
        found = [await tx.persons.get(person_id) for person_id in ids]
    return [person for person in found if person is not None]


async def holds_sandbox_people(hall: Hall) -> bool:
    """Whether anybody in this database was put there by the demo or another sandbox."""
    async with hall.db.read() as tx:
        return bool(await tx.persons.search([SANDBOX_MARK], 1))


async def _ids(tx: Tx, text: str) -> list[str]:
    if await tx.persons.get(text) is not None:
        return [text]
    for candidate in login_identifier.parse(text):
        person_id = await tx.persons.find(candidate.kind, candidate.value)
        if person_id is not None:
            return [person_id]
    return await tx.persons.search(name.search_words(text))


async def _password(hall: Hall, new: NewPerson) -> str | None:
    if new.password is not None and new.password_hash is not None:
        raise UnusableDocument("password and password_hash exclude each other.")
    if new.password is not None:
        try:
            return await hall.passwords.hash(new.password)
        except UnusablePassword:
            raise UnusableDocument("password is empty, too long or no text.") from None
    if new.password_hash is None:
        return None
    if not PasswordHash().is_importable(new.password_hash.reveal()):
        raise UnusableDocument("password_hash is in no format that is safe to take over: give a new password instead.")
    return new.password_hash.reveal()


def _check_totp(new: NewPerson) -> None:
    if new.totp_secret is not None and not totp.is_usable(new.totp_secret):
        raise UnusableDocument("totp_secret is not base32 of at least 128 bits (RFC 4226 §4).")


def _person(new: NewPerson, now: datetime) -> Person:
    return Person(
        id=new_id(),
        state=PersonState.ACTIVE,
        level=new.level,
        facts={claim: Fact(value, new.source, now) for claim, value in new.claims.items()},
        created_at=now,
        updated_at=now,
        level_ends_at=new.level_ends_at,
    )


def _taken_over(person: Person, new: NewPerson, now: datetime) -> Verification:
    """What the level stands on: the administrator's word that another system of the province had verified it."""
    return Verification(
        id=new_id(),
        person_id=person.id,
        route=imported.ROUTE.name,
        level=person.level,
        framework=imported.ROUTE.framework,
        at=now,
        ends_at=person.level_ends_at,
        claims={claim: value for claim, value in new.claims.items() if claim in _VERIFIED},
    )


def _added(person: Person, new: NewPerson, actor: str, now: datetime) -> Event:
    """Names of what was written, never the values."""
    return event(
        kinds.PERSON_ADDED,
        at=now,
        actor=actor,
        person_id=person.id,
        claims=sorted(new.claims),
        identifiers=sorted({kind for kind, _ in new.identifiers}),
        level=new.level.word,
        source=new.source,
    )
