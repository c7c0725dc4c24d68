"""How a person may be reached: only by what they proved to be theirs, and in their own language."""

from collections.abc import Mapping
from typing import Any

import phonenumbers

from idp.identity.person import Person

_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def verified_email(person: Person) -> str | None:
    return _verified(person, "email")


def verified_mobile(person: Person) -> str | None:
    """E.164; None for a number that takes no SMS: a fixed line, or one of a kind that the numbering plan lacks."""
    number = _verified(person, "phone_number")
    if number is None:
        return None
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.number_type(parsed) in _MOBILE else None


def languages(person: Person) -> tuple[str, ...]:
    """`locale` as OpenID Connect Core §5.1 has it, such as vi-VN; empty where nobody said."""
    said = _value(person, "locale")
    return (said.replace("_", "-"),) if isinstance(said, str) else ()


def _verified(person: Person, claim: str) -> str | None:
    value = _value(person, claim)
    return value if isinstance(value, str) and value and _value(person, f"{claim}_verified") is True else None


def _value(person: Person, claim: str) -> Any:  # noqa: ANN401 - a fact holds any JSON
    facts: Mapping[str, Any] = person.facts
    return facts[claim].value if claim in facts else None
