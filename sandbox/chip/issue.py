"""From a person to an upload: authority, document signer, card, security object, reader. `Plan` says how, all of it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.chip import authority, signing
from sandbox.chip.authority import Certificate
from sandbox.chip.card import Card
from sandbox.chip.chip_key import ChipKey, chip_key
from sandbox.chip.security_object import SecurityObject
from sandbox.chip.signing import Signer
from sandbox.vneid.people import Citizen

CHALLENGE = bytes.fromhex("0011223344556677")


@dataclass(frozen=True, slots=True)
class Plan:
    """A lawful card until a forgery replaces something. `changed`: files as the reader sends them, None: left out."""

    now: datetime
    card: Card
    csca: Certificate
    csca_key: Signer
    dsc: Certificate
    dsc_key: Signer
    sod: SecurityObject
    chip: ChipKey | None = None
    # Whose key signs the object and the signer's certificate, where it is not the one that should.
    signs_sod: Signer | None = None
    signs_dsc: Signer | None = None
    sid_serial: int | None = None
    has_dsc: bool = True
    changed: Mapping[str, bytes | None] = field(default_factory=dict, repr=False)
    unlisted: frozenset[int] = frozenset()
    challenge: bytes | None = None
    # What was asked, where the upload answers something else.
    asked: bytes | None = None
    response: bytes | None = field(default=None, repr=False)
    revoked: tuple[int, ...] | None = ()
    crl: bytes | None = field(default=None, repr=False)
    anchors: tuple[bytes, ...] | None = field(default=None, repr=False)
    document: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Issued:
    """What lies before whoever verifies. `requires`: it is to be asked for active authentication."""

    document: bytes = field(repr=False)
    anchors: tuple[bytes, ...] = field(repr=False)
    crls: tuple[bytes, ...] = field(repr=False)
    challenge: bytes | None
    now: datetime


def plan(person: Citizen, now: datetime, algorithm: str = "bp256-explicit", chip: str | None = None) -> Plan:
    """What a lawful state would do. `chip`: the kind of the chip's own key; then it answers a challenge."""
    dsc = authority.document_signer(now)
    signer = signing.signer(algorithm, "dsc")
    return Plan(
        now=now,
        card=Card(person, now.date()),
        csca=authority.authority(now),
        csca_key=signing.signer(algorithm, "csca"),
        dsc=dsc,
        dsc_key=signer,
        sod=SecurityObject(now - timedelta(days=100), authority.name(authority.NAME), group_hash=signer.hash),
        chip=None if chip is None else chip_key(chip),
        challenge=None if chip is None else CHALLENGE,
    )


def issue(made: Plan) -> Issued:
    """Prints the card, signs it, reads it, and uploads it."""
    groups = _groups(made)
    csca = made.csca.written(made.csca_key, made.csca_key)
    dsc = made.dsc.written(made.dsc_key, made.signs_dsc or made.csca_key)
    sod = _sod(made, groups, dsc)
    files: dict[str, bytes | None] = {"EF.SOD": sod, **{f"DG{number}": octets for number, octets in groups.items()}}
    files |= made.changed
    crl = made.crl
    if crl is None and made.revoked is not None:
        crl = authority.revocation_list(made.csca_key, made.now, made.revoked)
    return Issued(
        document=made.document or upload_document(files, made.challenge, _response(made)),
        anchors=(csca,) if made.anchors is None else made.anchors,
        crls=() if crl is None else (crl,),
        challenge=made.challenge if made.asked is None else made.asked,
        now=made.now,
    )


def upload_document(
    files: Mapping[str, bytes | None], challenge: bytes | None = None, response: bytes | None = None
) -> bytes:
    """As a reader sends it."""
    told: dict[str, Any] = {"files": {name: _text(octets) for name, octets in files.items() if octets is not None}}
    if challenge is not None and response is not None:
        told["active_authentication"] = {"challenge": _text(challenge), "response": _text(response)}
    return json.dumps(told).encode()


def _groups(made: Plan) -> dict[int, bytes]:
    groups = {1: made.card.dg1(), 2: made.card.dg2(), 13: made.card.dg13()}
    if made.chip is not None:
        groups[15] = made.chip.dg15()
        dg14 = made.chip.dg14()
        if dg14 is not None:
            groups[14] = dg14
    return groups


def _sod(made: Plan, groups: Mapping[int, bytes], dsc: bytes) -> bytes:

    told = replace(
        made.sod,
        serial=made.dsc.serial if made.sid_serial is None else made.sid_serial,
        certificates=(*made.sod.certificates, *([dsc] if made.has_dsc else [])),
    )
    listed = {number: octets for number, octets in groups.items() if number not in made.unlisted}
    return told.written(listed, made.signs_sod or made.dsc_key)


def _response(made: Plan) -> bytes | None:
    if made.response is not None:
        return made.response
    return None if made.chip is None or made.challenge is None else made.chip.answer(made.challenge)


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
