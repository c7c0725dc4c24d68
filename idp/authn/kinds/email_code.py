"""The one-time code by e-mail: worth what the mailbox is worth, which nobody here knows."""

from datetime import timedelta

from idp.authn.authenticator_kind import AuthenticatorKind, Factor

KIND = AuthenticatorKind(
    "email_code",
    "otp",
    Factor.POSSESSION,
    timedelta(hours=12),
    "email-code",
    "a one-time code by e-mail to an address that its owner switched on for it (restricted)",
    primary=True,
    restricted=True,
)
