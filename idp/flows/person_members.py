"""Members of a person's document that say who they are: number and kind, those before, and names of the past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from idp.identity import identity_number, name, personal_history
from idp.identity.identity_number import KINDS, IdentityNumber, NumberKind
from idp.kernel.errors import Refusal

_MOST: Final = 20


class UnusableDocument(Exception):
    """One sentence for the administrator; names the field, never its value."""


@dataclass(frozen=True, slots=True)
class FormerName:
    """`until`: the day, or the year, from which the next name holds."""

    name: str
    until: str


def number(document: Mapping[str, Any], today: date) -> IdentityNumber | None:
    """`national_id` (twelve digits), or `identity_number` of any kind. Both at once are one too many."""
    typed = text(document, "national_id")
    other = document.get("identity_number")
    if typed is not None and other is not None:
        raise UnusableDocument("national_id and identity_number exclude each other.")
    if typed is not None:
        return _number("national_id", {"kind": NumberKind.PIN.value, "value": typed}, today)
    if other is None:
        return None
    found = _number("identity_number", other, today)
    if not KINDS[found.kind].signs_in:
        raise UnusableDocument(f"identity_number can't be a {found.kind.value}: list it under old_id_numbers.")
    return found


def old_numbers(document: Mapping[str, Any], today: date) -> tuple[IdentityNumber, ...]:
    """For matching alone. A text is the number of an old card of nine digits; anything else says its kind."""
    found = []
    for one in _list(document, "old_id_numbers"):
        described = {"kind": NumberKind.OLD_ID_CARD.value, "value": one} if isinstance(one, str) else one
        found.append(_number("old_id_numbers", described, today))
    return tuple(dict.fromkeys(found))


def former_names(document: Mapping[str, Any]) -> tuple[FormerName, ...]:
    """The oldest first."""
    found = []
    for one in _list(document, "former_names"):
        if not isinstance(one, dict) or one.keys() != {"name", "until"}:
            raise UnusableDocument("former_names lists objects of name and until.")
        full_name, until = name.normalise(text(one, "name") or ""), text(one, "until") or ""
        if not full_name:
            raise UnusableDocument("former_names lists a name that is empty.")
        try:
            found.append(FormerName(full_name, personal_history.day(until)))
        except Refusal:
            raise UnusableDocument("until of former_names is YYYY-MM-DD, or YYYY.") from None
    return tuple(sorted(found, key=lambda one: one.until))


def text(document: Mapping[str, Any], member: str) -> str | None:
    value = document.get(member)
    if value is None:
        return None
    if not isinstance(value, str):
        raise UnusableDocument(f"{member} is not a string.")
    return value.strip() or None


def _list(document: Mapping[str, Any], member: str) -> list[Any]:
    value = document.get(member)
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > _MOST:
        raise UnusableDocument(f"{member} is not a list of at most {_MOST}.")
    return value


def _number(member: str, described: object, today: date) -> IdentityNumber:
    if not isinstance(described, dict) or not described.keys() <= {"kind", "value", "country"}:
        raise UnusableDocument(f"{member} has kind, value and perhaps country.")
    kind, value = text(described, "kind") or "", text(described, "value") or ""
    try:
        return identity_number.parse(kind, value, today, text(described, "country"))
    except Refusal as refusal:
        raise UnusableDocument(f"{member} can't be one: {refusal.key}.") from None
