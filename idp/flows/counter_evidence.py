"""What two officers saw, in the shape of OpenID Connect for Identity Assurance §5.4: as much as a service may learn."""

from datetime import datetime
from typing import Any

from idp.identity.counter_case import File, Papers, lasts_until
from idp.identity.identity_number import NumberKind
from idp.identity.routes import ROUTES, witness
from idp.identity.verification import Check, Piece, PieceKind, Verification
from idp.identity.verification_case import VerificationCase
from idp.kernel.clock import day_of
from idp.kernel.ids import new_id
from idp.kernel.level import Level

_VIET_NAM = "VNM"
# OpenID Connect for Identity Assurance: predefined values for documents.
_TYPES = {NumberKind.PASSPORT: "passport", NumberKind.RESIDENCE_CARD: "residence_permit"}


def as_evidence(case: VerificationCase, file: File, level: Level, now: datetime) -> Verification:
    """`vpip`: the document itself, in person; `pvp`: the face. By which unit, and under which number there."""
    route = ROUTES[case.route]
    piece = _vouch(case, file, now) if case.route == witness.ROUTE.name else _document(case, file, now)
    return Verification(
        id=new_id(),
        person_id=case.person_id,
        route=case.route,
        level=level,
        framework=route.framework,
        at=now,
        ends_at=lasts_until(file.papers, case.route, now),
        process=case.id,
        claims=file.papers.claims() | _pin(file.papers),
        pieces=(piece,),
    )


def _pin(papers: Papers) -> dict[str, str]:
    """Only what is one: a passport's number identifies nobody in Viet Nam."""
    number = papers.identity_number()
    return {"qn:pin": number.value} if number is not None and number.kind is NumberKind.PIN else {}


def _document(case: VerificationCase, file: File, now: datetime) -> Piece:
    number = file.papers.identity_number()
    told: dict[str, Any] = {"type": "idcard", "issuer": {"country_code": _VIET_NAM}}
    if number is not None:
        told |= {"type": _TYPES.get(number.kind, "idcard"), "document_number": number.value}
        told["issuer"] = {"country_code": number.country or _VIET_NAM}
    if file.papers.expires is not None:
        told["date_of_expiry"] = file.papers.expires
    checks = [Check(method, now, by=file.first_unit, txn=case.id) for method in ("vpip", "pvp")]
    chip = dict(file.chip or {})
    if chip:
        checks.append(Check("vcrypt", now, by=chip.pop("authority"), txn=case.id))
    if chip.pop("present", False):
        checks.append(Check("vri", now, by=file.first_unit, txn=case.id))
    return Piece(PieceKind.DOCUMENT, {"document_details": told, **chip}, tuple(checks))


def _vouch(case: VerificationCase, file: File, now: datetime) -> Piece:
    """Who the witnesses are stays in the file: a service learns that there were some, and when."""
    told = {"type": "written_attestation", "date_of_issuance": day_of(now).isoformat(), "reference_number": case.id}
    return Piece(PieceKind.VOUCH, {"attestation": told}, (Check("pvp", now, by=file.first_unit, txn=case.id),))
