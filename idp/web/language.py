"""Which language a page speaks: the newest wish wins, and Vietnamese where nobody wished."""

from dataclasses import dataclass
from datetime import datetime

from idp.catalogue.languages import DEFAULT, LANGUAGES, first_known
from idp.kernel.clock import epoch

__all__ = ["DEFAULT", "LANGUAGES", "Wishes", "cookie_value", "negotiate"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything that speaks for a language, as it came in.

    `chosen` is `?lang=` of this request, `remembered` the cookie's value, `ui_locales` what the service asked when the
    interaction began at `asked_at` (OpenID Connect Core §3.1.2.1).
    """

    chosen: str | None = None
    remembered: str | None = None
    ui_locales: tuple[str, ...] = ()
    asked_at: datetime | None = None


def negotiate(wishes: Wishes) -> str:
    """A person's choice beats the service's, unless the service asked later.

    `Accept-Language` has no say: most browsers in the province were set up in English by their sellers.
    """
    if wishes.chosen in LANGUAGES:
        return wishes.chosen
    remembered, chosen_at = _read_cookie(wishes.remembered)
    asked = first_known(wishes.ui_locales)
    if asked and remembered:
        asked_at = epoch(wishes.asked_at) if wishes.asked_at else chosen_at + 1
        return remembered if chosen_at >= asked_at else asked
    return asked or remembered or DEFAULT


def cookie_value(lang: str, now: datetime) -> str:
    """The choice and when it was made."""
    return f"{lang}.{epoch(now)}"


def _read_cookie(value: str | None) -> tuple[str | None, int]:
    lang, _, at = (value or "").partition(".")
    if lang not in LANGUAGES:
        return None, 0
    return lang, int(at) if at.isascii() and at.isdigit() and len(at) < 12 else 0
