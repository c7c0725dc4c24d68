"""How dates and numbers are written for people. Time of day is Viet Nam's."""

from datetime import UTC, date, datetime

from idp.kernel.clock import VIET_NAM


def day(value: date | datetime) -> str:
    """dd/MM/yyyy."""
    if isinstance(value, datetime):
        value = value.astimezone(VIET_NAM)
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


def moment(value: datetime) -> str:
    """HH:mm, dd/MM/yyyy."""
    return f"{clock(value)}, {day(value)}"


def clock(value: datetime) -> str:
    """HH:mm."""
    local = value.astimezone(VIET_NAM)
    return f"{local.hour:02}:{local.minute:02}"


def machine_time(value: datetime) -> str:
    """For the `datetime` attribute of `<time>`."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_day(text: str) -> str:
    """An ISO 8601 date (OpenID Connect Core §5.1 `birthdate`: also a bare year, or year 0000) as people write it."""
    year, _, rest = text.partition("-")
    month, _, of_month = rest.partition("-")
    if not rest:
        return year
    return f"{of_month}/{month}" if year == "0000" else f"{of_month}/{month}/{year}"


def quantity(number: float) -> str:
    """1.234,5."""
    return f"{number:,}".replace(",", " ").replace(".", ",").replace(" ", ".")
