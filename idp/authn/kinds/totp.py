"""The one-time code of an authenticator application."""

from datetime import timedelta

from idp.authn.authenticator_kind import AuthenticatorKind, Factor

KIND = AuthenticatorKind(
    "totp",
    "otp",
    Factor.POSSESSION,
    timedelta(hours=12),
    "otp",
    "a one-time code of an app (RFC 6238)",
    strong=True,
)
