"""The register itself: reads a signed question, compares field by field, and signs what it says. Everything in memory.

It compares by rules of its own, which a test holds against the hub's.
"""

import hashlib
import json
import secrets
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from sandbox.population_register.faults import Fault
from sandbox.population_register.people import Record, records

_SKEW = 60
_HOUR = 3600
_PENDING_FOR = 5
_QUESTION, _ANSWER = "register-question+jwt", "register-answer+jwt"


class Refused(Exception):
    """A question that the register does not take, with the HTTP status that says so."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(slots=True)
class Register:
    """`url` is its name; `client_id` and `asker` are the one hub that may ask."""

    url: str
    client_id: str
    asker: ECKey
    key: ECKey
    foreign_key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    people: dict[str, Record] = field(default_factory=records)
    # For everybody, and for single records.
    fault: Fault = Fault.NONE
    faults: dict[str, Fault] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    # Of each question's id: what it was about, and the evidence that it got.
    known: dict[str, tuple[str, str]] = field(default_factory=dict)
    # How often each question was heard and answered.
    heard: Counter[str] = field(default_factory=Counter)

    def jwks(self) -> dict[str, Any]:
        public = self.key.as_dict(private=False)
        return {"keys": [{**public, "kid": self.key.thumbprint(), "use": "sig", "alg": "ES256"}]}

    def answer(self, body: bytes) -> str:
        """The signed answer to a signed question. Raises Refused."""
        asked = self._read(body)
        subject, question_id = asked["subject"], asked["jti"]
        evidence_id = self._evidence(question_id, subject)
        self.heard[question_id] += 1
        fault = self.faults.get(str(subject.get("number")), self.fault)
        now = int(self.clock())
        said = {
            "iss": self.url,
            "aud": self.client_id,
            "iat": now - _HOUR if fault is Fault.STALE else now,
            "jti": question_id,
            "nonce": secrets.token_hex(8) if fault is Fault.WRONG_NONCE else asked["nonce"],
            **self._said_of(subject, fault, evidence_id, now),
        }
        key = self.foreign_key if fault is Fault.WRONG_SIGNATURE else self.key
        header = {"alg": "ES256", "kid": self.key.thumbprint(), "typ": _ANSWER}
        return jws.serialize_compact(header, json.dumps(said, ensure_ascii=False).encode(), key)

    def _read(self, body: bytes) -> dict[str, Any]:
        try:
            read = jws.deserialize_compact(body, self.asker, algorithms=["ES256"])
            asked = json.loads(read.payload)
        except (JoseError, ValueError):
            raise Refused(401, "signature") from None
        if read.headers().get("typ") != _QUESTION or not isinstance(asked, dict):
            raise Refused(400, "type")
        if (asked.get("iss"), asked.get("aud")) != (self.client_id, self.url):
            raise Refused(403, "iss or aud")
        now = self.clock()
        if not asked.get("iat", 0) - _SKEW <= now < asked.get("exp", 0) + _SKEW:
            raise Refused(400, "time")
        if not all(asked.get(name) for name in ("jti", "nonce", "purpose", "subject")):
            raise Refused(400, "a member is missing")
        return asked

    def _evidence(self, question_id: str, subject: Mapping[str, Any]) -> str:
        """One question, one piece of evidence, however often it is asked; another question under its id is none."""
        about = hashlib.sha256(json.dumps(subject, sort_keys=True).encode()).hexdigest()
        before = self.known.setdefault(question_id, (about, f"c06-{secrets.token_hex(8)}"))
        if before[0] != about:
            raise Refused(409, "this id was another question's")
        return before[1]

    def _said_of(self, subject: Mapping[str, Any], fault: Fault, evidence_id: str, now: int) -> dict[str, Any]:
        if fault is Fault.PENDING:
            return {"status": "pending", "retry_after": _PENDING_FOR}
        told: dict[str, Any] = {"as_of": now, "evidence_id": evidence_id}
        record = self.people.get(str(subject.get("number"))) if subject.get("number_kind") == "pin" else None
        if record is None:
            return {**told, "status": "not_found"}
        if fault in (Fault.REVOKED, Fault.DECEASED):
            return {**told, "status": fault.value}
        return {**told, **compared(subject, _bare(record) if fault is Fault.PARTIAL else record)}


def compared(subject: Mapping[str, Any], record: Record) -> dict[str, Any]:
    """`status`, `fields` for what was asked, and the recorded name where it agrees but for its marks."""
    known = {"name": record.name, "birthdate": record.birthdate, "gender": record.gender}
    known["nationality"] = record.nationality
    fields = {claim: _field(claim, str(subject[claim]), known[claim]) for claim in known if claim in subject}
    found = set(fields.values())
    status = "mismatch" if "different" in found else "match" if found == {"exact"} else "partial"
    recorded = {"recorded_name": record.name} if fields.get("name") == "folded" else {}
    return {"status": status, "fields": fields, **recorded}


def _field(claim: str, asked: str, known: str) -> str:
    if not known:
        return "absent"
    if claim == "name":
        if _written(asked) == _written(known):
            return "exact"
        return "folded" if _letters(asked) == _letters(known) != "" else "different"
    if asked == known:
        return "exact"
    year_alone = claim == "birthdate" and 4 in (len(asked), len(known)) and asked[:4] == known[:4]
    return "folded" if year_alone else "different"


def _written(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(unicodedata.normalize("NFC", text).split()).casefold())


def _letters(text: str) -> str:
    bare = unicodedata.normalize("NFD", " ".join(text.split()).casefold()).replace("đ", "d")
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def _bare(record: Record) -> Record:
    """As an old list has it: letters without marks, and a year."""
    letters = unicodedata.normalize("NFD", record.name.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return replace(record, name=plain, birthdate=record.birthdate[:4])
