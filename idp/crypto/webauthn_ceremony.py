"""Passkeys (Web Authentication Level 3): the two ceremonies, in our terms. The library's types end here.

User verification is always required, and no attestation is asked: citizens bring whatever device they have.
"""

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from idp.crypto.base64url import decode, encode

LONGEST_RESPONSE = 16 * 1024


class InvalidPasskey(Exception):
    """Whatever is wrong with a response: malformed, of another page, of another address, unverified, badly signed."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who asks: our own origin, never the Host header."""

    origin: str
    name: str

    @property
    def id(self) -> str:
        return urlsplit(self.origin).hostname or ""

    @property
    def can_use_passkeys(self) -> bool:
        """§5.1.3: the id is a domain, never an address; and browsers refuse insecure origins, except localhost."""
        try:
            ipaddress.ip_address(self.id)
        except ValueError:
            return self.origin.startswith("https://") or self.id == "localhost"
        return False


@dataclass(frozen=True, slots=True)
class Passkey:
    """What is kept: the credential's id, its COSE key, and the random handle of its person."""

    credential_id: bytes
    public_key: bytes
    user_handle: bytes

    def to_bytes(self) -> bytes:
        return orjson.dumps([encode(self.credential_id), encode(self.public_key), encode(self.user_handle)])

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Passkey":
        return cls(*(decode(part) for part in orjson.loads(stored)))


@dataclass(frozen=True, slots=True)
class Response:
    """What a browser sent; only the challenge and the names in it are read before it is verified."""

    document: dict[str, Any]
    credential_id: bytes
    challenge: bytes
    user_handle: bytes | None


def read(text: str | None) -> Response:
    """Total: a Response or InvalidPasskey."""
    if not text or len(text) > LONGEST_RESPONSE:
        raise InvalidPasskey("absent or too long")
    try:
        document = json.loads(text)
        answer = document["response"]
        client_data = json.loads(decode(answer["clientDataJSON"]))
        handle = answer.get("userHandle")
        return Response(
            document, decode(document["id"]), decode(client_data["challenge"]), decode(handle) if handle else None
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidPasskey("malformed") from error


def creation_options(
    party: RelyingParty, challenge: bytes, user_handle: bytes, user_name: str, known: Iterable[bytes]
) -> dict[str, Any]:
    """§5.4, with octets as base64url. The name shows in the person's own device."""
    return {
        "rp": {"id": party.id, "name": party.name},
        "user": {"id": encode(user_handle), "name": user_name, "displayName": user_name},
        "challenge": encode(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-7, -8, -257)],
        "timeout": 300_000,
        "excludeCredentials": [{"type": "public-key", "id": encode(one)} for one in known],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def request_options(party: RelyingParty, challenge: bytes, allowed: Iterable[bytes] = ()) -> dict[str, Any]:
    """§5.5. Nothing allowed by name: whoever holds a passkey for this address says who they are by it."""
    return {
        "rpId": party.id,
        "challenge": encode(challenge),
        "timeout": 300_000,
        "userVerification": "required",
        "allowCredentials": [{"type": "public-key", "id": encode(one)} for one in allowed],
    }


def verify_registration(party: RelyingParty, response: Response, challenge: bytes) -> tuple[bytes, bytes, int]:
    """§7.1: credential id, public key and first signature counter."""
    # The library takes a third of a second to import and some megabytes; most workers never meet a passkey.
    from webauthn import verify_registration_response  # noqa: PLC0415

    try:
        verified = verify_registration_response(
            credential=response.document,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except Exception as error:
        raise InvalidPasskey(type(error).__name__) from error
    return verified.credential_id, verified.credential_public_key, verified.sign_count


def verify_authentication(party: RelyingParty, response: Response, challenge: bytes, passkey: Passkey) -> int:
    """§7.2: the signature counter that came along; whether it may be is the caller's to say, with the stored one."""
    from webauthn import verify_authentication_response  # noqa: PLC0415

    if response.user_handle is not None and response.user_handle != passkey.user_handle:
        raise InvalidPasskey("the handle of somebody else")
    try:
        verified = verify_authentication_response(
            credential=response.document,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:
        raise InvalidPasskey(type(error).__name__) from error
    if verified.credential_id != passkey.credential_id:
        raise InvalidPasskey("another credential")
    return verified.new_sign_count
