"""The sign-in with VNeID, by the level that it vouches for."""

from datetime import timedelta

from idp.authn.authenticator_kind import AuthenticatorKind

LEVEL_1 = AuthenticatorKind(
    "vneid_1", None, None, timedelta(hours=12), "upstream", "a sign-in with VNeID, mức độ 1", primary=True
)
LEVEL_2 = AuthenticatorKind(
    "vneid_2", None, None, timedelta(hours=12), "upstream", "a sign-in with VNeID, mức độ 2", primary=True
)
