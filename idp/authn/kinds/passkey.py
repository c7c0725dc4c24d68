"""The passkey: a key that answers for this address only, used by whoever its device has recognised."""

from datetime import timedelta

from idp.authn.authenticator_kind import AuthenticatorKind, Factor

# RFC 8176 has no word for a passkey: it proves possession of a key (`pop`), and the user to its own device (`mfa`).
KIND = AuthenticatorKind(
    "passkey",
    "pop",
    Factor.POSSESSION,
    timedelta(hours=12),
    "passkey",
    "a passkey with user verification (Web Authentication Level 3); synced or not, no attestation is asked of citizens",
    primary=True,
    phishing_resistant=True,
    verifies_user=True,
    strong=True,
)
