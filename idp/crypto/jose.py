"""Shapes that every JOSE reader here shares: strict JSON objects, three-segment JWS, and the one error. No keys."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from idp.crypto import base64url

Claims: TypeAlias = dict[str, object]

# A token travels in a header or a form field; ours stay under 4 kB. RFC 7519 sets no limit, a verifier must.
MAX_TOKEN_LENGTH = 16_384


class InvalidJwt(Exception):
    """The one outcome of a token that is not valid. The reason is for our log and quotes nothing of the token."""


@dataclass(frozen=True, slots=True)
class Segments:
    """JWS Compact Serialization (RFC 7515 §7.1), split and not yet believed."""

    header: str
    payload: str
    signature: bytes

    @property
    def signing_input(self) -> bytes:
        return f"{self.header}.{self.payload}".encode("ascii")


def split(token: str) -> Segments:
    """RFC 7515 §5.2 step 1: exactly three segments, each in canonical base64url, none of them empty."""
    if len(token) > MAX_TOKEN_LENGTH:
        raise InvalidJwt("token too long")
    if not token.isascii():
        raise InvalidJwt("token is not ASCII")
    parts = token.split(".", 3)
    # Five segments would be a JWE: never opened here, so neither is its zip bomb.
    if len(parts) != 3 or not all(parts):
        raise InvalidJwt("token has not three segments")
    return Segments(parts[0], parts[1], octets(parts[2]))


def octets(segment: str) -> bytes:
    """One segment's octets."""
    try:
        return base64url.decode(segment)
    except ValueError:
        raise InvalidJwt("segment is not canonical base64url") from None


def json_object(text: bytes) -> Claims:
    """RFC 7515 §4, RFC 7519 §4: a JSON object with unique member names, in UTF-8, without NaN or Infinity."""
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InvalidJwt("segment is not a JSON object with unique names") from None
    if not isinstance(value, dict):
        raise InvalidJwt("segment is not a JSON object")
    return value


def member(header: Mapping[str, object], name: str) -> str:
    """A header parameter that must be there and be a string."""
    value = header.get(name)
    if not isinstance(value, str):
        raise InvalidJwt(f"header parameter {name} is missing or not a string")
    return value


def _unique(pairs: list[tuple[str, object]]) -> Claims:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member name")
    return members


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")
