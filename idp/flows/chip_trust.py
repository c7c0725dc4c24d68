"""Authorities for chips, on whom two agreed, and their revocation lists, which act at once on what was verified."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from idp.audit import kinds
from idp.audit.event import event
from idp.crypto.chip import revoked
from idp.crypto.chip.policy import TrustFiles
from idp.flows import verify_identity
from idp.flows.hall import Hall
from idp.identity import chip_trust, two_hands
from idp.identity.chip_trust import AnchorProposal, AnchorSet, Difference
from idp.identity.two_hands import NotApproved, Objection
from idp.identity.verification import Verification
from idp.kernel.ids import new_id
from idp.storage.chip_trust import KeptCrl
from idp.storage.database import Tx

if TYPE_CHECKING:
    from idp.crypto.chip.crl import Crl
    from idp.crypto.chip.trust import Trust, Unusable

SIGNER_REVOKED = "signer_revoked"
# The code by which the same is refused when a chip is read.
REVOKED = "dsc_revoked"


class Fault(StrEnum):
    """Why a file counts for nothing here."""

    NOTHING_USABLE = "nothing_usable"
    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    NOT_CURRENT = "not_current"
    OLDER = "older"


class NotImported(Exception):
    """Nothing changed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Proposed:
    """What waits for a second hand, how it differs from what counts, and what of the files is not in it, and why."""

    proposal: AnchorProposal
    difference: Difference
    unusable: "tuple[Unusable, ...]"


@dataclass(frozen=True, slots=True)
class Imported:
    """Whose list it is, and how many verifications ended because it names their signer."""

    name: str
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Standing:
    """`waiting`: for a second hand."""

    approved: AnchorProposal | None
    waiting: AnchorProposal | None
    crls: tuple[KeptCrl, ...]


async def standing(hall: Hall) -> Standing:
    async with hall.db.read() as tx:
        approved, latest, crls = (
            await tx.chip_trust.approved(),
            await tx.chip_trust.latest(),
            await tx.chip_trust.crls(),
        )
    waiting = latest if latest is not None and latest.approved_by is None else None
    return Standing(approved, waiting, tuple(crls))


async def files(hall: Hall) -> TrustFiles:
    """What a chip is verified against: the approved authorities, and the lists of whom there are any."""
    known = await standing(hall)
    anchors = AnchorSet(()) if known.approved is None else known.approved.anchors
    return TrustFiles(
        tuple(zip(anchors.thumbprints, anchors.certificates, strict=True)),
        tuple((kept.issuer, kept.crl) for kept in known.crls),
    )


async def propose(hall: Hall, given: Iterable[tuple[str, bytes]], actor: str, now: datetime) -> Proposed:
    """The certificates of these files that can be used, as the whole of what shall count. Raises NotImported."""
    trust = _loaded(TrustFiles(tuple(given)))
    usable = AnchorSet.of(one.der for one in trust.authorities())
    if not usable.certificates:
        raise NotImported(Fault.NOTHING_USABLE)
    proposal = AnchorProposal(new_id(), usable, now, actor)
    async with hall.db.tx() as tx:
        approved = await tx.chip_trust.approved()
        differs = chip_trust.difference(None if approved is None else approved.anchors, usable)
        await tx.chip_trust.propose(proposal.id, usable, actor, now)
        told: dict[str, Any] = {
            "fingerprint": usable.fingerprint,
            "added": len(differs.added),
            "removed": len(differs.removed),
        }
        await tx.events.append(event(kinds.TRUST_PROPOSED, at=now, actor=actor, **told))
    return Proposed(proposal, differs, trust.unusable)


async def approve(hall: Hall, fingerprint: str, actor: str, now: datetime) -> AnchorProposal:
    """The second hand. Raises NotApproved: for one's own proposal, an older one, or what differs in one certificate."""
    async with hall.db.tx() as tx:
        proposal = await tx.chip_trust.latest()
        objection = two_hands.objection(proposal, fingerprint, actor)
        if objection is not None or proposal is None:
            raise NotApproved(objection or Objection.UNKNOWN)
        if not await tx.chip_trust.approve(proposal.id, actor, now):
            raise NotApproved(Objection.DONE)
        told = {"fingerprint": fingerprint, "proposed_by": proposal.proposed_by}
        await tx.events.append(event(kinds.TRUST_APPROVED, at=now, actor=actor, **told))
    return proposal


async def import_crl(hall: Hall, der: bytes, actor: str, now: datetime) -> Imported:
    """One hand is enough: an approved authority has signed it, and it only takes away. Raises NotImported.

    What stood on a signer that it names ends at once; importing it again goes on where a first time was cut off.
    """
    crl = _signed(_loaded(await files(hall)), der)
    if not crl.is_current(now):
        raise NotImported(Fault.NOT_CURRENT)
    kept = KeptCrl(crl.issuer_sha256, crl.name, der, crl.this_update, crl.next_update, now, actor)
    async with hall.db.tx() as tx:
        before = next((one for one in await tx.chip_trust.crls() if one.issuer == kept.issuer), None)
        if before is not None and before.this_update > kept.this_update:
            raise NotImported(Fault.OLDER)
        await tx.chip_trust.keep_crl(kept)
        told = {"authority": kept.name, "this_update": kept.this_update.isoformat()}
        await tx.events.append(event(kinds.REVOCATION_LIST_IMPORTED, at=now, actor=actor, **told))
    return Imported(crl.name, await _withdraw_revoked(hall, crl, actor, now))


async def remember_signer(tx: Tx, done: Verification, *, issuer_sha256: str, serial: str) -> None:
    """In the transaction that records a verification by chip, so that a revocation finds it again."""
    await tx.chip_signers.add(done.id, issuer_sha256, serial)


async def is_revoked(tx: Tx, *, issuer_sha256: str, serial: str) -> bool:
    """Whether a list that came since names this signer: what stood its day must still count at its end."""
    return any(kept.issuer == issuer_sha256 and revoked.names(kept.crl, serial) for kept in await tx.chip_trust.crls())


async def _withdraw_revoked(hall: Hall, crl: "Crl", actor: str, now: datetime) -> int:
    """A person at a time: each with their own events and notices."""
    async with hall.db.read() as tx:
        serials = await tx.chip_signers.serials(crl.issuer_sha256)
        named = [serial for serial in serials if crl.revokes(int(serial, 16))]
        found = [pair for serial in named for pair in await tx.chip_signers.standing_on(crl.issuer_sha256, serial)]
    of_person: dict[str, set[str]] = {}
    for person_id, verification_id in found:
        of_person.setdefault(person_id, set()).add(verification_id)
    for person_id, ended in of_person.items():
        async with hall.db.tx() as tx:
            person = await tx.persons.get(person_id)
            if person is not None:
                await verify_identity.withdraw(tx, hall, person, frozenset(ended), SIGNER_REVOKED, now, actor=actor)
        hall.outbox_due.set()
    return len(found)


def _loaded(given: TrustFiles) -> "Trust":
    # Only whoever administers trust loads a reader of ASN.1.
    from idp.crypto.chip import trust  # noqa: PLC0415

    return trust.load(given)


def _signed(known: "Trust", der: bytes) -> "Crl":
    from idp.crypto.chip import chain, crl, trust  # noqa: PLC0415

    lists = trust.load(TrustFiles((), (("", der),))).crls
    if len(lists) != 1:
        raise NotImported(Fault.UNREADABLE)
    authorities = chain.lawful(known.anchors.get(lists[0].issuer, ()))
    if not any(crl.is_signed_by(lists[0], one) for one in authorities):
        raise NotImported(Fault.UNSIGNED)
    return lists[0]
