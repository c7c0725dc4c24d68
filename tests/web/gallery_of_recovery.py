"""The pages of a recovery, and of "this wasn't me", in every state."""

from collections.abc import Iterator
from datetime import UTC, datetime

from idp.authn.password_strength import Weakness
from idp.web.pages import Page
from idp.web.pages import recovery as pages
from idp.web.pages.not_me import NotMe, NotMeByNumber, NotMeDone
from idp.web.pages.recovery import Change, Kept, RecoveryError, Way
from idp.web.pages.security import AuthenticatorLine
from tests.web.sample import Sample

_AT, _DUE = datetime(2026, 11, 23, 7, 5, tzinfo=UTC), datetime(2026, 11, 24, 7, 5, tzinfo=UTC)
_RUN, _CASE = "/recover/7m2k", "7m2k4r8s9t2u3v4w5x6y7z2a3b"
_WAYS = tuple(Way(key, f"{_RUN}/{key}") for key in ("sms", "email", "paper", "card", "sign-in"))
CREATION = (
    '{"rp": {"id": "localhost", "name": "Cửa Chung"}, "user": {"id": "AAAA", "name": "Mai", "displayName": "Mai"}, '
    '"challenge": "AAAA", "pubKeyCredParams": [], "excludeCredentials": [], "attestation": "none"}'
)


def recovery() -> Iterator[Sample]:
    yield from (Sample(name, page) for name, page in _public())
    yield from (Sample(name, page, person="Huỳnh Thị Mai") for name, page in _own())


def _public() -> Iterator[tuple[str, Page]]:
    """For whoever is not signed in."""
    yield "recover", pages.Identify("/recover", "t")
    for error in (RecoveryError.USERNAME_MISSING, RecoveryError.STALE):
        yield f"recover-{error.value}", pages.Identify("/recover", "t", "mai.huynh@example.vn", error)
    yield "recover-ways", pages.Ways(_WAYS)
    yield "recover-ways-second", pages.Ways(_WAYS[1:4], ("phone",), error=RecoveryError.SIGN_IN)
    yield "recover-ways-same", pages.Ways(_WAYS[2:4], ("phone",), same_root=True)
    yield "recover-ways-none", pages.Ways((), ("phone", "paper"), same_root=True, locked=_CASE)
    for channel in ("sms", "email"):
        yield f"recover-{channel}", pages.Message(f"{_RUN}/{channel}", "t", channel, _RUN)
        sent = pages.Message(f"{_RUN}/{channel}", "t", channel, _RUN, sent=True, error=RecoveryError.CODE)
        yield f"recover-{channel}-wrong", sent
    yield "recover-sms-sent", pages.Message(f"{_RUN}/sms", "t", "sms", _RUN, sent=True)
    yield "recover-paper", pages.Paper(f"{_RUN}/paper", "t", _RUN)
    yield "recover-paper-missing", pages.Paper(f"{_RUN}/paper", "t", _RUN, RecoveryError.CODE_MISSING)
    yield "recover-card", pages.Card(f"{_RUN}/card", "t", _RUN, 17)
    yield "recover-card-wrong", pages.Card(f"{_RUN}/card", "t", _RUN, 17, RecoveryError.CODE)
    yield "recover-ready", pages.Ready(_RUN, "t", _DUE, ("phone", "paper"))
    yield "recover-running", pages.Running(_RUN, "t", _DUE)
    yield "recover-running-elsewhere", pages.Running(_RUN, "t", _DUE, own=False, ways=_WAYS)
    yield "recover-running-due", pages.Running(_RUN, "t", _DUE, own=False, may_finish=True, may_stop=True)
    yield "recover-finish", pages.Finish(f"{_RUN}/finish", "t", f"{_RUN}/finish", "t", CREATION, "Chrome trên Android")
    yield (
        "recover-finish-no-password",
        pages.Finish(passkey_action=f"{_RUN}/finish", passkey_token="t", options=CREATION),
    )
    yield "recover-finish-forbidden", pages.Finish()
    yield "recover-finish-weak", pages.Finish(f"{_RUN}/finish", "t", weak=Weakness.COMMON.value)
    yield "recover-finish-passkey", pages.Finish(f"{_RUN}/finish", "t", error=RecoveryError.PASSKEY)
    for key in ("recovered", "given_up", "stopped", "undone"):
        yield f"recover-done-{key}", pages.Done(key, "/recover" if key == "stopped" else "/account")
    yield from _undo()
    yield "recover-warned", pages.Warned(_DUE, "/account/recovery", "/i/7m2k?told=1")
    yield "not-me", NotMe("/not-me/abc", "t", "new_device", _AT)
    yield "not-me-other", NotMe("/not-me/abc", "t", "no such kind", _AT)
    yield "not-me-done", NotMeDone(_CASE, "/recover")
    yield "not-me-undone", NotMeDone(None, "/recover")
    yield "not-me-number", NotMeByNumber("/not-me", "t")
    yield "not-me-number-wrong", NotMeByNumber("/not-me", "t", "051 191 990505", "K7QM-2XAD", "not_found")
    yield "not-me-lapsed", NotMeByNumber("/not-me", "t", lapsed=True)


def _undo() -> Iterator[tuple[str, Page]]:
    changes = tuple(Change(kind, _AT) for kind in ("authenticator_added", "recovery_begun", "consent_given"))
    lines = (
        AuthenticatorLine("passkey", "Máy lạ", _AT, _AT),
        AuthenticatorLine("recovery_code", "", _AT, None, left=10),
    )
    kept = tuple(Kept(f"a{n}", line) for n, line in enumerate(lines))
    yield "recover-undo", pages.Undo(f"{_RUN}/undo", "t", _CASE, _AT, changes, kept)
    weak = pages.Undo(f"{_RUN}/undo", "t", _CASE, _AT, weak=Weakness.COMMON.value)
    yield "recover-undo-weak", weak


def _own() -> Iterator[tuple[str, Page]]:
    """On a person's own pages."""
    prove = "/account/recovery/prove"
    strong = pages.OwnRecovery("/account/recovery", "c", _DUE, True, prove, "/not-me/abc")
    yield "own-recovery", strong
    yield "own-recovery-weak", pages.OwnRecovery("/account/recovery", "c", _DUE, False, prove, "/not-me/abc")
    yield "own-recovery-none", pages.OwnRecovery("/account/recovery", "c", None, notice="recovery_cancelled")
