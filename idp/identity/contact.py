"""How a person may be reached: only by what they proved to be theirs, and in their own language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import phonenumbers

from idp.identity.person import Person

_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def verified_email(person: Person) -> str | None:
    return _verified(person, "email")


def verified_mobile(person: Person) -> str | None:
    """E.164; None for a number that takes no SMS: a fixed line, or one of a kind that the numbering plan lacks."""
    number = _verified(person, "phone_number")
    return number if number is not None and is_mobile(number) else None


def is_mobile(number: str) -> bool:
    """Whether an E.164 number takes an SMS."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(parsed) in _MOBILE


def told(person: Person, claim: str) -> str | None:
    """The person's `phone_number` or `email`, proven or not."""
    value = _value(person, claim)
    return value if isinstance(value, str) and value else None


def verified_since(person: Person, claim: str) -> datetime | None:
    """Since when we hold that control of it was proven."""
    return person.facts[f"{claim}_verified"].as_of if _value(person, f"{claim}_verified") is True else None


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
