"""What a service may know of a person, for which purpose and on which legal basis: the terms of its registration."""

import hashlib
import json
from collections.abc import Mapping
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

    def digest(self, scope: str, claims: frozenset[str]) -> str:
        """Fingerprint of what a person is told: a change of purpose, basis, text, claim set or agency asks again."""
        terms = self.scopes[scope]
        told = [self.agency_id, scope, terms.basis, dict(terms.purpose), dict(terms.legal_reference), sorted(claims)]
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
