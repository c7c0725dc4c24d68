"""The officers' console, what it prints, and the citizen's pad, in every state."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from idp.identity.counter_case import CHOSEN, TICKS, Fault, Reason, Unfit
from idp.web.pages import Page
from idp.web.pages import admin as pages
from idp.web.pages.account import VerifyAtCounter
from idp.web.pages.admin import CaseLine, PaperLine, WayLine
from tests.web.sample import Sample

_AT = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
_URI, _CASE, _WHO = "/admin/cases/7m2k4r8s9t2u3v4w5x6y7z2a3b", "7m2k4r8s9t2u3v4w5x6y7z2a3b", "Phạm Thị Lài"
_REASONS = tuple(reason.value for reason in CHOSEN)
_PAPERS = (
    PaperLine("number", "051•••••0137"),
    PaperLine("name", _WHO),
    PaperLine("birthdate", "12/03/1958"),
    PaperLine("gender", "Nữ"),
    PaperLine("address", "Thôn Làng Xi, Xã Ba Tơ"),
    PaperLine("expires", "Không thời hạn"),
)
_KNOWN = (
    PaperLine("number", "051•••••0137"),
    PaperLine("name", _WHO, "Trần Văn Trộm", differs=True),
    PaperLine("birthdate", "12/03/1958", "12/03/1958"),
)
_WAYS = (
    WayLine("authenticator:a", "password", "", _AT),
    WayLine("authenticator:b", "passkey", "Máy ở nhà", _AT),
    WayLine("channel:phone_number", "phone_number", "090•••••12", _AT),
    *(WayLine(kind, kind, "") for kind in ("totp", "code_card", "pin", "sms_code", "email_code", "recovery_code")),
    WayLine("channel:email", "email", "l•••••m@example.vn", _AT),
)
_DOUBTS = tuple(f"national_id_{what}" for what in ("place_unknown", "gender_differs", "birth_year_differs"))
_STATES = ("open", "waits_for_register", "waits_for_second", "stands", "accepted", "refused", "stopped")


def counter() -> Iterator[Sample]:
    yield from (Sample(name, page, person="Bùi Thị Sa") for name, page in _console())
    yield from (Sample(name, page) for name, page in _public())
    for route in ("counter", "witness"):
        back = "/i/7m2k" if route == "counter" else None
        yield Sample(f"verify-at-{route}", VerifyAtCounter(route, back), person="Huỳnh Thị Mai")


def _console() -> Iterator[tuple[str, Page]]:
    lines = tuple(CaseLine(_URI, _WHO, "counter", state, _AT, "Xã Ba Tơ") for state in _STATES)
    roles = ("reception", "verification", "supervisor", "data_protection", "hotline", "auditor", "administrator")
    routes = ("counter", "witness")
    yield "admin-home", pages.AdminHome("c", roles, "Xã Ba Tơ", lines[2:3], lines, routes, True, _AT)
    yield "admin-home-empty", pages.AdminHome("c", ("verification",), "Xã Ba Tơ", routes=routes, may_be_drawn=True)
    yield "admin-home-plain", pages.AdminHome("c", ("auditor",), "Phường Cẩm Thành")
    yield from _opening()
    yield from _desk()
    yield from _afterwards()


def _opening() -> Iterator[tuple[str, Page]]:
    typed = {"number": "051158990137", "name": _WHO, "birthdate": "12/03/1958", "gender": "female", "endless": "yes"}
    for route in ("counter", "witness"):
        yield f"admin-open-{route}", pages.AdminOpen(f"/admin/open/{route}", "c", route)
    yield "admin-open-chip", pages.AdminOpen("/admin/open/counter", "c", "counter", chip=True)
    for source in ("qr", "mrz"):
        yield f"admin-open-{source}", pages.AdminOpen("/admin/open/counter", "c", "counter", typed, source)
    faults = ("scan", *(one.value for one in (Fault.NUMBER, Fault.NAME, Fault.BIRTHDATE, Fault.GENDER, Fault.EXPIRES)))
    yield "admin-open-faults", pages.AdminOpen("/admin/open/counter", "c", "counter", typed, errors=faults)
    for why in (*(one.value for one in Unfit), "other_desk"):
        unfit = pages.AdminOpen("/admin/open/counter", "c", "counter", typed, unfit=why)
        yield f"admin-open-{why.replace('_', '-')}", unfit


def _desk() -> Iterator[tuple[str, Page]]:
    ticks = {route: tuple(tick.value for tick in TICKS[route]) for route in TICKS}
    told = (_URI, "c", _CASE, "counter", "Xã Ba Tơ", _WHO, _AT)
    yield "admin-case", pages.AdminCase(*told, _PAPERS, ticks["counter"], reasons=_REASONS)
    sent: dict[str, Any] = {"chip_action": f"{_URI}/chip", "chip_csrf": "c"}
    for error in (None, "too_large", "malformed", "identity_number_differs", "identity_already_bound"):
        unread = pages.AdminCase(*told, _PAPERS, ticks["counter"], **sent, challenge="3q2+7wAAAAA=", chip_error=error)
        yield f"admin-case-chip{'-' + error.replace('_', '-') if error else ''}", unread
    for clone in ("passed", "not_supported", "not_done"):
        seen = "/static/logo.svg" if clone == "passed" else None
        chip = pages.AdminCase(*told, _PAPERS, ticks["counter"], **sent, chip=clone, portrait_uri=seen)
        yield f"admin-case-chip-{clone.replace('_', '-')}", chip
    known = pages.AdminCase(
        *told, _KNOWN, ticks["counter"], _WAYS, 2, _DOUBTS, _REASONS, conflict=True, may_dispute=True
    )
    yield "admin-case-known", known
    every = tuple(fault.value for fault in Fault if fault.value not in ("number", "birthdate", "gender", "expires"))
    chosen = frozenset({"present", "portrait"})
    values = {"reading": "read_aloud", "mark": "fingerprint", "reason": "portrait_differs", "note": "Xem lại"}
    faulty = pages.AdminCase(
        *told, _PAPERS, ticks["counter"], doubts=_DOUBTS, reasons=_REASONS, values=values, chosen=chosen,
        errors=(*every, "reason"),
    )  # fmt: skip
    yield "admin-case-faults", faulty
    witness = (_URI, "c", _CASE, "witness", "Xã Ba Tơ", _WHO, _AT)
    yield "admin-case-witness", pages.AdminCase(*witness, _PAPERS[1:4], ticks["witness"], reasons=_REASONS)
    consent = (("Được đọc to", "Trần Thị Ngãi, tiếng Hrê"), ("Điểm chỉ trên giấy", ""))
    review = pages.AdminReview(
        *told, _PAPERS, ticks["counter"], "substantial", consent, _WAYS[:2], _WAYS[2:3], _DOUBTS, "Cải chính 12/2019",
        chip="passed", reasons=_REASONS,
    )  # fmt: skip
    yield "admin-review", review
    for error in ("seen", "reason"):
        page = pages.AdminReview(*told, _PAPERS, ticks["counter"], "substantial", reasons=_REASONS, error=error)
        yield f"admin-review-{error}", page
    low = pages.AdminReview(*witness, _PAPERS[1:4], ticks["witness"], "low", consent, witnesses=2, reasons=_REASONS)
    yield "admin-review-witness", low


def _afterwards() -> Iterator[tuple[str, Page]]:
    told, receipt = (_URI, "c", _CASE, "counter", "Xã Ba Tơ", _WHO), f"{_URI}/receipt"
    waits = pages.AdminStatus(
        *told, "waits_for_second", _AT, "low", "Phường Đức Phổ", may_print=True, receipt_uri=receipt, provisional=True
    )
    yield "admin-status-waits", waits
    yield "admin-status-nobody", pages.AdminStatus(*told, "waits_for_second", _AT, "low", receipt_uri=receipt)
    pad = pages.AdminStatus(
        *told, "accepted", _AT, "substantial", "Phường Đức Phổ", may_print=True, pad_uri="https://x.vn/pad",
        pad_code="K7QM 2XAD",
    )  # fmt: skip
    yield "admin-status-pad", pad
    pin = pages.AdminStatus(*told, "accepted", _AT, "substantial", "Phường Đức Phổ", may_print=True, pin_waits=True)
    yield "admin-status-pin", pin
    for state in ("stopped", "stands", "waits_for_register"):
        yield f"admin-status-{state.replace('_', '-')}", pages.AdminStatus(*told, state, _AT, "low")
    for reason in Reason:
        page = pages.AdminStatus(*told, "refused", _AT, "basic", reason=reason.value, review="K7QM-2XAD")
        yield f"admin-status-{reason.value.replace('_', '-')}", page
    yield "admin-card", pages.PrintedCard(_URI, _WHO, "QN 7K3M 9XAB", ("1234 5678",) * 40, _AT)
    done = pages.CounterReceipt(
        _URI, _CASE, _WHO, "Xã Ba Tơ", "counter", "accepted", _AT, "substantial", "Phường Đức Phổ", _AT
    )
    yield "admin-receipt", done
    refused = pages.CounterReceipt(
        _URI, _CASE, _WHO, "Xã Ba Tơ", "counter", "refused", _AT, "basic", reason="document_expired", review="K7QM-2XAD"
    )
    yield "admin-receipt-refused", refused


def _public() -> Iterator[tuple[str, Page]]:
    yield "admin-needs-passkey", pages.NeedsPasskey()
    yield "pad", pages.PadCode("/pad", "t")
    for error in ("code", "stale"):
        yield f"pad-{error}", pages.PadCode("/pad", "t", error)
    yield "pad-wait", pages.PadCode("/pad", "t", wait_minutes=3)
    yield "pad-pin", pages.PadPin("/pad/x", "t", _WHO)
    for error in ("differs", "form", "run", "repeated", "birthdate", "stale"):
        yield f"pad-pin-{error}", pages.PadPin("/pad/x", "t", _WHO, error)
    yield "pad-done", pages.PadDone()
