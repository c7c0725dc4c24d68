"""What a scanner typed: the QR code of a citizen card, or its machine-readable zone. It fills in a form; an officer
compares it with the card, since anybody can print either.
"""

from collections.abc import Mapping
from datetime import date

from idp.identity import card_qr, citizen_card, mrz, name
from idp.identity.chip_refusal import ChipRefused

_LONGEST = 1000


def scanned(text: str, today: date) -> Mapping[str, str] | None:
    """The fields of the form by name; total: None for whatever is neither."""
    if len(text) > _LONGEST:
        return None
    qr = card_qr.parse(text)
    if qr is not None:
        return {
            "number": qr.number,
            "name": qr.name,
            "birthdate": _written(qr.birthdate),
            "gender": qr.gender or "",
            "address": qr.residence or "",
            "filled_from": "qr",
        }
    return _from_mrz("".join(text.split()).upper(), today)


def _from_mrz(text: str, today: date) -> Mapping[str, str] | None:
    try:
        zone = mrz.parse(text)
        citizen_card.check_document(zone)
        # A card that has ended is read all the same: the desk says that it has, and on what basis.
        judged = citizen_card.judge(zone, None, min(today, zone.expires or today), refuse_doubts=False)
    except ChipRefused:
        return None
    known = judged.identity
    birth = date.fromisoformat(known.birthdate) if len(known.birthdate) == 10 else None
    return {
        "number": known.number,
        # Without diacritics: whoever looks at the card writes it as it is there.
        "name": name.normalise(known.name),
        "birthdate": _written(birth),
        "gender": known.gender,
        "address": "",
        "expires": _written(known.expires),
        "endless": "yes" if known.expires is None else "no",
        "filled_from": "mrz",
    }


def _written(day: date | None) -> str:
    """dd/MM/yyyy."""
    return "" if day is None else f"{day.day:02}/{day.month:02}/{day.year:04}"
