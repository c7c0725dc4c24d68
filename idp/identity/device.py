"""Which browser and which system a User-Agent speaks of: names that people know, total, and nothing of its own text."""

from dataclasses import dataclass

# The first that matches wins: every Edge says Chrome, every Chrome says Safari.
_BROWSERS = (
    ("coc_coc_browser", "Cốc Cốc"),
    ("Zalo", "Zalo"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Device:
    """None: not recognised."""

    browser: str | None
    system: str | None


def recognise(user_agent: str | None) -> Device:
    text = (user_agent or "")[:_LONGEST]
    return Device(
        next((name for mark, name in _BROWSERS if mark in text), None),
        next((name for mark, name in _SYSTEMS if mark in text), None),
    )
