"""How dates and numbers are written for people. Time of day is Viet Nam's."""

from datetime import UTC, date, datetime, timedelta, timezone

# One fixed offset since 1975, so no time-zone database is needed.
VIET_NAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")


def day(value: date | datetime) -> str:
    """dd/MM/yyyy."""
    if isinstance(value, datetime):
        value = value.astimezone(VIET_NAM)
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


def moment(value: datetime) -> str:
    """HH:mm, dd/MM/yyyy."""
    local = value.astimezone(VIET_NAM)
    return f"{local.hour:02}:{local.minute:02}, {day(local)}"


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
