"""The recovery code: one of ten on paper, for whoever has lost what they sign in with."""

from datetime import timedelta

from idp.authn.authenticator_kind import AuthenticatorKind, Factor

KIND = AuthenticatorKind(
    "recovery_code",
    "otp",
    Factor.POSSESSION,
    timedelta(hours=12),
    "recovery-code",
    "a printed code that counts once; raises no level, only lets people replace what they lost",
    recovers=True,
)
