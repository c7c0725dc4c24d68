"""The languages that this hub speaks, how a wish for one is read (BCP 47). Whose wish counts is decided elsewhere."""

LANGUAGES = ("vi", "en")
DEFAULT = "vi"
_MOST_WISHES = 32


def first_known(tags: tuple[str, ...]) -> str | None:
    """BCP 47 lookup by the primary subtag: `en-GB` is served by `en`."""
    for tag in tags[:_MOST_WISHES]:
        primary = tag.lower().split("-")[0]
        if primary in LANGUAGES:
            return primary
    return None
