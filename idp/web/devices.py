"""A browser in words, from its User-Agent: enough for a person to recognise their own, and total."""

from idp.identity.device import recognise
from idp.web.catalogue import Translator


def describe(user_agent: str | None, t: Translator) -> str:
    """Such as "Chrome trên Android"; an unknown browser is said to be unknown, its text is never shown."""
    device = recognise(user_agent)
    if device.browser and device.system:
        return t("device.both", browser=device.browser, system=device.system)
    return device.browser or device.system or t("device.unknown")
