"""What a service may know of a person, for which purpose and on which legal basis: the terms of its registration."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Basis(StrEnum):
    """PDPL 91/2025/QH15: `task` is a notice without a question (Art. 19), `consent` asks and can be refused."""

    TASK = "task"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class ScopeTerms:
    """The terms of one scope; texts map a language to the text."""

    basis: Basis
    purpose: Mapping[str, str]
    legal_reference: Mapping[str, str]
    necessary: bool = True


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """All scopes that a service registered, with their terms, and the agency that answers for them."""

    agency_id: str
    scopes: Mapping[str, ScopeTerms] = field(default_factory=dict)

    def digest(self, scope: str, claims: frozenset[str], said: str | None = None) -> str:
        """Fingerprint of what a person is told: a change of purpose, basis, text, claim set or agency asks again.

        `said`: the purpose that the request itself gave.
        """
        terms = self.scopes[scope]
        told = [self.agency_id, scope, terms.basis, dict(terms.purpose), dict(terms.legal_reference), sorted(claims)]
        if said is not None:
            told.append(said)
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def purposes(self, scopes: Iterable[str]) -> str | None:
        """Which of these scopes goes on which basis, as audit events hold it: `profile=task phone=consent`."""
        told = [f"{scope}={self.scopes[scope].basis.value}" for scope in scopes if scope in self.scopes]
        return " ".join(told) or None


def bases(purpose: str | None) -> Mapping[str, Basis]:
    """Back from `ServiceTerms.purposes`. Words that this release does not know say nothing."""
    known = {basis.value: basis for basis in Basis}
    pairs = (word.partition("=") for word in (purpose or "").split())
    return {scope: known[basis] for scope, _, basis in pairs if basis in known}
