"""The upload document: JSON with the files of a chip as a reader read them. Bounded before it is parsed.

`{"files": {"EF.SOD": base64, "DG1": …}, "active_authentication": {"challenge": base64, "response": base64}}`
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from idp.crypto.chip.policy import LARGEST_FILE, LARGEST_UPLOAD
from idp.identity.chip_refusal import ChipRefused, Code

_LARGEST_RESPONSE: Final = 1024

# Readers write SOD, EF.SOD, sod; DG1, EF.DG1, dg01.
_NAME = re.compile(r"(?:ef\.)?(?:(?P<other>sod|com)|dg0?(?P<number>[1-9]|1[0-6]))", re.ASCII)
# Eighteen files and the rest need far fewer; whatever has more is not this document, and is not parsed.
_MOST_QUOTES: Final = 200
_MOST_OBJECTS: Final = 3


@dataclass(frozen=True, slots=True)
class ActiveAuthentication:
    """What was asked, and what the chip answered (Doc 9303-11 §6.1)."""

    challenge: bytes
    response: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Upload:
    """`groups` by their number; `sod` is the whole EF.SOD."""

    sod: bytes = field(repr=False)
    groups: Mapping[int, bytes] = field(repr=False)
    active_authentication: ActiveAuthentication | None = None


def parse(document: bytes) -> Upload:
    """Raises ChipRefused: `too_large`, `malformed`, `sod_missing`."""
    if len(document) > LARGEST_UPLOAD:
        raise ChipRefused(Code.TOO_LARGE, "upload")
    told = _json(document)
    if not told.keys() <= {"files", "active_authentication"}:
        raise _malformed("members other than files and active_authentication")
    named = told.get("files")
    if not isinstance(named, dict):
        raise _malformed("files is no object")
    files: dict[str, bytes] = {}
    for spelled, text in named.items():
        name = _canonical(spelled)
        if name in files:
            raise _malformed("a file stands twice")
        files[name] = _octets(text, LARGEST_FILE)
    files.pop("com", None)  # EF.COM is not signed, so nothing may be taken from it
    answered = _active_authentication(told.get("active_authentication"))
    sod = files.pop("sod", None)
    if not sod:
        raise ChipRefused(Code.SOD_MISSING)
    return Upload(sod, {int(name): content for name, content in files.items()}, answered)


def _json(document: bytes) -> dict[str, Any]:
    # A million empty lists are four megabytes of JSON and hundreds of memory: nothing here has lists, or many names.
    if b"[" in document or document.count(b'"') > _MOST_QUOTES or document.count(b"{") > _MOST_OBJECTS:
        raise _malformed("not the shape of an upload")
    try:
        told = json.loads(
            document.decode("utf-8"),
            object_pairs_hook=_members,
            parse_int=_no_number,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError):
        raise _malformed("not JSON, or a name that stands twice, or a number") from None
    if not isinstance(told, dict):
        raise _malformed("no JSON object")
    return told


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate name")
    return members


def _no_number(_: str) -> Any:  # noqa: ANN401 - it never returns
    raise ValueError("a number")


def _canonical(spelled: str) -> str:
    match = _NAME.fullmatch(spelled.lower()) if spelled.isascii() else None
    if match is None:
        raise _malformed("a file that no chip has")
    return match["other"] or match["number"]


def _active_authentication(told: object) -> ActiveAuthentication | None:
    if told is None:
        return None
    if not isinstance(told, dict) or told.keys() != {"challenge", "response"}:
        raise _malformed("active_authentication")
    return ActiveAuthentication(*(_octets(told[name], _LARGEST_RESPONSE) for name in ("challenge", "response")))


def _octets(text: object, largest: int) -> bytes:
    """RFC 4648 §4, with padding, without white space, and with no bits left over (§3.5)."""
    if not isinstance(text, str):
        raise _malformed("a file that is no text")
    if len(text) > largest // 3 * 4 + 4:
        raise ChipRefused(Code.TOO_LARGE, "file")
    try:
        octets = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise _malformed("not base64") from None
    if len(octets) > largest:
        raise ChipRefused(Code.TOO_LARGE, "file")
    if base64.b64encode(octets).decode("ascii") != text:
        raise _malformed("not canonical base64")
    return octets


def _malformed(reason: str) -> ChipRefused:
    return ChipRefused(Code.MALFORMED, reason)
