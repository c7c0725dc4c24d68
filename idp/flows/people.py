"""People by an administrator's hand: added with what is known of them, suspended, restored, closed and found."""

from datetime import datetime
from typing import Any, Final

from idp.audit import kinds
from idp.audit.event import Event, event
from idp.crypto import totp
from idp.crypto.password_hash import PasswordHash, UnusablePassword
from idp.flows import access, addresses, identity_numbers, names, security_events
from idp.flows.hall import Hall
from idp.flows.person_document import NewPerson, UnusableDocument
from idp.identity import life_event, login_identifier, name, name_search
from idp.identity.person import Fact, Person, PersonState
from idp.identity.routes import imported
from idp.identity.verification import Verification
from idp.kernel.clock import day_of
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.storage.database import Tx
from idp.storage.errors import AlreadyExists
from idp.storage.persons import SANDBOX_MARK

# What says who somebody is; contact data and preferences are nobody's evidence.
_VERIFIED: Final = frozenset({"name", "family_name", "middle_name", "given_name", "birthdate", "gender", "address"})


class IdentifierTaken(Exception):
    """An identity number, phone number, e-mail address or code card belongs to somebody already.

    `case_id`: where it is an identity number, now or before, somebody has to find out who of the two is its bearer.
    """

    def __init__(self, case_id: str | None = None) -> None:
        super().__init__(identity_numbers.BOUND)
        self.case_id = case_id


class EventStands(Exception):
    """A death or a revoked number holds the account: it is the event that has to be reversed."""


class UnknownCommune(UnusableDocument):
    """The commune is none that the operator imported, or none of this day."""

    def __init__(self) -> None:
        super().__init__("commune is no code of a unit that stands today: see idp communes list.")


async def add(hall: Hall, new: NewPerson, *, actor: str, now: datetime) -> str:
    """The new person's id. Raises IdentifierTaken, or UnusableDocument for a password or hash that can't be used."""
    password = await _password(hall, new)
    _check_totp(new)
    person = _person(new, now)
    try:
        async with hall.db.tx() as tx:
            if new.commune is not None and await tx.communes.at(new.commune, day_of(now)) is None:
                raise UnknownCommune
            await tx.persons.add(person, _identifiers(hall, new))
            await _remember(tx, person, new, now)
            if person.level > Level.BASIC:
                await tx.verifications.add(_taken_over(person, new, now))
            if password is not None:
                await tx.authenticators.add(person.id, "password", password.encode(), now, level_cap=Level.HIGH)
            if new.totp_secret is not None:
                seed = new.totp_secret.reveal().encode()
                await tx.authenticators.add(person.id, "totp", seed, now, level_cap=Level.HIGH)
            await tx.events.append(_added(person, new, actor, now))
    except AlreadyExists:
        numbers = (*((new.number,) if new.number else ()), *new.old_numbers)
        raise IdentifierTaken(await identity_numbers.dispute(hall, numbers, actor=actor, now=now)) from None
    return person.id


async def set_state(hall: Hall, person_id: str, state: PersonState, *, actor: str, reason: str, now: datetime) -> bool:
    """Suspending and closing act at once: every session ends, every grant with it, and the services are told.

    False: nobody bears this id, or they are in this state already. Whoever is closed stays so. Raises EventStands where
    a life event that nobody reversed holds what is to be activated.
    """
    async with hall.db.tx() as tx:
        person = await tx.persons.alone(person_id)
        if person is None:
            return False
        happened = await tx.life_events.of_person(person_id)
        base = life_event.base_of(person.state, happened)
        held = life_event.state_of(PersonState.ACTIVE, happened) is not PersonState.ACTIVE
        if held and state is PersonState.ACTIVE and base is not PersonState.CLOSED:
            raise EventStands
        if base in (state, PersonState.CLOSED):
            return False
        # What an administrator decides stays below the events, and is what their reversal gives back.
        await tx.life_events.rebase(person_id, state)
        after = life_event.state_of(state, happened)
        await tx.persons.set_state(person_id, after, now)
        await security_events.account_changed(tx, person, after, now)
        if after is not PersonState.ACTIVE:
            await access.end(tx, person_id, actor=actor, reason=state.value, now=now)
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
        return bool((await tx.name_index.search([SANDBOX_MARK], 1)).ids)


async def _ids(tx: Tx, text: str) -> list[str]:
    if await tx.persons.get(text) is not None:
        return [text]
    for candidate in login_identifier.parse(text):
        person_id = await tx.persons.find(candidate.kind, candidate.value)
        if person_id is not None:
            return [person_id]
    return list((await tx.name_index.search(name.search_words(text))).ids)


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


def _identifiers(hall: Hall, new: NewPerson) -> list[tuple[str, str]]:
    """With the claims on every number, current and old, and the marks that stand among the words of the name."""
    claims = [identity_numbers.claim(new.number)] if new.number else []
    claims += [identity_numbers.claim(number) for number in new.old_numbers]
    marks = [SANDBOX_MARK] if hall.policies.is_sandbox else []
    marks += [name_search.commune_mark(new.commune)] if new.commune else []
    return [*new.identifiers, *claims, *(("name_word", mark) for mark in marks)]


async def _remember(tx: Tx, person: Person, new: NewPerson, now: datetime) -> None:
    """What the document says of the past, and the number itself, which no index can tell."""
    if new.number is not None:
        await identity_numbers.remember(tx, person.id, new.number, source=new.source, now=now)
    for number in new.old_numbers:
        await identity_numbers.remember(tx, person.id, number, source=new.source, now=now, old=True)
    if new.former_names:
        await names.remember_former(tx, person, new.former_names, new.source, now)
    if new.commune is not None:
        await addresses.remember(tx, person, new.commune, new.source, now)


def _person(new: NewPerson, now: datetime) -> Person:
    return Person(
        id=new_id(),
        state=PersonState.ACTIVE,
        level=new.level,
        facts={claim: Fact(value, new.source, now) for claim, value in _known(new).items()},
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


def _known(new: NewPerson) -> dict[str, Any]:
    return {**new.claims, **({names.COMMUNE: new.commune} if new.commune is not None else {})}


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
