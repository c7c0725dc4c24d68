"""A browser in words for a message, from its User-Agent: enough for a person to recognise their own, and total."""

from idp.catalogue.translator import Translator
from idp.identity.device import recognise


def describe(user_agent: str, words: Translator) -> str:
    """Such as "Chrome trên Android"; an unknown browser is said to be unknown, its text is never repeated."""
    device = recognise(user_agent)
    if device.browser and device.system:
        return words("device.both", browser=device.browser, system=device.system)
    return device.browser or device.system or words("device.unknown")
