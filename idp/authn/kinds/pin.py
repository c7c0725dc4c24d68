"""The PIN of a code card: chosen by its holder at the counter, worth nothing without the card."""

from datetime import timedelta

from idp.authn.authenticator_kind import AuthenticatorKind, Factor

KIND = AuthenticatorKind(
    "pin",
    "pin",
    Factor.KNOWLEDGE,
    timedelta(hours=12),
    "code-card",
    "six to eight digits that the holder of a code card chose; typed with the number of the card, or beside its code",
)
