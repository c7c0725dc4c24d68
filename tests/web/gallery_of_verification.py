"""The pages of being verified, in every state."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from idp.identity.verification_case import CaseState
from idp.web.pages.sign_in import Verify, VerifyWay, VneidError
from idp.web.pages.verification import Case, CaseLine, ChipForm, RegisterForm, Verification, VerifyLink
from tests.web.sample import Sample

_ME, _PATH = "Huỳnh Thị Mai", "/account/verify"
_AT, _DUE = datetime(2026, 11, 23, 7, 5, tzinfo=UTC), datetime(2026, 11, 24, 7, 5, tzinfo=UTC)
_NUMBER = "7m2k4r8s9t2u3v4w5x6y7z2a3b"
_REFUSALS = (
    "register_mismatch",
    "register_partial",
    "register_not_found",
    "number_revoked",
    "person_deceased",
    "identity_already_bound",
    "identity_number_differs",
)


def verification() -> Iterator[Sample]:
    ways = tuple(VerifyLink(way, f"{_PATH}/{way}", "low") for way in ("chip", "register"))
    running = (_line(CaseState.STANDS), _line(CaseState.REFUSED, reason="register_mismatch"))
    yield Sample("verify-own", Verification("basic", ways), person="Y Hyêm")
    yield Sample("verify-own-cases", Verification("low", ways, running), person=_ME)
    yield Sample("verify-own-no-way", Verification("substantial", ()), person=_ME)
    yield from _steps()
    for state in CaseState:
        if state is not CaseState.REFUSED:
            stoppable = state in {CaseState.OPEN, CaseState.WAITS_FOR_REGISTER, CaseState.STANDS}
            page = Case(_line(state), _PATH, "c", "basic", stoppable, "Cấp phép kinh doanh", "/i/7m2k")
            yield Sample(f"verify-case-{state.value.replace('_', '-')}", page, person=_ME)
    for code in _REFUSALS:
        name = f"verify-refused-{code.replace('_', '-')}"
        yield Sample(name, Case(_line(CaseState.REFUSED, reason=code), _PATH, "c", "basic"), person=_ME)
    form = RegisterForm(f"{_PATH}/register", "c", "", "051191990505", _ME, "1991-04-30", "female")
    yield Sample("verify-register", form, person=_ME)
    wrong = (("number", "national_id_malformed"), ("birthdate", "birthdate"), ("gender", "missing"), ("agree", "agree"))
    yield Sample("verify-register-wrong", RegisterForm(form.action, "c", errors=wrong), person=_ME)
    chip = ChipForm(f"{_PATH}/chip", "c", "q83vEjRWeJA=")
    yield Sample("verify-chip", chip, person=_ME)
    for error in ("file", "agree", "too_large"):
        yield Sample(f"verify-chip-{error.replace('_', '-')}", replace(chip, error=error), person=_ME)
    refused = replace(_line(CaseState.REFUSED, reason="dg_hash_mismatch"), way="chip")
    yield Sample("verify-refused-by-chip", Case(refused, _PATH, "c", "basic"), person=_ME)
    yield Sample("verify-register-unreached", RegisterForm(form.action, "c", reached=False), person="Y Hyêm")


def _steps() -> Iterator[Sample]:
    """In a sign-in, where a service needs more."""
    ways = (VerifyWay("vneid", "/i/7m2k/vneid"), VerifyWay("register", f"{_PATH}/register?for=7m2k"))
    needed = {"level": "basic", "target": "low", "ways": ways, "person": _ME, "switch_uri": "/i/7m2k/switch"}
    yield Sample("verify", Verify(**needed))  # type: ignore[arg-type]
    yield Sample("verify-wrong", Verify(**needed, vneid_error=VneidError.OTHER_PERSON))  # type: ignore[arg-type]


def _line(state: CaseState, *, reason: str | None = None) -> CaseLine:
    due = _DUE if state is CaseState.STANDS else None
    return CaseLine(_NUMBER, "register", state.value, _AT, f"{_PATH}/case/{_NUMBER}", due, reason)
