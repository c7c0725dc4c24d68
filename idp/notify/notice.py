"""What a person is told: a closed list of kinds, each with the values that its texts need. The texts are catalogued.

A new kind is one line here and its texts in both languages; a test holds them to the same values and the SMS to one
segment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """`values` names exactly what a notice of this kind carries: `at` is a moment, `agent` a browser's User-Agent."""

    name: str
    values: frozenset[str]
    doc: str


NEW_DEVICE: Final = "new_device"

KINDS: Final[Mapping[str, NoticeKind]] = {
    kind.name: kind
    for kind in (
        NoticeKind(
            NEW_DEVICE, frozenset({"at", "agent"}), "a sign-in from a browser that this person never used before"
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one person. It speaks of them, so it is kept sealed and never printed."""

    kind: str
    lang: str
    reference: str
    name: str = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)

    def __post_init__(self) -> None:
        known = KINDS.get(self.kind)
        if known is None or known.values != set(self.values):
            raise ValueError(f"no notice of this form: {self.kind}")


def pack(notice: Notice, to: str) -> bytes:
    """For the outbox, which seals it. The text is written when it is sent, and stored nowhere."""
    return orjson.dumps(
        {
            "to": to,
            "kind": notice.kind,
            "lang": notice.lang,
            "reference": notice.reference,
            "name": notice.name,
            "values": dict(notice.values),
        }
    )


def unpack(payload: bytes) -> tuple[Notice, str]:
    """The notice and where it goes."""
    told = orjson.loads(payload)
    to = told.pop("to")
    return Notice(**told), to
