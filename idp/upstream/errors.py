"""Why an upstream's answer counts for nothing. The word is for pages, log and audit; it quotes nothing received."""

from enum import StrEnum


class Reason(StrEnum):
    """`UNAVAILABLE` alone says something about the upstream's health: our own call met no answer."""

    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    MISTRUSTED = "mistrusted"
    LEVEL_MISSING = "level_missing"
    ORGANISATION = "organisation"
    NOT_FRESH = "not_fresh"
    UNAPPROVED = "unapproved"
    """It has endpoints or keys that two administrators have not approved yet."""
    BUSY = "busy"
    """It answers, and asks us to come later."""


class UpstreamFailed(Exception):
    """`hint` says which check failed, for our log."""

    def __init__(self, reason: Reason, hint: str) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.hint = hint
