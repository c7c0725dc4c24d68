"""A browser in words, from its User-Agent: enough for a person to recognise their own, and total."""

from idp.web.catalogue import Translator

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


def describe(user_agent: str | None, t: Translator) -> str:
    """Such as "Chrome trên Android"; an unknown browser is said to be unknown, its text is never shown."""
    text = (user_agent or "")[:500]
    browser = next((name for mark, name in _BROWSERS if mark in text), None)
    system = next((name for mark, name in _SYSTEMS if mark in text), None)
    if browser and system:
        return t("device.both", browser=browser, system=system)
    return browser or system or t("device.unknown")
