"""How the text of one setting becomes a value. Each reader raises ValueError; the sentence around it is settings'."""

import logging
import re
from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from idp.identity.routes import SWITCHABLE
from idp.kernel.secret import Secret
from idp.notify.gsm7 import ALPHABET
from idp.notify.policy import SmtpServer

_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_SPAN: Final = re.compile(r"([0-9]{1,6})([smhd])", re.ASCII)
_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class Unreadable(ValueError):
    """The message says what was expected, and never repeats the value."""


def text(value: str) -> str:
    if not value.strip():
        raise Unreadable("it is empty")
    return value.strip()


def optional(value: str) -> str | None:
    return value.strip() or None


def path(value: str) -> Path | None:
    return Path(value) if value else None


def secret(value: str) -> Secret | None:
    return Secret(value) if value else None


def flag(value: str) -> bool:
    found = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    if value.lower() not in found:
        raise Unreadable("expected is 1 or 0")
    return found[value.lower()]


def day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Unreadable("expected is a day such as 2024-07-01") from None


def port(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and 0 < int(value) < 65536):
        raise Unreadable("expected is a port from 1 to 65535")
    return int(value)


def positive(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and 0 < int(value) <= 1000):
        raise Unreadable("expected is a whole number from 1 to 1000")
    return int(value)


def bits(value: str) -> int:
    """Fewer are no work; more, times what heat adds, no telephone ever finishes."""
    if not (value.isascii() and value.isdecimal() and 8 <= int(value) <= 24):
        raise Unreadable("expected is a whole number from 8 to 24")
    return int(value)


def log_level(value: str) -> int:
    if value.lower() not in _LEVELS:
        raise Unreadable("expected is debug, info, warning or error")
    return _LEVELS[value.lower()]


def span(value: str) -> timedelta:
    found = _SPAN.fullmatch(value.strip())
    if found is None:
        raise Unreadable("expected is a whole number and s, m, h or d, such as 90s or 14d")
    return int(found[1]) * _UNITS[found[2]]


def lifetime(value: str) -> timedelta:
    """A span of a second or more: nothing lives for no time."""
    found = span(value)
    if not found:
        raise Unreadable("expected is at least 1s")
    return found


def spans(value: str) -> tuple[timedelta, timedelta]:
    parts = value.split(",")
    if len(parts) != 2:
        raise Unreadable("expected are two spans, such as 12h,30m")
    return lifetime(parts[0]), lifetime(parts[1])


def networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError:
        raise Unreadable("expected are addresses or networks, such as 10.0.0.7,10.1.0.0/16") from None


def routes(value: str) -> frozenset[str]:
    named = frozenset(word.strip() for word in value.split(",") if word.strip())
    if unknown := named - SWITCHABLE:
        raise Unreadable(f"{min(unknown)} is none of {', '.join(sorted(SWITCHABLE))}")
    return named


_LONGEST_HOTLINE: Final = 24
_MAILBOX: Final = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_SMTP_PORTS: Final = {"smtp": 587, "smtps": 465}


def hotline(value: str) -> str:
    """It stands in every SMS beside all the rest, so it is short and plain."""
    found = text(value)
    if len(found) > _LONGEST_HOTLINE or not ALPHABET.issuperset(found):
        raise Unreadable(f"expected is a telephone number of at most {_LONGEST_HOTLINE} plain characters")
    return found


def mail_address(value: str) -> str | None:
    if not value.strip():
        return None
    found = value.strip()
    if not _MAILBOX.fullmatch(found):
        raise Unreadable("expected is an address such as no-reply@example.vn")
    return found


def web_address(value: str) -> str | None:
    """Of a server that we call."""
    if not value.strip():
        return None
    try:
        parts = urlsplit(value.strip())
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise Unreadable("expected is an address such as https://sms.example.vn/messages")
    return value.strip()


def base_address(value: str) -> str | None:
    """Of a server below which we call several paths: without a query, a fragment, or a slash at its end."""
    found = web_address(value)
    if found is not None and ("?" in found or "#" in found or "@" in found):
        raise Unreadable("expected is an address such as https://register.example.vn")
    return found.rstrip("/") if found is not None else None


def smtp(value: str) -> SmtpServer | None:
    """RFC 8314: `smtps` is TLS from the first byte, `smtp` is submission with STARTTLS."""
    if not value.strip():
        return None
    try:
        parts = urlsplit(value.strip())
        place, port_ = parts.hostname, parts.port
    except ValueError:
        place, port_, parts = None, None, urlsplit("")
    if parts.scheme not in _SMTP_PORTS or not place or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Unreadable("expected is smtp://user:password@host:587 or smtps://user:password@host:465")
    return SmtpServer(
        place,
        port_ or _SMTP_PORTS[parts.scheme],
        implicit_tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=Secret(unquote(parts.password)) if parts.password else None,
    )
