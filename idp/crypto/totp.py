"""Time-based one-time codes (RFC 6238). The last accepted step is the caller's to store: a code counts once."""

import hmac
from datetime import datetime

import pyotp

from idp.kernel.clock import epoch
from idp.kernel.secret import Secret

DIGITS = 6
PERIOD = 30
_WINDOW = 1  # RFC 6238 §5.2: one step of network delay, either way


def new_totp_secret() -> Secret:
    """RFC 4226 §4: 160 random bits, in base32."""
    return Secret(pyotp.random_base32(32))


def provisioning_uri(secret: Secret, account: str, issuer: str) -> str:
    """The otpauth URI that an authenticator application reads from a QR code."""
    return pyotp.TOTP(secret.reveal(), digits=DIGITS, interval=PERIOD).provisioning_uri(
        name=account, issuer_name=issuer
    )


def accepted_step(secret: Secret, code: str, now: datetime, last_step: int | None) -> int | None:
    """The time step for which `code` is right and not yet used (RFC 6238 §5.2), or None.

    Every step of the window is compared, in constant time; where two steps happen to share a code the later one counts,
    so that it can't be used again.
    """
    if len(code) != DIGITS or not code.isascii() or not code.isdecimal():
        return None
    try:
        generator = pyotp.TOTP(secret.reveal(), digits=DIGITS, interval=PERIOD)
    except ValueError:  # not base32, or shorter than the 112 bits below which no code proves anything
        return None
    current = epoch(now) // PERIOD
    found = None
    for step in range(max(current - _WINDOW, 0), current + _WINDOW + 1):
        right = hmac.compare_digest(generator.generate_otp(step), code)
        if right and (last_step is None or step > last_step):
            found = step
    return found


def is_usable(secret: Secret) -> bool:
    """RFC 4226 §4: base32 of 128 bits or more. Asked when a secret is taken over, not first at a sign-in."""
    try:
        return len(pyotp.TOTP(secret.reveal()).byte_secret()) >= 16
    except ValueError:
        return False
