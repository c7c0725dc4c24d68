"""Which endpoints and keys of an upstream count: proposed by one administrator, approved by another, and recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.hall import Hall
from idp.flows.upstream_health import POPULATION_REGISTER, VNEID
from idp.identity import two_hands, upstream_pin
from idp.identity.two_hands import NotApproved, Objection
from idp.identity.upstream_pin import Pin, Proposal
from idp.kernel.ids import new_id
from idp.upstream.errors import Reason, UpstreamFailed

UPSTREAMS = (VNEID, POPULATION_REGISTER)


class Absent(Exception):
    """This deployment has no connection to that upstream."""


class Pinned(Protocol):
    """Whatever is believed only as far as two administrators agreed."""

    @property
    def issuer(self) -> str: ...

    async def published(self, now: datetime) -> Pin: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts, what waits for a second hand, and how the upstream's own word differs from what counts.

    `published` is None where it gave no usable answer.
    """

    approved: Proposal | None
    waiting: Proposal | None
    published: Pin | None

    @property
    def differs(self) -> tuple[str, ...]:
        return () if self.published is None else upstream_pin.differences(_pin(self.approved), self.published)


async def current(hall: Hall, upstream: str = VNEID) -> Pin | None:
    """What counts when it is asked. None in a sandbox where nothing was approved: simulators may make new keys.

    Raises UpstreamFailed in production as long as two administrators have approved nothing.
    """
    async with hall.db.read() as tx:
        approved = await tx.upstream_pins.approved(_pinned(hall, upstream).issuer)
    if approved is None and not hall.policies.is_sandbox:
        raise UpstreamFailed(Reason.UNAPPROVED, "nothing approved")
    return _pin(approved)


async def standing(hall: Hall, now: datetime, upstream: str = VNEID) -> Standing:
    """For administrators."""
    pinned = _pinned(hall, upstream)
    async with hall.db.read() as tx:
        approved = await tx.upstream_pins.approved(pinned.issuer)
        latest = await tx.upstream_pins.latest(pinned.issuer)
    try:
        published = await pinned.published(now)
    except UpstreamFailed:
        published = None
    return Standing(approved, latest if latest is not None and latest.approved_by is None else None, published)


async def propose(hall: Hall, actor: str, now: datetime, upstream: str = VNEID) -> Proposal:
    """What it publishes at this moment, for a second person to compare. Raises UpstreamFailed."""
    pin = await _pinned(hall, upstream).published(now)
    proposal = Proposal(new_id(), pin, now, actor)
    async with hall.db.tx() as tx:
        approved = await tx.upstream_pins.approved(pin.issuer)
        await tx.upstream_pins.propose(proposal.id, pin, actor, now)
        differs = list(upstream_pin.differences(_pin(approved), pin))
        told: dict[str, Any] = {"upstream": upstream, "fingerprint": pin.fingerprint, "differs": differs}
        await tx.events.append(event(kinds.UPSTREAM_PROPOSED, at=now, actor=actor, **told))
    return proposal


async def approve(hall: Hall, fingerprint: str, actor: str, now: datetime, upstream: str = VNEID) -> Proposal:
    """The second hand. Raises NotApproved: for one's own proposal, an older one, or what differs in a single letter."""
    issuer = _pinned(hall, upstream).issuer
    async with hall.db.tx() as tx:
        proposal = await tx.upstream_pins.latest(issuer)
        objection = two_hands.objection(proposal, fingerprint, actor)
        if objection is not None or proposal is None:
            raise NotApproved(objection or Objection.UNKNOWN)
        if not await tx.upstream_pins.approve(proposal.id, actor, now):
            raise NotApproved(Objection.DONE)
        told = {"upstream": upstream, "fingerprint": fingerprint, "proposed_by": proposal.proposed_by}
        await tx.events.append(event(kinds.UPSTREAM_APPROVED, at=now, actor=actor, **told))
    return proposal


def _pinned(hall: Hall, upstream: str) -> Pinned:
    found: Mapping[str, Pinned | None] = {VNEID: hall.vneid, POPULATION_REGISTER: hall.population_register}
    connected = found[upstream]
    if connected is None:
        raise Absent
    return connected


def _pin(proposal: Proposal | None) -> Pin | None:
    return proposal.pin if proposal is not None else None
