"""What a registration may claim for itself: the powers of the administrator or of an initial access token."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Power(StrEnum):
    """One word each, so that an initial access token can store a list of them."""

    # May register `require_pkce: false`.
    NO_PKCE = "no_pkce"
    # A confidential client that does not say otherwise gets `require_pkce: false` (the sandbox's token).
    NO_PKCE_BY_DEFAULT = "no_pkce_by_default"
    # May name resources, an audience of its own, scopes of APIs, a refresh grace, and be sensitive.
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Powers:
    """Absence of a power is a refusal."""

    held: frozenset[Power] = frozenset()

    @classmethod
    def of(cls, words: Iterable[str]) -> "Powers":
        """Unknown words give nothing."""
        known = {power.value: power for power in Power}
        return cls(frozenset(known[word] for word in words if word in known))

    def words(self) -> tuple[str, ...]:
        return tuple(sorted(power.value for power in self.held))

    def hold(self, power: Power) -> bool:
        return power in self.held
