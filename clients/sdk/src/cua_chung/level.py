"""Assurance levels as a service sees them: four ordered words, sent and received as `acr` URLs of the issuer."""

LEVELS = ("basic", "low", "substantial", "high")


def acr_value(issuer: str, level: str) -> str:
    """The `acr` of a level; an unknown word is a programming error."""
    if level not in LEVELS:
        msg = f"unknown level {level!r}; one of {', '.join(LEVELS)}"
        raise ValueError(msg)
    return f"{issuer}/loa/{level}"


def level_of(issuer: str, acr: str | None) -> str | None:
    """The word of an `acr`, or None where it is not one of this issuer's levels."""
    prefix = f"{issuer}/loa/"
    if acr is None or not acr.startswith(prefix):
        return None
    word = acr.removeprefix(prefix)
    return word if word in LEVELS else None


def satisfies(issuer: str, acr: str | None, demanded: str) -> bool:
    """A higher level satisfies a demand for a lower one; no level satisfies nothing."""
    reached = level_of(issuer, acr)
    return reached is not None and LEVELS.index(reached) >= LEVELS.index(demanded)
