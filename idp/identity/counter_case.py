"""What two officers look at when somebody is verified in person: the papers, the list of checks, the consent, and who
may be the second. Flows load and store; here stand only the rules.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from idp.identity import identity_number, name
from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.officer import Role
from idp.identity.person import Person
from idp.identity.routes import counter, witness
from idp.kernel.clock import VIET_NAM
from idp.kernel.errors import Refusal

# Served at `low` on one officer's word until the second has looked; whoever is never looked at falls back.
PROVISIONAL: Final = timedelta(days=7)
# Without a card there is nothing that ends by itself; in a year a card can be had.
WITNESSED_FOR: Final = timedelta(days=365)
# Longer than this and the system asks somebody else.
ANSWER_WITHIN: Final = timedelta(minutes=15)
WITNESSES: Final = 2
LONGEST_TEXT: Final = 200
FILLED_FROM: Final = ("qr", "mrz")


class Tick(StrEnum):
    """What an officer did and answers for; each is a box of its own, never ticked beforehand."""

    PRESENT = "present"
    DOCUMENT_GENUINE = "document_genuine"
    VALUES_COMPARED = "values_compared"
    PORTRAIT = "portrait"
    WITNESSES_HEARD = "witnesses_heard"


TICKS: Final[Mapping[str, tuple[Tick, ...]]] = {
    counter.ROUTE.name: (Tick.PRESENT, Tick.DOCUMENT_GENUINE, Tick.VALUES_COMPARED, Tick.PORTRAIT),
    witness.ROUTE.name: (Tick.PRESENT, Tick.VALUES_COMPARED, Tick.WITNESSES_HEARD),
}


class Reading(StrEnum):
    """How the citizen came to know what they agree to."""

    SELF = "self"
    READ_ALOUD = "read_aloud"
    INTERPRETED = "interpreted"


class Mark(StrEnum):
    """By what they agreed."""

    SIGNATURE = "signature"
    FINGERPRINT = "fingerprint"
    WITNESS_SIGNATURE = "witness_signature"


class Reason(StrEnum):
    """Why a verification at a counter is refused: stable words, each with its sentence in the catalogue."""

    DOCUMENT_EXPIRED = "document_expired"
    DOCUMENT_SUSPECT = "document_suspect"
    PORTRAIT_DIFFERS = "portrait_differs"
    DATA_DIFFERS = "data_differs"
    CONSENT_MISSING = "consent_missing"
    WITNESS_DOUBTED = "witness_doubted"
    INCOMPLETE = "incomplete"
    # The number belongs to another person's account: a dispute is opened at once.
    IDENTITY_ALREADY_BOUND = "identity_already_bound"


# What an officer may choose; the others are the system's own.
CHOSEN: Final = tuple(one for one in Reason if one not in (Reason.DOCUMENT_EXPIRED, Reason.IDENTITY_ALREADY_BOUND))


class Fault(StrEnum):
    """What is wrong with a form; the value is the end of its key."""

    NUMBER = "number"
    NAME = "name"
    BIRTHDATE = "birthdate"
    GENDER = "gender"
    EXPIRES = "expires"
    TICKS = "ticks"
    READING = "reading"
    MARK = "mark"
    HELPER = "helper"
    DOUBTS = "doubts"
    WITNESSES = "witnesses"


@dataclass(frozen=True, slots=True)
class Papers:
    """What stands on the card, or what witnesses say. `expires` None: a card without an end, or no card."""

    name: str = field(repr=False)
    birthdate: str = field(repr=False)
    gender: str
    # Canonical, with its kind: a foreigner shows a passport or a residence card (domain §4).
    number: str | None = field(default=None, repr=False)
    number_kind: str = NumberKind.PIN.value
    country: str | None = None
    address: str | None = field(default=None, repr=False)
    expires: str | None = None
    # One of FILLED_FROM, or typed. Neither is signed, so it says nothing about the truth.
    filled_from: str | None = None

    def identity_number(self) -> IdentityNumber | None:
        if self.number is None:
            return None
        return IdentityNumber(NumberKind(self.number_kind), self.number, self.country)

    def claims(self) -> dict[str, Any]:
        """By their names in OpenID Connect Core §5.1, and the province's own."""
        told: dict[str, Any] = {"name": self.name, "birthdate": self.birthdate, "gender": self.gender}
        if self.address:
            told["address"] = {"formatted": self.address, "country": "VN"}
        return told


@dataclass(frozen=True, slots=True)
class Consent:
    """`helper` is the reader's or interpreter's name, `witness` whose signature stands for the citizen's."""

    reading: Reading
    mark: Mark
    helper: str = field(default="", repr=False)
    witness: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class File:
    """All that was gathered in one case. `kept` are the earlier ways in that the citizen recognised.

    `created`: the person came into being by this case, so nothing of theirs can be taken over by it.
    """

    papers: Papers
    first_unit: str
    created: bool = False
    doubts: tuple[str, ...] = ()
    doubts_reason: str = field(default="", repr=False)
    ticks: tuple[Tick, ...] = ()
    consent: Consent | None = None
    kept: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    # What the chip said of itself, where it was read: its signer, its hashes, whether it is a copy.
    chip: Mapping[str, Any] | None = None
    # The verification at `low` that stands until the second has decided.
    provisional: str | None = None
    note: str = field(default="", repr=False)


def read_papers(form: Mapping[str, str], route: str, today: date) -> tuple[Papers | None, tuple[Fault, ...]]:
    """Parse once: what was typed, or everything that is wrong with it. A card is needed on the route of the counter."""
    faults = []
    number = _number(form.get("number", ""), today)
    if number is None and (route == counter.ROUTE.name or form.get("number", "").strip()):
        faults.append(Fault.NUMBER)
    called = name.normalise(form.get("name", ""))
    if not called or len(called) > LONGEST_TEXT or not called.isprintable():
        faults.append(Fault.NAME)
    birthdate, expires = _day(form.get("birthdate", "")), _day(form.get("expires", ""))
    if birthdate is None or birthdate > today:
        faults.append(Fault.BIRTHDATE)
    if form.get("gender") not in ("male", "female"):
        faults.append(Fault.GENDER)
    endless = form.get("endless") == "yes"
    if route == counter.ROUTE.name and (expires is None) is not endless:
        faults.append(Fault.EXPIRES)
    if faults or birthdate is None:
        return None, tuple(faults)
    return (
        Papers(
            name=called,
            birthdate=birthdate.isoformat(),
            gender=form["gender"],
            number=number.value if number is not None else None,
            number_kind=number.kind.value if number is not None else NumberKind.PIN.value,
            country=number.country if number is not None else None,
            address=clean(form.get("address", "")) or None,
            expires=expires.isoformat() if expires is not None else None,
            filled_from=form.get("filled_from") if form.get("filled_from") in FILLED_FROM else None,
        ),
        (),
    )


def doubts(papers: Papers, today: date) -> tuple[str, ...]:
    """The State may have signed a correction: at a counter a doubt is a question for two officers, and no refusal."""
    number = papers.identity_number()
    if number is None:
        return ()
    return identity_number.warnings(number, today, gender=papers.gender, birth_year=int(papers.birthdate[:4]))


def has_expired(papers: Papers, today: date) -> bool:
    return papers.expires is not None and date.fromisoformat(papers.expires) < today


def belongs_to_another(person: Person, papers: Papers) -> bool:
    """What is known of the account's owner is not what stands on the card: name and day of birth both count."""
    known = {claim: str(person.facts[claim].value) for claim in ("name", "birthdate") if claim in person.facts}
    if "name" in known and not name.same(known["name"], papers.name):
        return True
    born = known.get("birthdate", papers.birthdate)
    # A year alone is as far as it was known (OpenID Connect Core §5.1).
    return not papers.birthdate.startswith(born)


def missing(file: File, route: str) -> tuple[Fault, ...]:
    """Empty: the first officer has done what they answer for."""
    consent, found = file.consent, []
    if not set(TICKS[route]) <= set(file.ticks):
        found.append(Fault.TICKS)
    if file.doubts and not file.doubts_reason:
        found.append(Fault.DOUBTS)
    if route == witness.ROUTE.name and len(set(file.witnesses)) != WITNESSES:
        found.append(Fault.WITNESSES)
    if consent is None:
        return (*found, Fault.READING)
    if consent.reading is not Reading.SELF and not consent.helper:
        found.append(Fault.HELPER)
    if consent.mark is Mark.WITNESS_SIGNATURE and not consent.witness:
        found.append(Fault.MARK)
    return tuple(found)


class Unfit(StrEnum):
    """Why an officer may have nothing to do with a case."""

    BENEFICIARY = "beneficiary"
    SAME_PERSON = "same_person"
    SAME_UNIT = "same_unit"
    SAME_PHONE = "same_phone"
    SAME_HOUSEHOLD = "same_household"
    WITNESS = "witness"


def second_role(route: str) -> Role:
    """The manager of the witness route is a supervisor."""
    return Role.SUPERVISOR if route == witness.ROUTE.name else Role.VERIFICATION


def unfit(officer: Person, beneficiary: Person, file: File) -> Unfit | None:
    """Domain §4, DESIGN 6: nobody decides about themselves, nor about whoever they live or share a telephone with."""
    if officer.id == beneficiary.id:
        return Unfit.BENEFICIARY
    if officer.id in file.witnesses:
        return Unfit.WITNESS
    if _said(officer, "phone_number") & _said(beneficiary, "phone_number"):
        return Unfit.SAME_PHONE
    homes = _home(beneficiary) | ({name.search_key(file.papers.address)} if file.papers.address else set())
    return Unfit.SAME_HOUSEHOLD if _home(officer) & homes else None


def unfit_as_second(officer: Person, unit: str, first_id: str, beneficiary: Person, file: File) -> Unfit | None:
    """Another person, of another unit; that they were drawn is the storage's to know."""
    if officer.id == first_id:
        return Unfit.SAME_PERSON
    if unit == file.first_unit:
        return Unfit.SAME_UNIT
    return unfit(officer, beneficiary, file)


def clean(text: str) -> str:
    """One line of somebody's words, NFC, as long as a page can bear."""
    return "".join(c for c in name.normalise(text) if c.isprintable())[:LONGEST_TEXT]


def write(file: File) -> dict[str, Any]:
    """JSON, for the sealed details of the case."""
    return asdict(file)


def read(document: Mapping[str, Any]) -> File:
    """The inverse."""
    told = {**document, "papers": Papers(**document["papers"])}
    if told.get("consent") is not None:
        said = dict(told["consent"])
        told["consent"] = Consent(Reading(said.pop("reading")), Mark(said.pop("mark")), **said)
    file = File(**told)
    return replace(
        file,
        doubts=tuple(file.doubts),
        ticks=tuple(Tick(tick) for tick in file.ticks),
        kept=tuple(file.kept),
        witnesses=tuple(file.witnesses),
    )


def lasts_until(papers: Papers, route: str, now: datetime) -> datetime | None:
    """To the end of the card's last day in Viet Nam; without a card a year; None for a card without an end."""
    if route == witness.ROUTE.name:
        return now + WITNESSED_FOR
    if papers.expires is None:
        return None
    return datetime.combine(date.fromisoformat(papers.expires) + timedelta(days=1), time(), VIET_NAM).astimezone(UTC)


def _number(text: str, today: date) -> IdentityNumber | None:
    """Twelve digits; a passport with its country before it; a residence card. None for what nobody can bear."""
    passport, card = identity_number.typed_passport(text), identity_number.typed_residence_card(text)
    try:
        if passport is not None:
            country, _, number = passport.partition(":")
            return identity_number.parse(NumberKind.PASSPORT.value, number, today, country)
        return identity_number.parse((NumberKind.RESIDENCE_CARD if card else NumberKind.PIN).value, text, today)
    except Refusal:
        return None


def _day(text: str) -> date | None:
    """As written here, dd/MM/yyyy, or as forms send it."""
    typed = text.strip()
    parts = typed.split("/")
    if len(parts) == 3:
        typed = f"{parts[2]}-{parts[1]:0>2}-{parts[0]:0>2}"
    try:
        return date.fromisoformat(typed) if len(typed) == 10 else None
    except ValueError:
        return None


def _said(person: Person, claim: str) -> set[str]:
    return {str(person.facts[claim].value)} if claim in person.facts else set()


def _home(person: Person) -> set[str]:
    """A house number, or nothing: that half a commune lives in one commune makes no household."""
    address = person.facts["address"].value if "address" in person.facts else None
    if not isinstance(address, Mapping) or not address.get("street_address"):
        return set()
    return {name.search_key(str(address.get("formatted", "")))}
