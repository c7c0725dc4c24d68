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
    """`values` names exactly what it carries: `at` a moment, `agent` a User-Agent, `method` an authenticator's kind,
    `level` a level's word, `due` a moment to come, `code` a one-time code that counts for
    `minutes` and is not sent any more after `until`.

    `change`: it tells of a change of the account itself, so nothing less may use up its place in the day's messages.
    `sms`: worth an SMS as well as an e-mail.
    """

    name: str
    values: frozenset[str]
    doc: str
    change: bool = False
    sms: bool = True


NEW_DEVICE: Final = "new_device"
PASSWORD_CHANGED: Final = "password_changed"
AUTHENTICATOR_ADDED: Final = "authenticator_added"
AUTHENTICATOR_REMOVED: Final = "authenticator_removed"
RECOVERY_CODES_MADE: Final = "recovery_codes_made"
VNEID_LINKED: Final = "vneid_linked"
CONSENT_WITHDRAWN: Final = "consent_withdrawn"
ONE_TIME_CODE: Final = "one_time_code"
PHONE_DEAD: Final = "phone_dead"
EMAIL_DEAD: Final = "email_dead"
RECOVERY_BEGUN: Final = "recovery_begun"
RECOVERY_CANCELLED: Final = "recovery_cancelled"
RECOVERY_COMPLETED: Final = "recovery_completed"
ACCOUNT_LOCKED: Final = "account_locked"
ACCOUNT_UNLOCKED: Final = "account_unlocked"
ACCOUNT_HELD: Final = "account_held"
ACCOUNT_RELEASED: Final = "account_released"

RAISE_WAITS: Final = "raise_waits"
LEVEL_RAISED: Final = "level_raised"
LEVEL_LOWERED: Final = "level_lowered"
LEVEL_ENDS: Final = "level_ends"

_AT: Final = frozenset({"at"})
_AT_BY: Final = frozenset({"at", "method"})

KINDS: Final[Mapping[str, NoticeKind]] = {
    kind.name: kind
    for kind in (
        NoticeKind(
            RECOVERY_BEGUN, frozenset({"at", "due"}), "somebody wants to recover this person's account", change=True
        ),
        NoticeKind(RECOVERY_CANCELLED, frozenset({"at"}), "the recovery of the account was cancelled", change=True),
        NoticeKind(RECOVERY_COMPLETED, frozenset({"at"}), "the account was recovered", change=True),
        NoticeKind(
            ACCOUNT_LOCKED, frozenset({"at", "case"}), "somebody said that something was not this person", change=True
        ),
        NoticeKind(ACCOUNT_HELD, _AT, "a report about the person's life or papers suspended the account", change=True),
        NoticeKind(ACCOUNT_RELEASED, _AT, "such a report was taken back, and the account is open again", change=True),
        NoticeKind(ACCOUNT_UNLOCKED, frozenset({"at"}), "the lock was lifted", change=True),
        NoticeKind(
            NEW_DEVICE, frozenset({"at", "agent"}), "a sign-in from a browser that this person never used before"
        ),
        NoticeKind(PASSWORD_CHANGED, _AT, "the password was changed", change=True),
        NoticeKind(AUTHENTICATOR_ADDED, _AT_BY, "a way to sign in was added", change=True),
        NoticeKind(AUTHENTICATOR_REMOVED, _AT_BY, "a way to sign in was removed", change=True),
        NoticeKind(RECOVERY_CODES_MADE, _AT, "a new sheet of recovery codes was made", change=True),
        NoticeKind(VNEID_LINKED, _AT, "an account at VNeID was linked", change=True),
        NoticeKind(
            RAISE_WAITS, frozenset({"at", "due"}), "somebody had the person verified from afar; it waits", change=True
        ),
        NoticeKind(LEVEL_RAISED, frozenset({"at", "level"}), "who the person is was verified better", change=True),
        NoticeKind(LEVEL_LOWERED, frozenset({"at", "level"}), "the person's level fell", change=True),
        NoticeKind(LEVEL_ENDS, frozenset({"due", "level"}), "the person's level ends soon; it can be renewed"),
        NoticeKind(CONSENT_WITHDRAWN, _AT, "a consent was withdrawn", sms=False),
        NoticeKind(
            PHONE_DEAD, frozenset(), "a phone number no longer signs its person in; told by e-mail", change=True
        ),
        NoticeKind(
            EMAIL_DEAD, frozenset(), "an e-mail address no longer signs its person in; told by SMS", change=True
        ),
        NoticeKind(
            ONE_TIME_CODE,
            frozenset({"code", "minutes", "until"}),
            "a code that somebody at a page of ours asked for; no notice, and not counted as one",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one person. It speaks of them, so it is kept sealed and never printed.

    `not_me` is the path of its link "this wasn't me"; no SMS carries it.
    """

    kind: str
    lang: str
    reference: str
    name: str = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    not_me: str = field(default="", repr=False)

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
            "not_me": notice.not_me,
        }
    )


def unpack(payload: bytes) -> tuple[Notice, str]:
    """The notice and where it goes."""
    told = orjson.loads(payload)
    to = told.pop("to")
    return Notice(**told), to
