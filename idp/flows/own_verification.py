"""A person has themselves verified from their own pages: which ways are open, what runs, and the word to stop it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from idp.flows import interactions, verification_cases
from idp.flows.hall import Hall
from idp.flows.interactions import InteractionFinished, InteractionLost, OtherBrowser
from idp.flows.own_pages import Owner
from idp.flows.verify_identity import Witnessed
from idp.flows.visitor import Visitor
from idp.identity import contact
from idp.identity.routes import ROUTES
from idp.identity.verification_case import CaseState, VerificationCase
from idp.kernel.errors import Refusal
from idp.storage.database import Tx

# A register must not become a way to find out somebody's birthday.
MOST_IN_A_DAY: Final = 3
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which service waits for the level, in which sign-in of this browser; both None: nobody does."""

    client_id: str | None = None
    interaction_id: str | None = None


async def wish(hall: Hall, interaction_id: str, visitor: Visitor) -> Wish:
    """Of a sign-in that is on its way in this very browser; anything else is no wish."""
    try:
        interaction = await interactions.load(hall, interaction_id, visitor) if interaction_id else None
    except (InteractionLost, InteractionFinished, OtherBrowser):
        interaction = None
    return Wish() if interaction is None else Wish(interaction.request.client_id, interaction.id)


def open_routes(hall: Hall) -> tuple[str, ...]:
    """In the order of the registry."""
    return tuple(name for name in ROUTES if name in hall.policies.cases.routes)


def is_reached(owner: Owner) -> bool:
    """Whether a notice would reach the owner: without that, its day of waiting would protect nobody."""
    return contact.verified_email(owner.person) is not None or contact.verified_mobile(owner.person) is not None


def witnessed(owner: Owner) -> Witnessed:
    """What the person proved in this session is theirs; the rest is held when the level rises."""
    proofs = frozenset(proof.authenticator_id for proof in owner.session.proofs)
    return Witnessed(f"person:{owner.person.id}", owner.session.id, proofs)


async def cases(hall: Hall, owner: Owner) -> list[VerificationCase]:
    """The newest first."""
    async with hall.db.read() as tx:
        return list(reversed(await tx.verification_cases.of_person(owner.person.id)))


async def case(hall: Hall, owner: Owner, case_id: str) -> VerificationCase | None:
    """None for another person's, too."""
    async with hall.db.read() as tx:
        found = await tx.verification_cases.get(case_id)
    return found if found is not None and found.person_id == owner.person.id else None


async def refuse_too_often(tx: Tx, person_id: str, route: str, now: datetime) -> None:
    """Raises Refusal. What runs is no new try."""
    every = await tx.verification_cases.of_person(person_id)
    tried = [one for one in every if one.route == route and one.opened_at > now - _A_DAY]
    if len(tried) >= MOST_IN_A_DAY and not any(one.runs for one in tried):
        raise Refusal("verification_too_often")


async def stop(hall: Hall, owner: Owner, case_id: str, now: datetime) -> bool:
    """The person changes their mind. False: there is nothing to stop, or an officer has it."""
    async with hall.db.tx() as tx:
        found = await tx.verification_cases.get(case_id)
        if found is None or found.person_id != owner.person.id or not found.runs:
            return False
        if found.state is CaseState.WAITS_FOR_SECOND:
            return False
        actor = f"person:{owner.person.id}"
        await verification_cases.move(
            tx, found, CaseState.STOPPED, now, actor=actor, due_at=None, reason="own_wish", details={}
        )
    return True
