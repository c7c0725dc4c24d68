"""What a person is shown before a service receives anything, and what becomes of the answer."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from idp.audit import kinds
from idp.audit.event import event
from idp.consent import rules
from idp.consent.rules import Pending
from idp.decision.situation import Asked, Authentication
from idp.flows import interactions, receipts
from idp.flows.account_lock import refuse_if_locked
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction, InteractionFinished
from idp.kernel.errors import AccessDenied


@dataclass(frozen=True, slots=True)
class Answered:
    """`ticked` holds the optional items that the person chose to add."""

    allow: bool
    ticked: Collection[str] = ()


async def decide(
    hall: Hall,
    interaction: Interaction,
    wanted: Asked,
    present: Authentication,
    shown: Pending,
    answer: Answered,
    now: datetime,
) -> None:
    """Record the decision about what was shown.

    Raises AccessDenied (for the client) when the person refused, and AccountLocked.
    """
    if not answer.allow:
        await _refuse(hall, interaction, present, now)
        raise AccessDenied("the person refused")
    if not await interactions.advance(hall, interaction):
        return
    person_id, client_id = present.person.id, wanted.request.client_id
    decision = rules.allow(shown.shown, wanted.terms, present.decision, answer.ticked, person_id, client_id, now)
    registered = await hall.clients.fresh(client_id, now)
    async with hall.db.tx() as tx:
        await refuse_if_locked(tx, person_id)
        await tx.consents.record(decision)
        receipt_id = None
        if registered is not None:
            # The receipt says what the page said, whatever the registration says by now.
            receipt_id = await receipts.given(tx, hall, replace(registered, terms=wanted.terms), decision, shown.shown)
        await tx.events.append(
            event(
                kinds.CONSENT_GIVEN,
                at=now,
                actor=f"person:{person_id}",
                person_id=person_id,
                client_id=client_id,
                scope=sorted(decision.told),
                claims=sorted(decision.claims),
                refused=sorted(decision.refused) or None,
                receipt_id=receipt_id,
            )
        )


async def _refuse(hall: Hall, interaction: Interaction, present: Authentication, now: datetime) -> None:
    if not await interactions.finish(hall, interaction):
        raise InteractionFinished
    async with hall.db.tx() as tx:
        await tx.events.append(
            event(
                kinds.CONSENT_REFUSED,
                at=now,
                actor=f"person:{present.person.id}",
                person_id=present.person.id,
                client_id=interaction.request.client_id,
            )
        )
