"""The password: something known, the one thing that everybody has."""

from datetime import timedelta

from idp.authn.authenticator_kind import AuthenticatorKind, Factor

KIND = AuthenticatorKind(
    "password", "pwd", Factor.KNOWLEDGE, timedelta(hours=12), "password", "a password", primary=True
)
