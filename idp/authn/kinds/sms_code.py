"""The one-time code by SMS: whoever holds the number reads it, and a number is moved to another card in an hour."""

from datetime import timedelta

from idp.authn.authenticator_kind import AuthenticatorKind, Factor

KIND = AuthenticatorKind(
    "sms_code",
    "sms",
    Factor.POSSESSION,
    timedelta(hours=12),
    "sms-code",
    "a one-time code by SMS to a number that its owner switched on for it (restricted: NIST SP 800-63B §3.1.3.3)",
    primary=True,
    restricted=True,
)
