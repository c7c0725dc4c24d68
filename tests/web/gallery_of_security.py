"""The pages of one's own authenticators, in every state."""

from collections.abc import Iterator
from datetime import UTC, datetime

from idp.authn.password_strength import Weakness
from idp.web.pages.security import (
    AddApp,
    AddPasskey,
    AuthenticatorLine,
    ChangePassword,
    OneAuthenticator,
    RecoveryCodes,
    Security,
)
from tests.web.gallery_of_recovery import CREATION
from tests.web.sample import Sample

AT = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)


def security() -> Iterator[Sample]:
    me, since = "Huỳnh Thị Mai", datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
    one = "/account/security/one/a1"
    phone = AuthenticatorLine("passkey", "Điện thoại của tôi", since, AT, one)
    lines = (
        AuthenticatorLine("password", "", since, AT),
        phone,
        AuthenticatorLine("totp", "", since, None, one, held="low"),
        AuthenticatorLine("sms_code", "", since, AT, one, dormant=True),
        AuthenticatorLine("recovery_code", "", since, AT, one, left=9),
    )
    yield Sample("security", Security(lines, channels=("sms", "email"), notice="added"), person=me)
    yield Sample("security-poor", Security(lines[:1], passkeys=False, nudge=True), person="Y Hyêm")
    app, secret = "/account/security/app", "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
    qr = (29, "M4 4.5h7M14 4.5h2M18 4.5h7M4 24.5h21M4 14.5h9M16 14.5h3")
    yield Sample("security-app", AddApp(app, "c", "p", secret, qr), person=me)
    yield Sample("security-app-wrong", AddApp(app, "c", "p", secret, qr, "Điện thoại", "code"), person=me)
    key = "/account/security/passkey"
    yield Sample("security-passkey", AddPasskey(key, "c", CREATION, "Chrome trên Android"), person=me)
    yield Sample("security-passkey-refused", AddPasskey(key, "c", CREATION, "", "passkey"), person=me)
    sheet = "/account/security/recovery-codes"
    yield Sample("security-codes", RecoveryCodes(sheet, "c", replaces=True), person=me)
    codes = (*(f"{n}k7m-2qx9-rtf{n}" for n in range(2, 10)), "abcd-efgh-jkmn", "wxyz-2345-6789")
    yield Sample("security-codes-shown", RecoveryCodes(sheet, "c", codes=codes, made_at=AT), person=me)
    yield Sample("security-password", ChangePassword("/account/security/password", "c"), person=me)
    for why in Weakness:
        weak = ChangePassword("/account/security/password", "c", why.value)
        yield Sample(f"security-password-{why.value}", weak, person=me)
    yield Sample("security-one", OneAuthenticator(one, "c", phone), person=me)
    yield Sample("security-one-held", OneAuthenticator(one, "c", phone, confirmable=True), person=me)
    yield Sample("security-one-last", OneAuthenticator(one, "c", phone, removable=False), person=me)
