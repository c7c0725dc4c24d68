"""A person as an administrator writes them down (`idp people add`, the demo), read once into a typed value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from idp.flows import person_members
from idp.flows.person_members import FormerName, UnusableDocument
from idp.identity import login_identifier, name
from idp.identity.identity_number import IdentityNumber
from idp.identity.login_identifier import Kind
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from idp.protocol.scope import recorded_claims

__all__ = ["NewPerson", "UnusableDocument", "read"]

_SCHEMA: Final = (
    "name national_id identity_number phone_number email code_card level level_ends_at claims source password"
    " password_hash totp_secret old_id_numbers former_names commune login acr"
)
_CONTACTS: Final = ("phone_number", "email")
_CLAIMS: Final = recorded_claims() - {"sub", "updated_at"}
_KNOWN: Final = frozenset(_SCHEMA.split()) | _CLAIMS
_GENDERS: Final = ("male", "female")
# Who said so: the words that the person's own page has a text for.
_SOURCES: Final = ("imported", "counter", "vneid", "register", "self", "confirmed", "sandbox")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """`claims` and `identifiers` are personal, so they don't show; words of the name are among the identifiers."""

    claims: Mapping[str, Any] = field(repr=False)
    identifiers: tuple[tuple[str, str], ...] = field(repr=False)
    level: Level
    level_ends_at: datetime | None = None
    source: str = "imported"
    number: IdentityNumber | None = None
    old_numbers: tuple[IdentityNumber, ...] = ()
    former_names: tuple[FormerName, ...] = field(default=(), repr=False)
    commune: str | None = None
    password: Secret | None = None
    password_hash: Secret | None = None
    totp_secret: Secret | None = None


def read(document: object, today: date) -> NewPerson:
    """Absent members are simply not known of the person; unknown members are refused. Raises UnusableDocument.

    Claims (OpenID Connect Core §5.1) may stand under `claims` or beside the rest. An entry of the demo's sandbox.json
    is such a document too: `login` is any identifier, and `acr` names the level.
    """
    if not isinstance(document, dict):
        raise UnusableDocument("A person is a JSON object.")
    if unknown := sorted(document.keys() - _KNOWN):
        raise UnusableDocument(
            f"{unknown[0]!r} is no member of a person; known are {_SCHEMA}, and the standard claims."
        )
    document = _with_login(document)
    full_name = name.normalise(person_members.text(document, "name") or "")
    if not full_name:
        raise UnusableDocument("A person needs a name.")
    contacts = {kind: _contact(document, kind) for kind in _CONTACTS}
    number, former = person_members.number(document, today), person_members.former_names(document)
    return NewPerson(
        claims=_claims(document, full_name, contacts),
        identifiers=_identifiers(document, number, [full_name, *(one.name for one in former)], contacts),
        number=number,
        old_numbers=person_members.old_numbers(document, today),
        former_names=former,
        commune=person_members.text(document, "commune"),
        level=_level(document),
        level_ends_at=_instant(document, "level_ends_at"),
        source=_source(document),
        password=_secret(document, "password"),
        password_hash=_secret(document, "password_hash"),
        totp_secret=_secret(document, "totp_secret"),
    )


def _with_login(document: Mapping[str, Any]) -> Mapping[str, Any]:
    login = person_members.text(document, "login")
    if login is None:
        return document
    candidates = login_identifier.parse(login)
    if not candidates:
        raise UnusableDocument("login is no identity number, phone number, e-mail address or number of a code card.")
    kind, value = candidates[0].kind, candidates[0].value
    match kind:
        case Kind.PASSPORT:
            country, _, number = value.partition(":")
            return {"identity_number": {"kind": kind.value, "value": number, "country": country}, **document}
        case Kind.RESIDENCE_CARD:
            return {"identity_number": {"kind": kind.value, "value": value}, **document}
        case _:
            return {kind.value: value, **document}


def _identifiers(
    document: Mapping[str, Any], number: IdentityNumber | None, names: list[str], contacts: Mapping[str, str | None]
) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = [(kind, value) for kind, value in contacts.items() if value is not None]
    if number is not None:
        found.append((number.index, number.indexed))
    card = person_members.text(document, "code_card")
    if card is not None:
        canonical = login_identifier.canonical_code_card(card)
        if canonical is None:
            raise UnusableDocument("code_card is no number of a code card.")
        found.append(("code_card", canonical))
    if not found:
        raise UnusableDocument(
            "A person needs something to sign in with: national_id, identity_number, phone_number, email or code_card."
        )
    words = dict.fromkeys(word for one in names for word in name.search_words(one))
    return (*found, *(("name_word", word) for word in words))


def _claims(document: Mapping[str, Any], full_name: str, contacts: Mapping[str, str | None]) -> dict[str, Any]:
    nested = document.get("claims", {})
    if not isinstance(nested, dict):
        raise UnusableDocument("claims is not an object.")
    claims = {**{claim: value for claim, value in document.items() if claim in _CLAIMS and value is not None}, **nested}
    if unknown := sorted(claims.keys() - _CLAIMS):
        raise UnusableDocument(f"{unknown[0]!r} is no claim that is kept here.")
    if claims.get("gender") not in (None, *_GENDERS):
        raise UnusableDocument("gender is male or female.")
    _check_birthdate(claims.get("birthdate"))
    known = {contact: value for contact, value in contacts.items() if value is not None}
    # Whether control of a contact was proven: only what the document says, and no otherwise.
    verified = {f"{contact}_verified": claims.get(f"{contact}_verified") is True for contact in known}
    return {**claims, "name": full_name, **known, **verified}


def _check_birthdate(value: object) -> None:
    """OpenID Connect Core §5.1: ISO 8601, or the year alone."""
    text = "" if value is None else str(value)
    try:
        if text:
            date.fromisoformat(text if len(text) > 4 else f"{text}-01-01")
    except ValueError:
        raise UnusableDocument("birthdate is YYYY-MM-DD, or YYYY.") from None


def _contact(document: Mapping[str, Any], kind: str) -> str | None:
    text = person_members.text(document, kind)
    if text is None:
        return None
    read_as = login_identifier.canonical_phone if kind == "phone_number" else login_identifier.canonical_email
    canonical = read_as(text)
    if canonical is None:
        raise UnusableDocument(f"{kind} can't be one.")
    return canonical


def _source(document: Mapping[str, Any]) -> str:
    source = person_members.text(document, "source") or "imported"
    if source not in _SOURCES:
        raise UnusableDocument(f"source is one of {', '.join(_SOURCES)}.")
    return source


def _level(document: Mapping[str, Any]) -> Level:
    acr = person_members.text(document, "acr") or ""
    word = person_members.text(document, "level") or acr.rpartition("/")[2] or Level.BASIC.word
    found = next((level for level in Level if level.word == word), None)
    if found is None:
        raise UnusableDocument(f"level is one of {', '.join(level.word for level in Level)}.")
    return found


def _instant(document: Mapping[str, Any], member: str) -> datetime | None:
    text = person_members.text(document, member)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise UnusableDocument(f"{member} is an instant with its time zone, such as 2030-12-31T00:00:00+07:00.")
    return instant


def _secret(document: Mapping[str, Any], member: str) -> Secret | None:
    value = document.get(member)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise UnusableDocument(f"{member} is not a string.")
    return Secret(value)
