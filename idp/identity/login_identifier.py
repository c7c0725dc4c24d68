"""What a person types into `username`: which identifiers it could be, in the form in which they are looked up.

Total: any text gives a list, and the empty list for what it could not be. Nothing here knows who exists.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

from idp.identity import identity_number, national_id

_MAX_TEXT = 320  # RFC 3696 erratum 1690: no e-mail address is longer
_MAX_LOCAL = 64
_EMAIL = re.compile(r"[^\s@\x00-\x1f\"(),:;<>\[\]\\]+@[^\s@\x00-\x1f\"(),:;<>\[\]\\/]+\.[^\s@.\x00-\x1f]{2,}")
_PHONE = re.compile(r"\+?[0-9][0-9 .()\-]{6,20}", re.ASCII)
# The number printed on a code card: a mark, and eight characters without those that are misread.
_CODE_CARD = re.compile(r"QN[23456789ABCDEFGHJKMNPQRSTUVWXYZ]{8}", re.ASCII)
_REGION = "VN"


class Kind(StrEnum):
    """Names of the keyed index in storage."""

    NATIONAL_ID = "national_id"
    PASSPORT = "passport"
    RESIDENCE_CARD = "residence_card"
    PHONE_NUMBER = "phone_number"
    EMAIL = "email"
    CODE_CARD = "code_card"


@dataclass(frozen=True, slots=True)
class LoginIdentifier:
    """One thing that the text could mean, in canonical form."""

    kind: Kind
    value: str

    def __repr__(self) -> str:
        # An identifier is personal data: it must not reach a log by way of a traceback.
        return f"LoginIdentifier({self.kind.value})"


def parse(text: str) -> tuple[LoginIdentifier, ...]:
    """All candidates, the likeliest first: twelve digits may be an identity number and, rarely, a phone number."""
    if len(text) > _MAX_TEXT:
        return ()
    found = (
        (Kind.NATIONAL_ID, national_id.canonical(text)),
        (Kind.PHONE_NUMBER, canonical_phone(text)),
        (Kind.EMAIL, canonical_email(text)),
        (Kind.CODE_CARD, canonical_code_card(text)),
        (Kind.PASSPORT, identity_number.typed_passport(text)),
        (Kind.RESIDENCE_CARD, identity_number.typed_residence_card(text)),
    )
    return tuple(LoginIdentifier(kind, value) for kind, value in found if value is not None)


def canonical_phone(text: str) -> str | None:
    """ITU-T E.164 for numbers that the numbering plan knows; without a country code it is a Vietnamese one."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not _PHONE.fullmatch(plain):
        return None
    candidates = (plain,) if plain.startswith("+") else (plain, f"+{plain}")
    for candidate in candidates:
        try:
            number = phonenumbers.parse(candidate, _REGION)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def canonical_email(text: str) -> str | None:
    """Case folded as a whole: nobody in practice tells mailboxes apart by case, and citizens type as they like."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    if len(plain) > _MAX_TEXT or not _EMAIL.fullmatch(plain) or not _is_utf8(plain):
        return None
    return plain if len(plain.rpartition("@")[0]) <= _MAX_LOCAL else None


def canonical_code_card(text: str) -> str | None:
    """Upper case without spaces and hyphens."""
    plain = re.sub(r"[\s\-]+", "", unicodedata.normalize("NFKC", text)).upper()
    return plain if _CODE_CARD.fullmatch(plain) else None


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
