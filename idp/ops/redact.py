"""What a line of the log may hold (pure): listed keys with values of their kind, and nothing about a person.

Absence from the list is a refusal: an unknown key is dropped and counted, a value that isn't of its key's kind is
masked. Free text (an event, a hint, a line of a library) loses all that looks like a person's number, an address or a
secret.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

MASK: Final = "[redacted]"
_MAX_TEXT: Final = 500
_MAX_NUMBER: Final = 10**8  # below any identity or phone number

_WORD: Final = re.compile(r"[A-Za-z0-9._:/{}<>+-]{1,64}\Z", re.ASCII)
_ID: Final = re.compile(r"(?=[2-9]*[a-z])[2-9a-hjkmnp-z]{10,26}\Z", re.ASCII)  # idp.kernel.ids, with a letter in it
_REQUEST_ID: Final = re.compile(r"[g-z]{8}-[0-9a-f]{1,12}\Z", re.ASCII)
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z\Z", re.ASCII)

_SECRET_NAMES: Final = (
    "authorization|code|token|password|passwd|secret|assertion|verifier|challenge|cookie|nonce|state|otp|hint|username|"
    "login|sid|session|sub|subject|email|phone|name|request_uri"
)
# In this order: a later rule sees what an earlier one left. Every repetition is bounded: the text may be a stranger's.
_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,255}"), "[email]"),
    (re.compile(r"\?[^\s\"']+"), "?[query]"),
    (
        re.compile(
            rf"(?i)([a-z_-]{{0,32}}(?:{_SECRET_NAMES})[\"']?\s{{0,4}}[=:]\s{{0,4}})(?:\"[^\"]*\"?|'[^']*'?|\S+)"
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+\S+"), rf"\1 {MASK}"),
    # A JSON Web Token, whole or in parts, and any long word of base64url that no language knows. The exceptions are an
    # error code or a class name (letters only, in words), and an identifier of ours (idp.kernel.ids).
    (
        re.compile(
            r"(?<![A-Za-z0-9_+=-])"
            r"(?!(?:[a-z]+(?:[_-][a-z]+)*|(?:[A-Z][a-z]+){2,}|[2-9a-hjkmnp-z]{26})(?![A-Za-z0-9_+=-]))"
            r"[A-Za-z0-9_+=-]{20,}"
        ),
        "[token]",
    ),
    (
        re.compile(r"(?<![0-9.])(?!(?:127\.0\.0\.1|0\.0\.0\.0)(?![0-9.]))[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])"),
        "[address]",
    ),
    (re.compile(r"(?i)[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f:.]{0,45}"), "[address]"),
    # Identity and phone numbers, written as people do; one-time codes stand alone.
    (re.compile(r"\+?[0-9](?:[ .()-]{0,2}[0-9]){8,}"), "[number]"),
    (re.compile(r"(?<![A-Za-z0-9.])[0-9]{3}[ -]?[0-9]{3,5}(?![A-Za-z0-9])"), "[number]"),
    (re.compile(r"[^\x20-\x7e]+"), " "),
)
_CHUNK: Final = re.compile(r"\S+")


def scrubbed(text: str) -> str:
    """The text without what could be a person's or a secret."""
    if len(text) > 4 * _MAX_TEXT:
        text = text[: 4 * _MAX_TEXT].rpartition(" ")[0]
    text = _CHUNK.sub(_ascii, text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text[:_MAX_TEXT]


def _ascii(chunk: re.Match[str]) -> str:
    """Vietnamese names carry diacritics; our own log speaks ASCII."""
    return chunk[0] if chunk[0].isascii() else "[text]"


def _number(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and -_MAX_NUMBER < value < _MAX_NUMBER:
        return value
    return MASK


def _word(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    return value if isinstance(value, str) and _WORD.match(value) and scrubbed(value) == value else MASK


def _id(value: object) -> object:
    return value if isinstance(value, str) and _ID.match(value) else _word(value)


def _request_id(value: object) -> object:
    return value if isinstance(value, str) and _REQUEST_ID.match(value) else MASK


def _time(value: object) -> object:
    return value if isinstance(value, str) and _TIME.match(value) else MASK


def _key_id(value: object) -> object:
    """A thumbprint is public, but its beginning is enough, and a token in its place is then of no use."""
    return _word(value[:8]) if isinstance(value, str) else MASK


def _text(value: object) -> object:
    return scrubbed(value) if isinstance(value, str) else MASK


def _words(value: object) -> object:
    return [_word(item) for item in value] if isinstance(value, list | tuple) else MASK


_KINDS: Final[Mapping[Callable[[object], object], str]] = {
    _number: "attempt attempts bytes count depth limit ms port retry_after_s seconds status workers",
    _word: "endpoint error exception grant_type kind level logger method outcome probe profile reason route version",
    _id: "client_id family_id grant_id incident",
    _request_id: "request_id",
    _time: "time",
    _words: "frames",
    _key_id: "kid",
    _text: "event hint",
}
FIELDS: Final[Mapping[str, Callable[[object], object]]] = {
    key: kind for kind, keys in _KINDS.items() for key in keys.split()
}


def redacted(event: Mapping[str, object]) -> dict[str, object]:
    """The line as it may be written."""
    line = {key: FIELDS[key](value) for key, value in event.items() if key in FIELDS}
    if dropped := len(event) - len(line):
        line["dropped"] = dropped
    return line
