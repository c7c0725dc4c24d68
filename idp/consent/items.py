"""What a request asks for, item by item, as a person decides about it."""

from collections.abc import Iterable
from dataclasses import dataclass

_CLAIM = "claim:"


@dataclass(frozen=True, slots=True)
class Item:
    """A whole scope, or a single claim outside of any requested scope. `scope` is the one whose terms cover it.

    `key` is what a decision remembers and what a checkbox carries; scopes and claims share names, so claims are marked.
    """

    key: str
    scope: str
    claims: frozenset[str]
    # `essential: false` was said for it: offered unticked, whatever the registration marks necessary.
    voluntary: bool = False
    # What the service says itself that it is for, beside the purpose that it registered.
    purpose: str | None = None

    @property
    def claim(self) -> str | None:
        """The name of a single claim; None for a scope."""
        return self.key.removeprefix(_CLAIM) if self.key.startswith(_CLAIM) else None


def scope_item(scope: str, claims: Iterable[str]) -> Item:
    return Item(scope, scope, frozenset(claims))


def claim_item(claim: str, scope: str, voluntary: bool, purpose: str | None = None) -> Item:
    return Item(_CLAIM + claim, scope, frozenset({claim}), voluntary, purpose)
