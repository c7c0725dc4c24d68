"""Base64url without padding (RFC 7515 §2), read strictly: one octet string has exactly one spelling."""

import binascii

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/\x00\x00\x00")


def encode(octets: bytes) -> str:
    """RFC 7515 §2: BASE64URL(octets), no padding, no line breaks."""
    return encode_bytes(octets).decode("ascii")


def encode_bytes(octets: bytes) -> bytes:
    """As `encode`, for the signer that stays in bytes."""
    return binascii.b2a_base64(octets, newline=False).translate(_TO_URL).rstrip(b"=")


def decode(text: str | bytes) -> bytes:
    """Raise ValueError unless `text` is what `encode` gives: a token with another last character is another token."""
    encoded = text.encode("ascii") if isinstance(text, str) else text
    octets = binascii.a2b_base64(encoded.translate(_FROM_URL) + b"=" * (-len(encoded) % 4), strict_mode=True)
    # Unused bits of the last character must be zero; the decoder ignores them, so compare the spelling.
    if encode_bytes(octets) != encoded:
        raise ValueError("not canonical base64url")
    return octets
