"""The pages of codes, on the way in and among one's own, in every state."""

from collections.abc import Iterator

from idp.authn.own_changes import WAYS
from idp.web.context import Service
from idp.web.pages.security import AddMessageCode, WayLine, Ways
from idp.web.pages.sign_in import ByCode, CodeCard, MessageCode, OtherWay, SignInError
from tests.web.sample import Sample

_MAI = "Huỳnh Thị Mai"
_LAND = Service("Tra cứu hồ sơ đất đai", "Sở Nông nghiệp và Môi trường", return_uri="/i/7m2k/cancel")
_ELSEWHERE = tuple(OtherWay(way, f"/i/7m2k/{way}") for way in ("by-code", "login"))
_SMS, _EMAIL, _CARD = (f"/i/7m2k/{step}" for step in ("sms-code", "email-code", "code-card"))


def codes() -> Iterator[Sample]:
    yield from _by_message()
    yield from _by_card()
    yield from _own()


def _by_message() -> Iterator[Sample]:
    action, ways, back = "/i/7m2k/by-code", ("sms", "email", "card"), "/i/7m2k/login"
    yield Sample("by-code", ByCode(action, "t", ways, chosen="sms", back_uri=back), _LAND)
    missing, stale = (SignInError.USERNAME_MISSING,), (SignInError.STALE,)
    yield Sample("by-code-missing", ByCode(action, "t", ways, chosen="card", errors=missing, back_uri=back), _LAND)
    yield Sample("by-code-stale", ByCode(action, "t", ways, "090 000 0002", "sms", stale, back_uri=back), _LAND)
    yield Sample("sms-code", MessageCode(_SMS, "t", "sms", sent=True, just_sent=True, other_ways=_ELSEWHERE), _LAND)
    yield Sample("email-code", MessageCode(_EMAIL, "t", "email", sent=True, other_ways=_ELSEWHERE))
    yield Sample("sms-code-wait", MessageCode(_SMS, "t", "sms", sent=True, wait_s=43, other_ways=_ELSEWHERE), _LAND)
    full = MessageCode(_EMAIL, "t", "email", sent=False, wait_s=2400, other_ways=_ELSEWHERE)
    yield Sample("email-code-full", full, _LAND)
    others = (OtherWay("otp", "/i/7m2k/otp"), OtherWay("code-card", _CARD))
    switch = "/i/7m2k/switch"
    step = MessageCode(
        _SMS, "t", "sms", sent=False, person=_MAI, masked="090•••••02", switch_uri=switch, other_ways=others
    )
    yield Sample("sms-code-step", step, _LAND)
    for error in (SignInError.CODE, SignInError.CODE_MISSING, SignInError.STALE):
        wrong = MessageCode(_SMS, "t", "sms", sent=True, errors=(error,), other_ways=_ELSEWHERE)
        yield Sample(f"sms-code-{error.value.replace('_', '-')}", wrong, _LAND)


def _by_card() -> Iterator[Sample]:
    yield Sample("code-card", CodeCard(_CARD, "t", 17, other_ways=_ELSEWHERE), _LAND)
    both = CodeCard(_CARD, "t", 17, asks_pin=True, person=_MAI, switch_uri="/i/7m2k/switch")
    yield Sample("code-card-step", both, _LAND)
    nothing = (SignInError.PIN_MISSING, SignInError.CODE_MISSING)
    yield Sample("code-card-missing", CodeCard(_CARD, "t", 17, asks_pin=True, errors=nothing), _LAND)
    yield Sample("code-card-code", CodeCard(_CARD, "t", 17, errors=(SignInError.CODE,)), _LAND)
    yield Sample("code-card-stale", CodeCard(_CARD, "t", 17, errors=(SignInError.STALE,)), _LAND)


def _own() -> Iterator[Sample]:
    sms, email, masked = "/account/security/sms-code", "/account/security/email-code", "090•••••02"
    yield Sample("security-sms-code", AddMessageCode(sms, "c", "sms", masked), person=_MAI)
    sent = AddMessageCode(sms, "c", "sms", masked, sent=True, just_sent=True)
    yield Sample("security-sms-code-sent", sent, person=_MAI)
    wrong = AddMessageCode(sms, "c", "sms", masked, sent=True, errors=(SignInError.CODE,))
    yield Sample("security-sms-code-wrong", wrong, person=_MAI)
    on = AddMessageCode(email, "c", "email", "m•••••h@example.vn", is_on=True)
    yield Sample("security-email-code-on", on, person=_MAI)
    for channel, path in (("sms", sms), ("email", email)):
        yield Sample(f"security-{channel}-code-none", AddMessageCode(path, "c", channel), person="Y Hyêm")
        taken = AddMessageCode(path, "c", channel, masked, taken=True)
        yield Sample(f"security-{channel}-code-taken", taken, person=_MAI)
    lines = tuple(WayLine(way, off=way == "sms_code", changeable=way != "password") for way in WAYS)
    yield Sample("security-ways", Ways("/account/security/ways", "c", lines), person=_MAI)
