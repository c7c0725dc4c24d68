"""The national population register: a signed question over mutual TLS, and its signed answer, believed field by field.

No public specification was found, so whatever is the register's own (paths, names of members) stands in this one file.
What an answer is good for is decided in flows/; here it is only judged whether it is the register's, to our question.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from idp.crypto.request_signer import RequestSigner
from idp.identity import matching
from idp.identity.matching import Match
from idp.identity.register import COMPARING, Answer, Purpose, Question, Verdict, question_to_json, verdict_of
from idp.identity.upstream_pin import Pin
from idp.kernel.clock import epoch, instant
from idp.kernel.ids import new_id
from idp.outgoing import Answered, Outgoing, OutgoingFailed, OutgoingRefused
from idp.upstream.errors import Reason, UpstreamFailed
from idp.upstream.metadata import Published

QUESTION_TYP: Final = "register-question+jwt"
ANSWER_TYP: Final = "register-answer+jwt"
TIMEOUT_S: Final = 3.0
"""From the first look-up to the last octet of one try: an answer that drips has no longer than one that never comes."""
MAX_ANSWER: Final = 16 * 1024

_JOSE: Final = "application/jose"
RETRIES: Final = 2
_FIRST_PAUSE_S: Final = 0.1
# How far the register's clock and ours may lie apart, with the time that all tries together take.
_WINDOW: Final = timedelta(minutes=2)
_QUESTION_LIVES: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=1)
_LONGEST_NAME: Final = 300
_LONGEST_ID: Final = 100
_FINAL: Final = {word.value: word for word in Verdict if word is not Verdict.UNAVAILABLE}


@dataclass(frozen=True, slots=True)
class RegisterPolicy:
    """Settings of the deployment: where the register is, and who we are there."""

    url: str
    client_id: str


async def jittered(retry: int) -> None:
    """Before a second and third try: a tenth of a second, doubled, up to twice as long at random.

    Nodes that failed together don't come back together.
    """
    await asyncio.sleep(_FIRST_PAUSE_S * (1 << retry) * random.uniform(1, 2))  # noqa: S311 - it is no secret


class PopulationRegister:
    """The connector: one per process."""

    def __init__(
        self,
        policy: RegisterPolicy,
        outgoing: Outgoing,
        signer: RequestSigner,
        pause: Callable[[int], Awaitable[None]] = jittered,
    ) -> None:
        """`outgoing` is its own: our certificate is shown to the register alone, and its authority vouches for it."""
        self.policy = policy
        self._outgoing = outgoing
        self._signer = signer
        self._pause = pause
        self._published = Published(policy.url, outgoing)

    @property
    def issuer(self) -> str:
        """The name under which its keys are approved, and which its answers bear."""
        return self.policy.url

    @property
    def _jwks_uri(self) -> str:
        return f"{self.policy.url}/jwks"

    @property
    def _questions_uri(self) -> str:
        return f"{self.policy.url}/questions"

    async def close(self) -> None:
        await self._outgoing.close()

    async def published(self, now: datetime) -> Pin:
        """What it says of itself at this moment, for those who approve it. Raises UpstreamFailed."""
        self._published.forget()
        keys = await self._published.keys(self._jwks_uri, now)
        thumbprints = frozenset(key.key.thumbprint() for key in keys.keys)
        return Pin(self.issuer, "", self._questions_uri, self._jwks_uri, names_itself=False, thumbprints=thumbprints)

    async def ask(
        self,
        pin: Pin | None,
        question_id: str,
        question: Question,
        purpose: Purpose,
        now: datetime,
        *,
        retries: int = RETRIES,
    ) -> Answer:
        """Reading twice changes nothing there, so what met no answer is tried again under the same `question_id`.

        `pin`: what was approved of it; None, in a sandbox, believes what it publishes. Raises UpstreamFailed: a
        register that can't be reached, or whose answer can't be believed, has said nothing.
        """
        for retry in range(retries + 1):
            try:
                return await self._ask_once(pin, question_id, question, purpose, now)
            except UpstreamFailed as failure:
                if failure.reason is not Reason.UNAVAILABLE or retry == retries:
                    raise
            await self._pause(retry)
        raise AssertionError("every try returns or raises")

    async def _ask_once(
        self, pin: Pin | None, question_id: str, question: Question, purpose: Purpose, now: datetime
    ) -> Answer:
        nonce = new_id()
        signed = self._signer.sign(self._claims(question_id, nonce, question, purpose, now), QUESTION_TYP)
        try:
            answered = await self._outgoing.post(self._questions_uri, signed.encode("ascii"), _JOSE)
        except OutgoingFailed as error:
            raise UpstreamFailed(Reason.UNAVAILABLE, error.reason) from None
        except OutgoingRefused as error:
            raise UpstreamFailed(Reason.REFUSED, error.reason) from None
        text = _text(answered, now)
        claims = await self._published.verified(text, self._jwks_uri, pin, now, ANSWER_TYP)
        self._check_addressed(claims, question_id, nonce, now)
        return _answer(claims, question, text, now)

    def _claims(
        self, question_id: str, nonce: str, question: Question, purpose: Purpose, now: datetime
    ) -> dict[str, Any]:
        return {
            "iss": self.policy.client_id,
            "aud": self.policy.url,
            "iat": epoch(now),
            "exp": epoch(now + _QUESTION_LIVES),
            "jti": question_id,
            "nonce": nonce,
            "purpose": purpose.value,
            "subject": question_to_json(question),
        }

    def _check_addressed(self, claims: Mapping[str, Any], question_id: str, nonce: str, now: datetime) -> None:
        """A genuine answer to somebody else, to another question or to an earlier try of this one says nothing."""
        expected = {"iss": self.policy.url, "aud": self.policy.client_id, "jti": question_id, "nonce": nonce}
        for member, value in expected.items():
            if claims.get(member) != value:
                raise UpstreamFailed(Reason.MISTRUSTED, f"answer {member}")
        said_at = _instant(claims.get("iat"))
        if said_at is None or abs(said_at - now) > _WINDOW:
            raise UpstreamFailed(Reason.MISTRUSTED, "answer iat")


class Busy(UpstreamFailed):
    """RFC 6585 §4: it is there, and wants to be asked later."""

    def __init__(self, retry_after: timedelta | None) -> None:
        super().__init__(Reason.BUSY, "status 429")
        self.retry_after = retry_after


def _text(answered: Answered, now: datetime) -> str:
    if answered.status == 429:
        raise Busy(_retry_after(answered.retry_after, now))
    if answered.status >= 500:
        raise UpstreamFailed(Reason.UNAVAILABLE, f"status {answered.status}")
    if answered.status != 200:
        # It does not know us, or our question: ours to repair, and no word about the person.
        raise UpstreamFailed(Reason.REFUSED, f"status {answered.status}")
    try:
        return answered.body.decode("ascii")
    except UnicodeDecodeError:
        raise UpstreamFailed(Reason.MISTRUSTED, "answer is not ASCII") from None


def _retry_after(text: str | None, now: datetime) -> timedelta | None:
    """RFC 9110 §10.2.3: seconds or a date; what is neither is not there. An hour at most."""
    if text is None:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= 9:
        wait = timedelta(seconds=int(text))
    else:
        try:
            wait = parsedate_to_datetime(text) - now
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(wait, timedelta(0)), _LONGEST_WAIT)


def _answer(claims: Mapping[str, Any], question: Question, signed: str, now: datetime) -> Answer:
    """Every member in a form that we know how to read, or nothing of it is believed."""
    verdict = _FINAL.get(str(claims.get("status")))
    if verdict is None:
        raise UpstreamFailed(Reason.MISTRUSTED, "answer status")
    if verdict is Verdict.PENDING:
        return Answer(verdict, retry_after=_seconds(claims.get("retry_after")), why=verdict.value)
    as_of, evidence_id = _instant(claims.get("as_of")), claims.get("evidence_id")
    if as_of is None or as_of > now + _WINDOW:
        raise UpstreamFailed(Reason.MISTRUSTED, "answer as_of")
    if not isinstance(evidence_id, str) or not 0 < len(evidence_id) <= _LONGEST_ID or not evidence_id.isascii():
        raise UpstreamFailed(Reason.MISTRUSTED, "answer evidence_id")
    fields = _fields(claims.get("fields"), question) if verdict in COMPARING else {}
    if fields and verdict_of(fields) is not verdict:
        raise UpstreamFailed(Reason.MISTRUSTED, "answer fields")
    return Answer(verdict, fields, as_of, evidence_id, _recorded_name(claims, fields, question), signed)


def _fields(told: object, question: Question) -> dict[str, Match]:
    """Of each field that was asked, and of no other."""
    words = {match.value: match for match in Match}
    if not isinstance(told, Mapping) or set(told) != set(question.asked):
        raise UpstreamFailed(Reason.MISTRUSTED, "answer fields")
    found = {claim: words.get(word) if isinstance(word, str) else None for claim, word in told.items()}
    known = {claim: match for claim, match in found.items() if match is not None}
    if len(known) != len(found):
        raise UpstreamFailed(Reason.MISTRUSTED, "answer fields")
    return known


def _recorded_name(claims: Mapping[str, Any], fields: Mapping[str, Match], question: Question) -> str | None:
    """The register's spelling of a name that agrees but for its marks; any other name it may not tell us."""
    told = claims.get("recorded_name")
    if told is None:
        return None
    if (
        fields.get("name") is not Match.FOLDED
        or not isinstance(told, str)
        or len(told) > _LONGEST_NAME
        or matching.names(question.name, told) is not Match.FOLDED
    ):
        raise UpstreamFailed(Reason.MISTRUSTED, "answer recorded_name")
    return told


def _instant(value: object) -> datetime | None:
    """RFC 7519 §2: NumericDate."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return instant(value)
    except (ValueError, OverflowError, OSError):
        return None


def _seconds(value: object) -> timedelta | None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return min(timedelta(seconds=min(value, 10**6)), _LONGEST_WAIT)
