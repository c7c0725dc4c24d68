"""Which endpoints and keys of VNeID count: proposed by one administrator, approved by another, recorded of both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.hall import Hall
from idp.identity import upstream_pin
from idp.identity.upstream_pin import Objection, Pin, Proposal
from idp.kernel.ids import new_id
from idp.upstream.errors import Reason, UpstreamFailed
from idp.upstream.vneid import Vneid

_NAME = "vneid"


class Absent(Exception):
    """This deployment has no connection to VNeID."""


class NotApproved(Exception):
    """Nothing changed; `objection` says why."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(objection.value)
        self.objection = objection


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts, what waits for a second hand, and how VNeID's own word differs from what counts.

    `published` is None where it gave no usable answer.
    """

    approved: Proposal | None
    waiting: Proposal | None
    published: Pin | None

    @property
    def differs(self) -> tuple[str, ...]:
        return () if self.published is None else upstream_pin.differences(_pin(self.approved), self.published)


async def current(hall: Hall) -> Pin | None:
    """What counts at sign-in. None in a sandbox where nothing was approved: its simulator makes new keys at each start.

    Raises UpstreamFailed in production as long as two administrators have approved nothing.
    """
    async with hall.db.read() as tx:
        approved = await tx.upstream_pins.approved(_vneid(hall).policy.issuer)
    if approved is None and not hall.policies.is_sandbox:
        raise UpstreamFailed(Reason.UNAPPROVED, "nothing approved")
    return _pin(approved)


async def standing(hall: Hall, now: datetime) -> Standing:
    """For administrators."""
    vneid = _vneid(hall)
    async with hall.db.read() as tx:
        approved = await tx.upstream_pins.approved(vneid.policy.issuer)
        latest = await tx.upstream_pins.latest(vneid.policy.issuer)
    try:
        published = await vneid.published(now)
    except UpstreamFailed:
        published = None
    return Standing(approved, latest if latest is not None and latest.approved_by is None else None, published)


async def propose(hall: Hall, actor: str, now: datetime) -> Proposal:
    """What VNeID publishes at this moment, for a second person to compare. Raises UpstreamFailed."""
    pin = await _vneid(hall).published(now)
    proposal = Proposal(new_id(), pin, now, actor)
    async with hall.db.tx() as tx:
        approved = await tx.upstream_pins.approved(pin.issuer)
        await tx.upstream_pins.propose(proposal.id, pin, actor, now)
        differs = list(upstream_pin.differences(_pin(approved), pin))
        told: dict[str, Any] = {"upstream": _NAME, "fingerprint": pin.fingerprint, "differs": differs}
        await tx.events.append(event(kinds.UPSTREAM_PROPOSED, at=now, actor=actor, **told))
    return proposal


async def approve(hall: Hall, fingerprint: str, actor: str, now: datetime) -> Proposal:
    """The second hand. Raises NotApproved: for one's own proposal, an older one, or what differs in a single letter."""
    issuer = _vneid(hall).policy.issuer
    async with hall.db.tx() as tx:
        proposal = await tx.upstream_pins.latest(issuer)
        objection = upstream_pin.objection(proposal, fingerprint, actor)
        if objection is not None or proposal is None:
            raise NotApproved(objection or Objection.UNKNOWN)
        if not await tx.upstream_pins.approve(proposal.id, actor, now):
            raise NotApproved(Objection.DONE)
        told = {"upstream": _NAME, "fingerprint": fingerprint, "proposed_by": proposal.proposed_by}
        await tx.events.append(event(kinds.UPSTREAM_APPROVED, at=now, actor=actor, **told))
    return proposal


def _vneid(hall: Hall) -> Vneid:
    if hall.vneid is None:
        raise Absent
    return hall.vneid


def _pin(proposal: Proposal | None) -> Pin | None:
    return proposal.pin if proposal is not None else None
