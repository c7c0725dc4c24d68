"""What an account learns from VNeID: each fact with its source and date, and never at the price of one of ours."""

from datetime import datetime
from typing import Any, Final

from idp.audit import kinds
from idp.audit.event import event
from idp.flows.evidence_binding import NUMBER
from idp.identity import name
from idp.identity.person import Fact, Person, PersonState
from idp.identity.routes import vneid
from idp.identity.verification import Check, Piece, PieceKind, Verification
from idp.kernel.ids import new_id
from idp.storage.database import Tx
from idp.upstream.vneid import Vouched

SOURCE: Final = "vneid"
# Kept beside ours where the two differ: for an officer to look at; no claim of this name is ever released.
OTHER_NAME: Final = "vneid:name"
# The name of the kind of record (electronic_records_supported).
_RECORD: Final = "vneid"
_CONTACTS: Final = frozenset({"email", "phone_number"})


def new_person(vouched: Vouched, now: datetime) -> Person:
    known = {claim: Fact(value, SOURCE, now) for claim, value in _told(vouched).items()}
    return Person(new_id(), PersonState.ACTIVE, vouched.level, known, now, now)


def as_evidence(person_id: str, vouched: Vouched, now: datetime) -> Verification:
    """A sign-in there as an act of verification: an electronic record of the Ministry's, looked at now."""
    record = {"type": _RECORD, "source": {"name": "VNeID", "country_code": "VNM"}}
    seen = Check("auth", now, by="VNeID")
    return Verification(
        id=new_id(),
        person_id=person_id,
        route=vneid.ROUTE.name,
        level=vouched.level,
        framework=vneid.ROUTE.framework,
        at=now,
        claims={**_facts_alone(vouched), NUMBER: vouched.number},
        pieces=(Piece(PieceKind.ELECTRONIC_RECORD, {"record": record}, (seen,)),),
    )


def _facts_alone(vouched: Vouched) -> dict[str, Any]:
    return {claim: value for claim, value in vouched.facts.items() if claim not in _CONTACTS}


async def learn(tx: Tx, person: Person, vouched: Vouched, now: datetime) -> None:
    """Fill what is missing, renew what came from there, and note a name that differs."""
    news = {claim: value for claim, value in _told(vouched).items() if _is_news(person, claim, value)}
    ours = person.facts.get("name")
    theirs = vouched.facts.get("name")
    if ours is not None and theirs is not None and not name.same(str(ours.value), theirs):
        noted = person.facts.get(OTHER_NAME)
        if noted is None or noted.value != theirs:
            news[OTHER_NAME] = theirs
    if not news:
        return
    facts = {**person.facts, **{claim: Fact(value, SOURCE, now) for claim, value in news.items()}}
    await tx.persons.set_facts(person.id, facts, now)
    changed = event(
        kinds.PERSON_FACTS_CHANGED,
        at=now,
        actor=f"upstream:{SOURCE}",
        person_id=person.id,
        claims=sorted(news),
        source=SOURCE,
    )
    await tx.events.append(changed)


def _told(vouched: Vouched) -> dict[str, Any]:
    """What somebody typed there once proves no control of it here: contact data is unverified."""
    contacts = _CONTACTS & vouched.facts.keys()
    return {**vouched.facts, **{f"{contact}_verified": False for contact in contacts}}


def _is_news(person: Person, claim: str, value: object) -> bool:
    """A contact and its mark go together: neither ever replaces what was proven here."""
    contact = claim.removesuffix("_verified")
    known = person.facts.get(contact if contact in _CONTACTS else claim)
    if known is None:
        return True
    held = person.facts.get(claim)
    return contact in _CONTACTS and known.source == SOURCE and (held is None or held.value != value)
