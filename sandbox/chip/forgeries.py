"""Every way to forge an upload, by name: what is changed about a lawful card, and the code that refuses it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, TypeAlias

from sandbox.chip import authority, der, signing
from sandbox.chip.authority import Certificate
from sandbox.chip.card import Card, check_digit, portrait
from sandbox.chip.chip_key import chip_key
from sandbox.chip.issue import Plan, issue
from sandbox.chip.security_object import SecurityObject
from sandbox.chip.signing import Signer

Change: TypeAlias = Callable[[Plan], Plan]
_DAY: Final = timedelta(days=1)
_STRANGER: Final = "051090990219"


@dataclass(frozen=True, slots=True)
class Forgery:
    """`needs_answer`: it is told from a lawful card only where active authentication is asked for."""

    code: str
    change: Change
    needs_answer: bool = False


def _card(**changed: Any) -> Change:  # noqa: ANN401 - fields of Card
    return lambda plan: replace(plan, card=replace(plan.card, **changed))


def _sod(**changed: Any) -> Change:  # noqa: ANN401 - fields of SecurityObject
    return lambda plan: replace(plan, sod=replace(plan.sod, **changed))


def _dsc(**changed: Any) -> Change:  # noqa: ANN401 - fields of Certificate
    return lambda plan: replace(plan, dsc=replace(plan.dsc, **changed))


def _csca(**changed: Any) -> Change:  # noqa: ANN401 - fields of Certificate
    return lambda plan: replace(plan, csca=replace(plan.csca, **changed))


def _files(**changed: bytes | None) -> Change:
    return lambda plan: replace(plan, changed={**plan.changed, **changed})


def _at(part: str, **days: int) -> Change:
    """Moves dates of a certificate by days from now."""

    def change(plan: Plan) -> Plan:
        now = plan.now.replace(microsecond=0)
        moved: dict[str, Any] = {name: now + timedelta(days=count) for name, count in days.items()}
        return _changed(plan, part, replace(getattr(plan, part), **moved))

    return change


def _keyed(part: str, kind: str, hashed: str = "sha256", *, form: str = "named") -> Change:
    return lambda plan: _changed(plan, part, Signer(signing.key(kind, part), hashed, curve_form=form))


def _changed(plan: Plan, part: str, value: object) -> Plan:
    changes: dict[str, Any] = {part: value}
    return replace(plan, **changes)


def _both(*changes: Change) -> Change:
    def change(plan: Plan) -> Plan:
        for one in changes:
            plan = one(plan)
        return plan

    return change


def _mrz(edit: Callable[[str], str], *, mended: bool) -> Change:
    """`mended`: the check digits are right again, so that only what was changed is wrong."""

    def change(plan: Plan) -> Plan:
        edited = edit(plan.card.lines())
        return replace(plan, card=replace(plan.card, mrz=_with_digits(edited) if mended else edited))

    return change


def _with_digits(lines: str) -> str:
    first, second, third = lines[:30], lines[30:60], lines[60:]
    first = first[:14] + check_digit(first[5:14]) + first[15:29] + check_digit(first[15:29])
    second = second[:6] + check_digit(second[:6]) + second[7:14] + check_digit(second[8:14]) + second[15:29]
    return first + second + check_digit(first[5:30] + second[:7] + second[8:15] + second[18:29]) + third


def _number(edit: Callable[[str], str]) -> Change:
    def change(plan: Plan) -> Plan:
        person = replace(plan.card.person, number=edit(plan.card.person.number))
        return replace(plan, card=replace(plan.card, person=person))

    return change


def _as_text(edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    """The lawful upload with its JSON edited."""
    return lambda plan: replace(plan, document=json.dumps(edit(json.loads(issue(plan).document))).encode())


def _raw(edit: Callable[[bytes], bytes]) -> Change:
    return lambda plan: replace(plan, document=edit(issue(plan).document))


def _swapped(group: str) -> Change:
    """The group of another card, in place of the signed one."""

    def change(plan: Plan) -> Plan:
        other = replace(plan.card.person, number=_STRANGER, name="Đinh Văn Hơ̆", birthdate="1990-08-19", gender="male")
        card = Card(other, plan.card.today, picture=portrait(200, 260))
        octets = {"DG1": card.dg1, "DG2": card.dg2, "DG13": card.dg13}[group]()
        return replace(plan, changed={**plan.changed, group: octets})

    return change


def _answered(change: Change) -> Change:
    """On a card whose chip has a key of its own."""
    return lambda plan: change(plan if plan.chip is not None else _with_chip(plan))


def _with_chip(plan: Plan, kind: str = "ec") -> Plan:
    return replace(plan, chip=chip_key(kind), challenge=bytes.fromhex("0011223344556677"))


def _self_made(plan: Plan) -> Plan:
    """An authority of the forger's own, under the name of the real one."""
    real = plan.csca.written(plan.csca_key, plan.csca_key)
    forged = signing.signer("p256", "forger")
    return replace(plan, signs_dsc=forged, anchors=(real,))


def _bent_authority(plan: Plan) -> Plan:
    return replace(
        plan, csca_key=replace(plan.csca_key, key=signing.key("p384", "csca"), hash="sha384", curve_form="bent")
    )


def _weak_certificate(plan: Plan) -> Plan:
    return replace(plan, signs_dsc=Signer(signing.key("rsa2048", "csca"), "sha1"), csca_key=_rsa(plan.csca_key))


def _rsa(signer: Signer) -> Signer:
    return replace(signer, key=signing.key("rsa2048", "csca"), hash="sha256", curve_form="named", pss=False)


def _mixed_algorithms(plan: Plan) -> Plan:
    """The object says SHA-512 where its signature says SHA-256."""
    return replace(
        plan, dsc_key=Signer(signing.key("rsa2048", "dsc"), "sha256"), sod=replace(plan.sod, digest="sha512")
    )


def _foreign_list(plan: Plan) -> Plan:
    return replace(plan, crl=authority.revocation_list(signing.signer("p256", "forger"), plan.now))


def _old_list(plan: Plan) -> Plan:
    return replace(plan, crl=authority.revocation_list(plan.csca_key, plan.now - 60 * _DAY))


def _authority_signs(plan: Plan) -> Plan:
    """The authority signs the card itself."""
    return replace(
        plan, dsc=replace(plan.csca, serial=plan.csca.serial), dsc_key=plan.csca_key, sod=_by(plan.sod, plan.csca)
    )


def _by(sod: SecurityObject, certificate: Certificate) -> SecurityObject:
    return replace(sod, issuer=authority.name(certificate.issuer))


def _wrong_answer(plan: Plan) -> Plan:
    other = chip_key("ec", "another chip")
    return replace(plan, response=other.answer(plan.challenge or b""))


def _wrong_rsa_answer(plan: Plan) -> Plan:
    chip = chip_key("rsa-sha256")
    answer = bytearray(chip.answer(plan.challenge or b""))
    answer[40] ^= 1
    return replace(plan, chip=chip, response=bytes(answer))


def _duplicate_file(document: bytes) -> bytes:
    return document.replace(b'{"EF.SOD":', b'{"DG1": "", "DG1": "", "EF.SOD":', 1)


def _huge_picture(plan: Plan) -> Plan:
    """A small file whose header promises 3,600 million pixels."""
    picture = portrait()
    at = picture.index(b"\xff\xc0") + 5
    return replace(
        plan, card=replace(plan.card, picture=picture[:at] + (60_000).to_bytes(2, "big") * 2 + picture[at + 4 :])
    )


def _slow_picture(plan: Plan) -> Plan:
    """A progressive picture of which the last scan comes five hundred times."""
    picture = portrait(1_000, 1_000, "JPEG", progressive=True)
    last = picture[picture.rindex(b"\xff\xda") : -2]
    return replace(plan, card=replace(plan.card, picture=picture[:-2] + last * 500 + picture[-2:]))


def _other(signer: Signer) -> Signer:
    """Another key of the same kind."""
    return replace(signer, key=signing.key(signing.kind_of(signer.key), "somebody else"))


def _other_sex(plan: Plan) -> str:
    return "Nữ" if plan.card.person.gender == "male" else "Nam"


def _not_der_inside(plan: Plan) -> Plan:
    return replace(plan, sod=replace(plan.sod, indefinite=True))


FORGERIES: Final[dict[str, Forgery]] = {
    # the document
    "upload-too-large": Forgery("too_large", _raw(lambda document: document + b" " * (4 * 1024 * 1024))),
    "file-too-large": Forgery("too_large", _files(DG3=bytes(2 * 1024 * 1024 + 1))),
    "not-json": Forgery("malformed", _raw(lambda document: document[:-1])),
    "duplicate-file": Forgery("malformed", _raw(_duplicate_file)),
    "two-spellings": Forgery("malformed", _as_text(lambda told: {"files": {**told["files"], "dg1": "AA=="}})),
    "nan": Forgery("malformed", _raw(lambda document: document[:-1] + b', "active_authentication": NaN}')),
    "unknown-file": Forgery("malformed", _files(DG17=b"\x00")),
    "loose-base64": Forgery("malformed", _as_text(lambda told: {"files": {**told["files"], "DG1": "YQ=\n="}})),
    "no-sod": Forgery("sod_missing", _files(**{"EF.SOD": None})),
    # the security object
    "wrong-wrapper": Forgery("malformed", _sod(tag=0x30)),
    "something-after": Forgery("malformed", _sod(after=b"\0\0")),
    "ber": Forgery("not_der", _not_der_inside),
    "two-signers": Forgery("malformed", _sod(signers=2)),
    "no-attributes": Forgery("malformed", _sod(has_attributes=False)),
    "attribute-twice": Forgery("malformed", _sod(attributes_twice=True)),
    "another-content": Forgery("content_type_mismatch", _sod(content_type="1.2.840.113549.1.7.1")),
    "another-content-attribute": Forgery("content_type_mismatch", _sod(attribute_content_type="1.2.840.113549.1.7.1")),
    "wrong-digest": Forgery("message_digest_mismatch", _sod(message_digest=bytes(32))),
    "bent-signature": Forgery("sod_signature_invalid", _sod(bent_signature=True)),
    "another-key": Forgery("sod_signature_invalid", lambda plan: replace(plan, signs_sod=_other(plan.dsc_key))),
    "mixed-algorithms": Forgery("algorithm_mismatch", _mixed_algorithms),
    "two-algorithms": Forgery(
        "algorithm_mismatch",
        _dsc(inner_algorithm=der.sequence(der.oid("1.2.840.113549.1.1.12"), der.null())),
    ),
    # the document signer
    "no-signer": Forgery("dsc_missing", lambda plan: replace(plan, has_dsc=False)),
    "another-signer": Forgery("dsc_missing", lambda plan: replace(plan, sid_serial=99)),
    "self-made": Forgery("dsc_signature_invalid", _self_made),
    "unknown-authority": Forgery("csca_unknown", _both(_csca(subject="CSCA of a forger", issuer="CSCA of a forger"))),
    "no-anchor": Forgery("csca_unknown", lambda plan: replace(plan, anchors=())),
    "signer-is-authority": Forgery("dsc_is_ca", _dsc(is_ca=True)),
    "authority-signs": Forgery("dsc_is_ca", _authority_signs),
    "signer-may-not-sign": Forgery("dsc_key_usage", _dsc(signs=False)),
    "signer-without-usage": Forgery("dsc_key_usage", _dsc(has_usage=False)),
    "signer-with-strange-extension": Forgery("dsc_key_usage", _dsc(strange_extension=True)),
    "anchor-is-no-authority": Forgery("csca_not_ca", _csca(is_ca=False)),
    "anchor-may-not-certify": Forgery("csca_not_ca", _csca(signs_certificates=False)),
    # strength
    "sha1": Forgery("weak_hash", lambda plan: replace(plan, dsc_key=Signer(signing.key("rsa2048", "dsc"), "sha1"))),
    "sha1-groups": Forgery("weak_hash", _sod(group_hash="sha1")),
    "sha1-certificate": Forgery("weak_hash", _weak_certificate),
    "rsa-1024": Forgery("key_too_weak", _keyed("dsc_key", "rsa1024")),
    "p192": Forgery("key_too_weak", _keyed("dsc_key", "p192")),
    "p192-explicit": Forgery("key_too_weak", _keyed("dsc_key", "p192", form="explicit")),
    "weak-authority": Forgery("key_too_weak", _keyed("csca_key", "rsa1024")),
    "unknown-curve": Forgery("key_unsupported", _keyed("dsc_key", "k256")),
    "bent-generator": Forgery("ec_params_unknown", _keyed("dsc_key", "bp256", form="bent")),
    "bent-generator-of-authority": Forgery("ec_params_unknown", _bent_authority),
    # dates and revocation
    "signed-tomorrow": Forgery("signing_time_future", lambda plan: _sod(signing_time=plan.now + _DAY)(plan)),
    "signed-too-early": Forgery("dsc_not_yet_valid", lambda plan: _sod(signing_time=plan.dsc.not_before - _DAY)(plan)),
    "signed-too-late": Forgery("dsc_expired_at_signing", _at("dsc", not_after=-101)),
    "signer-expired": Forgery("dsc_expired", _at("dsc", not_after=-1)),
    "signer-of-tomorrow": Forgery("dsc_not_yet_valid", _both(_at("dsc", not_before=1), _sod(signing_time=None))),
    "authority-expired": Forgery("csca_expired_at_issuance", _at("csca", not_before=-900, not_after=-400)),
    "authority-too-young": Forgery("csca_expired_at_issuance", _at("csca", not_before=-10)),
    "revoked": Forgery("dsc_revoked", lambda plan: replace(plan, revoked=(plan.dsc.serial,))),
    "list-of-another": Forgery("crl_invalid", _foreign_list),
    "list-unreadable": Forgery("crl_invalid", lambda plan: replace(plan, crl=b"\x30\x03\x02\x01\x00")),
    "list-of-the-past": Forgery("crl_invalid", _old_list),
    # data groups
    "group-twice": Forgery("malformed", _sod(more_entries=((1, bytes(32)),))),
    "group-17": Forgery("malformed", _sod(more_entries=((17, bytes(32)),))),
    "group-unlisted": Forgery("dg_not_in_sod", lambda plan: replace(plan, unlisted=frozenset({13}))),
    "another-mrz": Forgery("dg_hash_mismatch", _swapped("DG1")),
    "another-face": Forgery("dg_hash_mismatch", _swapped("DG2")),
    "another-text": Forgery("dg_hash_mismatch", _swapped("DG13")),
    "no-dg1": Forgery("dg_missing", _files(DG1=None)),
    "no-dg2": Forgery("dg_missing", _files(DG2=None)),
    "no-dg13": Forgery("dg_missing", _files(DG13=None)),
    # what the card says
    "mrz-cut": Forgery("mrz_invalid", _mrz(lambda lines: lines[:88], mended=False)),
    "mrz-small-letters": Forgery("mrz_invalid", _mrz(str.lower, mended=False)),
    "mrz-no-day": Forgery("mrz_invalid", _mrz(lambda lines: lines[:32] + "1399" + lines[36:], mended=True)),
    "mrz-digit": Forgery(
        "mrz_check_digit", _mrz(lambda lines: lines[:14] + str((int(lines[14]) + 1) % 10) + lines[15:], mended=False)
    ),
    "mrz-composite": Forgery(
        "mrz_check_digit", _mrz(lambda lines: lines[:59] + str((int(lines[59]) + 1) % 10) + lines[60:], mended=False)
    ),
    "foreign-card": Forgery("issuer_not_accepted", _card(issuer="LAO")),
    "residence-card": Forgery("document_type", _card(document_code="IR")),
    "text-malformed": Forgery("dg_malformed", _card(items={3: "hôm qua"})),
    "text-without-number": Forgery("dg_malformed", _card(items={1: None})),
    "two-numbers": Forgery("dg_inconsistent", _card(items={1: _STRANGER})),
    "two-names": Forgery("dg_inconsistent", _card(items={2: "Lê Thị Hoa"})),
    "two-births": Forgery("dg_inconsistent", _card(items={3: "01/01/1970"})),
    "two-sexes": Forgery("dg_inconsistent", lambda plan: _card(items={4: _other_sex(plan)})(plan)),
    "number-of-no-century": Forgery("id_number_inconsistent", _number(lambda number: number[:3] + "9" + number[4:])),
    "number-too-short": Forgery("id_number_inconsistent", _number(lambda number: number[:11])),
    "number-of-another-year": Forgery(
        "id_number_inconsistent",
        _number(lambda number: number[:4] + f"{(int(number[4:6]) + 1) % 100:02d}" + number[6:]),
    ),
    "number-of-another-sex": Forgery(
        "id_number_inconsistent", _number(lambda number: number[:3] + str(int(number[3]) ^ 1) + number[4:])
    ),
    "another-document-number": Forgery("id_number_inconsistent", _card(document_number="123456789")),
    "expired": Forgery("document_expired", _card(expires=date(2022, 5, 1))),
    "face-garbled": Forgery("face_invalid", _card(picture=b"\xff\xd8\xff" + bytes(2000))),
    "face-cut": Forgery("face_invalid", _card(picture=portrait()[:1500])),
    "face-absent": Forgery("face_invalid", _card(picture=b"no picture")),
    "face-huge": Forgery("face_invalid", _huge_picture),
    "face-slow": Forgery("face_invalid", _slow_picture),
    # active authentication
    "no-answer": Forgery("aa_missing", lambda plan: replace(plan, chip=None, challenge=None), needs_answer=True),
    "another-challenge": Forgery(
        "aa_challenge_mismatch", _answered(lambda plan: replace(plan, asked=bytes(8))), needs_answer=True
    ),
    "wrong-answer": Forgery("aa_invalid", _answered(_wrong_answer), needs_answer=True),
    "wrong-rsa-answer": Forgery("aa_invalid", _answered(_wrong_rsa_answer), needs_answer=True),
}
