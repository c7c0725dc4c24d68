"""A ChipResult as octets and back: what a worker process answers, so that nothing it sends is ever run."""

import base64
from datetime import date, datetime
from typing import Any

import orjson

from idp.crypto.chip.result import Check, ChipResult, CloneCheck, Face, Signer
from idp.identity.chip_refusal import Code
from idp.identity.citizen_card import CardIdentity


def pack(result: ChipResult) -> bytes:
    told = {name: getattr(result, name) for name in ChipResult.__slots__ if name not in ("face", "hashes")}
    hashes = {str(number): hashed for number, hashed in result.hashes.items()}
    seen = result.face
    face = seen and [seen.format, seen.width, seen.height, *(_text(one) for one in (seen.image, seen.shown))]
    return orjson.dumps({**told, "hashes": hashes, "face": face})


def unpack(octets: bytes) -> ChipResult:
    """Raises ValueError for what no `pack` wrote."""
    try:
        return _unpacked(orjson.loads(octets))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no result: {type(error).__name__}") from None


def _unpacked(told: dict[str, Any]) -> ChipResult:
    signed_at, face = told["signed_at"], told["face"]
    return ChipResult(
        code=None if told["code"] is None else Code(told["code"]),
        reason=str(told["reason"]),
        checks=tuple(Check(**one) for one in told["checks"]),
        identity=None if told["identity"] is None else _identity(told["identity"]),
        doubts=tuple(told["doubts"]),
        document_signer=_signer(told["document_signer"]),
        authority=_signer(told["authority"]),
        signed_at=None if signed_at is None else datetime.fromisoformat(signed_at),
        crl=str(told["crl"]),
        clone_check=CloneCheck(told["clone_check"]),
        challenge_bound=told["challenge_bound"] is True,
        sod_sha256=told["sod_sha256"],
        hash_algorithm=told["hash_algorithm"],
        hashes={int(number): str(hashed) for number, hashed in told["hashes"].items()},
        not_uploaded=tuple(told["not_uploaded"]),
        face=None if face is None else _face(*face),
    )


def _identity(told: dict[str, Any]) -> CardIdentity:
    days = {name: None if told[name] is None else date.fromisoformat(told[name]) for name in ("expires", "issued")}
    return CardIdentity(**{**told, **days})


def _face(form: str, width: int, height: int, picture: str, shown: str) -> Face:
    return Face(form, width, height, *(base64.b64decode(one, validate=True) for one in (picture, shown)))


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _signer(told: dict[str, str] | None) -> Signer | None:
    return None if told is None else Signer(**told)
