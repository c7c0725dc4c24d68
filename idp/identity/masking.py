"""How an identifier is shown to the person it belongs to: enough to recognise, too little to use."""

from idp.identity import national_id
from idp.identity.login_identifier import Kind

_DOT = "•"


def phone(e164: str) -> str:
    """`+84900000001` → `090•••••01`: as it is dialled and remembered here."""
    dialled = "0" + e164.removeprefix("+84") if e164.startswith("+84") else e164
    return _middle(dialled, 3, 2)


def email(address: str) -> str:
    """`lan.pham@example.vn` → `l•••••m@example.vn`. The number of dots says nothing about the length."""
    local, at, domain = address.rpartition("@")
    if not at:
        return _DOT * 5
    first, last = local[:1], local[-1:] if len(local) > 2 else ""
    return f"{first}{_DOT * 5}{last}@{domain}"


def identifier(kind: Kind, value: str) -> str:
    """By its kind; a code card shows its last two characters."""
    match kind:
        case Kind.NATIONAL_ID:
            return national_id.mask(value)
        case Kind.PASSPORT:
            return _middle(value, 3, 2)
        case Kind.RESIDENCE_CARD:
            return _middle(value, 2, 2)
        case Kind.PHONE_NUMBER:
            return phone(value)
        case Kind.EMAIL:
            return email(value)
        case Kind.CODE_CARD:
            return _middle(value, 2, 2)


def _middle(text: str, head: int, tail: int) -> str:
    return text[:head] + _DOT * 5 + text[-tail:] if len(text) > head + tail else _DOT * 5
