"""The code card: forty printed codes, each asked for by its number and good once, for people without a smartphone."""

from datetime import timedelta

from idp.authn.authenticator_kind import AuthenticatorKind, Factor

KIND = AuthenticatorKind(
    "code_card",
    "otp",
    Factor.POSSESSION,
    timedelta(hours=12),
    "code-card",
    "the code that a printed card bears at the number asked for (look-up secrets, NIST SP 800-63B §3.1.2)",
    primary=True,
    strong=True,
)
