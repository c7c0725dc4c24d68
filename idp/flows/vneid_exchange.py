"""What is kept while somebody is at VNeID: one question, sealed, for one browser and one answer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

import orjson

from idp.crypto.field_encryption import Undecryptable
from idp.flows.hall import Hall
from idp.flows.interactions import Interaction
from idp.kernel.clock import instant
from idp.kernel.level import Level
from idp.kernel.secret import Secret, new_secret
from idp.upstream.vneid import Question, Vouched

_TTL: Final = int(timedelta(minutes=10).total_seconds())


@dataclass(frozen=True, slots=True)
class Trip:
    """`browser` binds it, as it binds the interaction; `person_id`: whose level is to be raised, and nobody else's."""

    interaction_id: str
    client_id: str
    browser: str
    person_id: str | None
    question: Question


async def depart(hall: Hall, trip: Trip) -> Secret:
    """The `state` for it: random, and of use to nobody without the browser's cookie."""
    state = new_secret()
    document = {**asdict(trip), "question": {**asdict(trip.question), "asked_at": trip.question.asked_at.timestamp()}}
    await _put(hall, state.digest(), "trip", document)
    return state


async def arrive(hall: Hall, state: Secret) -> Trip | None:
    """Once: of two answers with one `state` the second finds nothing."""
    document = _opened(hall, await hall.cache.upstream.take(state.digest()), state.digest(), "trip")
    if document is None:
        return None
    asked = {**document["question"], "asked_at": instant(document["question"]["asked_at"])}
    return Trip(**{**document, "question": Question(**asked)})


async def keep_word(hall: Hall, interaction: Interaction, vouched: Vouched) -> None:
    """VNeID's word, until the account's owner has agreed to the link in this same sign-in."""
    document = {
        "issuer": vouched.issuer,
        "sub": vouched.sub,
        "number": vouched.number,
        "level": int(vouched.level),
        "facts": dict(vouched.facts),
    }
    await _put(hall, _word(interaction), "word", document)


async def kept_word(hall: Hall, interaction: Interaction) -> Vouched | None:
    digest = _word(interaction)
    document = _opened(hall, await hall.cache.upstream.peek(digest), digest, "word")
    return None if document is None else Vouched(**{**document, "level": Level(document["level"])})


async def forget_word(hall: Hall, interaction: Interaction) -> None:
    await hall.cache.upstream.take(_word(interaction))


def _word(interaction: Interaction) -> bytes:
    return Secret(f"word:{interaction.id}").digest()


async def _put(hall: Hall, digest: bytes, what: str, document: Mapping[str, Any]) -> None:
    sealed = hall.vault.seal(orjson.dumps(document), _context(what, digest))
    await hall.cache.upstream.put(digest, sealed, _TTL)


def _opened(hall: Hall, record: bytes | None, digest: bytes, what: str) -> dict[str, Any] | None:
    if record is None:
        return None
    try:
        found: dict[str, Any] = orjson.loads(hall.vault.open_(record, _context(what, digest)))
    except Undecryptable:
        return None
    return found


def _context(what: str, digest: bytes) -> str:
    return f"vneid:{what}:{digest.hex()}"
