"""A question to a register of the State about one person, and what an answer means. Asking is upstream's, not ours.

An answer is never a bare yes: it says of each field how it agrees, as of when, and by which evidence. That a register
can't be reached is no answer at all, and never turns into "nobody bears this number".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from idp.identity.identity_number import IdentityNumber, NumberKind
from idp.identity.matching import Match


class Purpose(StrEnum):
    """Why a register is asked: told to the register, kept with the question, and shown to the person."""

    VERIFY_IDENTITY = "verify_identity"
    CONFIRM_AGAIN = "confirm_again"
    CHECK_CONNECTION = "check_connection"


class Verdict(StrEnum):
    """`PENDING` and `UNAVAILABLE` settle nothing: the question goes on waiting."""

    MATCH = "match"
    PARTIAL = "partial"
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"
    REVOKED = "revoked"
    DECEASED = "deceased"
    PENDING = "pending"
    UNAVAILABLE = "unavailable"


COMPARING: Final = frozenset({Verdict.MATCH, Verdict.PARTIAL, Verdict.MISMATCH})
_UNSETTLED: Final = frozenset({Verdict.PENDING, Verdict.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Question:
    """What a person, or a document, says; `birthdate` is written as in OpenID Connect Core §5.1."""

    number: IdentityNumber
    name: str = field(repr=False)
    birthdate: str = field(repr=False)
    gender: str | None = field(default=None, repr=False)
    nationality: str | None = field(default=None, repr=False)

    @property
    def asked(self) -> dict[str, str]:
        """The fields that are to be compared, by claim name; the number is what the record is looked up by."""
        every = {
            "name": self.name,
            "birthdate": self.birthdate,
            "gender": self.gender,
            "nationality": self.nationality,
        }
        return {claim: value for claim, value in every.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a register said of a question. `signed` is its word as it came, kept as evidence.

    `recorded_name` comes only where the name was folded: the register's spelling, which has the marks that a machine
    zone or a typist left out. `why` and `retry_after` belong to what is not settled.
    """

    verdict: Verdict
    fields: Mapping[str, Match] = field(default_factory=dict)
    as_of: datetime | None = None
    evidence_id: str | None = None
    recorded_name: str | None = field(default=None, repr=False)
    signed: str | None = field(default=None, repr=False)
    retry_after: timedelta | None = None
    why: str = ""

    @property
    def is_settled(self) -> bool:
        return self.verdict not in _UNSETTLED


def verdict_of(fields: Mapping[str, Match]) -> Verdict:
    """What the fields together say: one that differs is a mismatch; less than exact everywhere is for an officer."""
    found = set(fields.values())
    if not found or Match.DIFFERENT in found:
        return Verdict.MISMATCH
    return Verdict.MATCH if found == {Match.EXACT} else Verdict.PARTIAL


def question_to_json(question: Question) -> dict[str, Any]:
    number = question.number
    return {
        "number_kind": number.kind.value,
        "number": number.value,
        "country": number.country,
        **question.asked,
    }


def question_from_json(document: Mapping[str, Any]) -> Question:
    told = dict(document)
    kind, value, country = (told.pop(member) for member in ("number_kind", "number", "country"))
    return Question(IdentityNumber(NumberKind(kind), value, country), **told)


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """For the sealed record of a settled answer."""
    return {
        "verdict": answer.verdict.value,
        "fields": {claim: match.value for claim, match in answer.fields.items()},
        "as_of": answer.as_of.isoformat() if answer.as_of else None,
        "evidence_id": answer.evidence_id,
        "recorded_name": answer.recorded_name,
        "signed": answer.signed,
    }


def answer_from_json(document: Mapping[str, Any]) -> Answer:
    as_of = document["as_of"]
    return Answer(
        Verdict(document["verdict"]),
        {claim: Match(match) for claim, match in document["fields"].items()},
        datetime.fromisoformat(as_of) if as_of else None,
        document["evidence_id"],
        document["recorded_name"],
        document["signed"],
    )
