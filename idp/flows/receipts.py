"""Receipts: written with each decision and each withdrawal, signed whenever their owner asks for one.

Signed then, so that whatever key the hub had on the day of the decision may be retired, forgotten or compromised since.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from idp.consent import receipt
from idp.consent.decision import ConsentDecision
from idp.consent.items import Item
from idp.consent.receipt import About, ReceiptPurpose
from idp.flows.hall import Hall
from idp.flows.signing import sign
from idp.kernel.clock import epoch
from idp.kernel.ids import new_id
from idp.protocol.claims_parameter import VERIFIED_CLAIMS
from idp.protocol.scope import claims_of
from idp.storage.clients import RegisteredClient
from idp.storage.database import Tx
from idp.storage.receipts import Receipt
from idp.storage.types import storable

_ALG = "ES256"
_SERVICES = "/account/services"


async def given(
    tx: Tx, hall: Hall, registered: RegisteredClient, decision: ConsentDecision, shown: Iterable[Item] = ()
) -> str:
    """The receipt's number. In the transaction that records the decision; `shown` is what the page was about."""
    return await _add(tx, hall, registered, decision, receipt.GIVEN, decision.decided_at, shown)


async def withdrawn(tx: Tx, hall: Hall, registered: RegisteredClient, decision: ConsentDecision, now: datetime) -> str:
    """The same for a withdrawal of `decision`; it names the receipt that it ends, if there is one."""
    return await _add(tx, hall, registered, decision, receipt.WITHDRAWN, now)


async def one(hall: Hall, person_id: str, receipt_id: str) -> Receipt | None:
    """None for another person's, too."""
    if not storable(receipt_id):
        return None
    async with hall.db.read() as tx:
        return await tx.receipts.one(person_id, receipt_id)


async def signed(hall: Hall, held: Receipt, now: datetime) -> str:
    """JWS Compact Serialization (RFC 7515), by the key that signs now; `sub` is what the service knows its owner by."""
    registered = await hall.clients.get(held.client_id, now)
    sub = None
    if registered is not None:
        async with hall.db.read() as tx:
            sub = await tx.pseudonyms.find(held.person_id, registered.client.sector)
    claims: dict[str, Any] = {
        "iss": hall.policies.issuer,
        "iat": epoch(now),
        "jti": held.id,
        "consent_receipt": {**held.document, **({"piiPrincipalId": sub} if sub else {})},
    }
    return sign(hall, claims, _ALG, receipt.TYP, now)


async def _add(
    tx: Tx,
    hall: Hall,
    registered: RegisteredClient,
    decision: ConsentDecision,
    kind: str,
    at: datetime,
    shown: Iterable[Item] = (),
) -> str:
    client, agency = registered.client, registered.agency
    about = About(
        client.client_id, client.client_name, agency.id, agency.name, client.sensitive, policy_uri=client.policy_uri
    )
    before = None
    if kind == receipt.WITHDRAWN:
        before = await tx.receipts.latest(decision.person_id, client.client_id, at)
    receipt_id = new_id()
    document = receipt.document(
        receipt_id,
        kind,
        at,
        about,
        # What is taken back is what was given, in the words of then; terms may have changed since.
        receipt.purposes_of(before.document) if before else _purposes(registered, decision, shown),
        terminate_at=hall.policies.issuer + _SERVICES,
        follows=[before.id] if before else [],
    )
    await tx.receipts.add(Receipt(receipt_id, decision.person_id, client.client_id, kind, at, document))
    return receipt_id


def _purposes(registered: RegisteredClient, decision: ConsentDecision, shown: Iterable[Item]) -> list[ReceiptPurpose]:
    """Each scope that was decided about, with all its claims; single claims asked beside it, by themselves.

    An answer to words that have changed since is none to these, and stands on the receipt of its own day.
    """
    found = []
    for scope, terms in registered.terms.scopes.items():
        whole = frozenset(claims_of((scope,)))
        answered = {scope: whole, **{f"claim:{claim}": frozenset({claim}) for claim in sorted(whole)}}
        for item, claims in answered.items():
            if decision.told.get(item) == registered.terms.digest(scope, claims):
                given = item not in decision.refused
                about = terms.basis, terms.purpose, terms.legal_reference
                found.append(ReceiptPurpose(*about, tuple(sorted(claims)), given))
    return [*found, *_verified(registered, decision, shown)]


def _verified(
    registered: RegisteredClient, decision: ConsentDecision, shown: Iterable[Item]
) -> Iterator[ReceiptPurpose]:
    """Claims with their verification: for the purpose that the request gave, or for the registered one."""
    for item in shown:
        terms = registered.terms.scopes.get(item.scope)
        if terms is None or item.claim is None or not item.claim.startswith(VERIFIED_CLAIMS):
            continue
        said = terms.purpose if item.purpose is None else dict.fromkeys(terms.purpose, item.purpose)
        given = item.key not in decision.refused
        yield ReceiptPurpose(terms.basis, said, terms.legal_reference, (item.claim,), given)
