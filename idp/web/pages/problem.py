"""Pages for what went wrong: each says what happened, what it means, what to do, and leads somewhere."""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Problem(Enum):
    """Kinds, with the status each answers with; catalogue keys are `problem.<value>.{title,text,next}`."""

    EXPIRED = "expired"
    FINISHED = "finished"
    OTHER_BROWSER = "other_browser"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"
    UNEXPECTED = "unexpected"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    DENIED = "denied"
    STALE_FORM = "stale_form"
    VNEID_AWAY = "vneid_away"
    RECOVERY_LOST = "recovery_lost"
    PAD_LOST = "pad_lost"

    @property
    def status(self) -> int:
        return _STATUS.get(self, 400)


_STATUS = {
    Problem.EXPIRED: 410,
    Problem.FINISHED: 410,
    Problem.OTHER_BROWSER: 403,
    Problem.TOO_MANY: 429,
    Problem.UNAVAILABLE: 503,
    Problem.UNEXPECTED: 500,
    Problem.NOT_FOUND: 404,
    Problem.METHOD_NOT_ALLOWED: 405,
    Problem.DENIED: 403,
    Problem.STALE_FORM: 403,
    Problem.VNEID_AWAY: 503,
    Problem.RECOVERY_LOST: 410,
    Problem.PAD_LOST: 410,
}


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """`retry_uri` is the main way on; the service's own way back comes from the context."""

    template: ClassVar[str] = "problem.html"

    problem: Problem
    retry_uri: str | None = None
    incident: str | None = None
    wait_minutes: int | None = None

    @property
    def status(self) -> int:
        return self.problem.status


@dataclass(frozen=True, slots=True)
class InvalidRequestPage:
    """A request that we refuse on our own host (Yêu cầu không hợp lệ). `key` names `error.<key>`."""

    template: ClassVar[str] = "invalid_request.html"
    status: ClassVar[int] = 400

    key: str
    incident: str | None = None


@dataclass(frozen=True, slots=True)
class RefusalPage:
    """A domain rule said no: `key` names `refusal.<key>`, `values` fill it in."""

    template: ClassVar[str] = "refusal.html"
    status: ClassVar[int] = 403

    key: str
    values: tuple[tuple[str, str], ...] = ()
