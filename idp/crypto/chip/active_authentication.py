"""Active authentication (Doc 9303-11 §6.1): the chip signs our challenge with a key that no reader can copy.

It tells a chip from a copy of its files, and nothing of who holds the card. The key stands in DG15; for an elliptic one
DG14 names the hash. The challenge is eight octets of ours, used once: who keeps and ends it is not decided here.
"""

import hmac
from collections.abc import Mapping
from typing import Final

from asn1crypto import keys as asn1_keys  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from idp.crypto.chip import data_groups, keys, signature, tlv
from idp.crypto.chip.certificates import UNREADABLE
from idp.crypto.chip.keys import PublicKey
from idp.crypto.chip.oid import dotted
from idp.crypto.chip.policy import DG14, DG15, Demand
from idp.crypto.chip.result import CloneCheck
from idp.crypto.chip.upload import Upload
from idp.identity.chip_refusal import ChipRefused, Code

_SET: Final = 0x31
_AA_PROTOCOL: Final = "2.23.136.1.1.5"
# BSI TR-03111 §5.2.1.1: plain signatures, r and s side by side; some chips name the algorithms of X9.62 instead.
_HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    **signature.ECDSA,
    "0.4.0.127.0.7.1.1.4.1.1": hashes.SHA1,
    "0.4.0.127.0.7.1.1.4.1.2": hashes.SHA224,
    "0.4.0.127.0.7.1.1.4.1.3": hashes.SHA256,
    "0.4.0.127.0.7.1.1.4.1.4": hashes.SHA384,
    "0.4.0.127.0.7.1.1.4.1.5": hashes.SHA512,
}
# ISO/IEC 9796-2 trailers, with the hash identifiers of ISO/IEC 10118-3.
_TRAILER_SHA1, _TRAILER_NAMED = 0xBC, 0xCC
_TRAILERS: Final[dict[int, hashes.HashAlgorithm]] = {
    0x33: hashes.SHA1(),  # noqa: S303
    0x38: hashes.SHA224(),
    0x34: hashes.SHA256(),
    0x36: hashes.SHA384(),
    0x35: hashes.SHA512(),
}


def check(upload: Upload, listed: Mapping[int, bytes], demand: Demand) -> tuple[CloneCheck, str]:
    """The outcome, and the kind of key. Raises ChipRefused: `aa_missing`, `aa_challenge_mismatch`, `aa_invalid`,
    `dg_malformed`, and what a key may be refused for.
    """
    answered = upload.active_authentication
    if answered is None:
        if demand.required:
            raise ChipRefused(Code.AA_MISSING, "no response")
        return (CloneCheck.NOT_DONE if DG15 in listed else CloneCheck.NOT_SUPPORTED), ""
    if DG15 not in upload.groups:
        raise ChipRefused(Code.AA_MISSING, "no DG15")
    if not demand.any_challenge and not hmac.compare_digest(demand.challenge or b"", answered.challenge):
        raise ChipRefused(Code.AA_CHALLENGE_MISMATCH)
    if not answered.challenge:
        raise ChipRefused(Code.AA_CHALLENGE_MISMATCH, "empty")
    key = _key(upload.groups)
    if isinstance(key, rsa.RSAPublicKey):
        valid = _is_valid_rsa(key, answered.response, answered.challenge)
    else:
        valid = _is_valid_ecdsa(key, _hash(upload.groups), answered.response, answered.challenge)
    if not valid:
        raise ChipRefused(Code.AA_INVALID)
    return CloneCheck.PASSED, keys.described(key)


def _key(groups: Mapping[int, bytes]) -> PublicKey:
    """Chips in use have RSA keys of 1024 bits: no strength is asked here that a card of ten years could not have."""
    content = data_groups.content(groups, DG15)
    try:
        tlv.check(content, der=False)
        return keys.public_key(asn1_keys.PublicKeyInfo.load(content, strict=True))
    except UNREADABLE as error:
        raise ChipRefused(Code.DG_MALFORMED, f"DG15: {type(error).__name__}") from None


def _hash(groups: Mapping[int, bytes]) -> hashes.HashAlgorithm:
    """Doc 9303-11 §6.1.2.2: ActiveAuthenticationInfo in DG14 is required for an elliptic key."""
    if DG14 not in groups:
        raise ChipRefused(Code.AA_MISSING, "no DG14")
    try:
        for info in tlv.elements(tlv.one(data_groups.content(groups, DG14), _SET)):
            protocol, *said = tlv.elements(info.value)
            if dotted(protocol.value) == _AA_PROTOCOL:
                found = _HASHES.get(dotted(said[1].value))
                if found is None:
                    raise ChipRefused(Code.KEY_UNSUPPORTED, "signature algorithm of DG14")
                return found()
    except (ValueError, IndexError) as error:
        raise ChipRefused(Code.DG_MALFORMED, f"DG14: {type(error).__name__}") from None
    raise ChipRefused(Code.AA_MISSING, "DG14 names no hash")


def _is_valid_ecdsa(
    key: ec.EllipticCurvePublicKey, algorithm: hashes.HashAlgorithm, response: bytes, challenge: bytes
) -> bool:
    """BSI TR-03111 §5.2.1.1: two numbers of the length of the order."""
    size = (key.curve.key_size + 7) // 8
    if len(response) != 2 * size:
        return False
    encoded = encode_dss_signature(int.from_bytes(response[:size], "big"), int.from_bytes(response[size:], "big"))
    return signature.is_valid(signature.Scheme(algorithm, None), key, encoded, challenge)


def _is_valid_rsa(key: rsa.RSAPublicKey, response: bytes, challenge: bytes) -> bool:
    """ISO/IEC 9796-2 scheme 1: the part of the message that the chip chose comes out of the signature."""
    numbers, size = key.public_numbers(), key.key_size // 8
    if len(response) != size or key.key_size % 8 or int.from_bytes(response, "big") >= numbers.n:
        return False
    opened = pow(int.from_bytes(response, "big"), numbers.e, numbers.n)
    # The signer may have taken the smaller of a signature and its complement: the trailer's last digit tells.
    recovered = (opened if opened % 16 == 0xC else numbers.n - opened).to_bytes(size, "big")
    return _is_message(recovered, challenge)


def _is_message(recovered: bytes, challenge: bytes) -> bool:
    algorithm, trailer = _trailer(recovered)
    begin = _begin(recovered)
    if algorithm is None or begin is None:
        return False
    end = len(recovered) - trailer - algorithm.digest_size
    if end < begin:
        return False
    first, hashed = recovered[begin:end], recovered[end : len(recovered) - trailer]
    if recovered[0] & 0x20:
        message = first + challenge
    elif first.endswith(challenge):
        message = first
    else:
        return False
    return hmac.compare_digest(signature.digest(algorithm, message), hashed)


def _trailer(recovered: bytes) -> tuple[hashes.HashAlgorithm | None, int]:
    """The hash, and how many octets say so."""
    if recovered[-1] == _TRAILER_SHA1:
        return hashes.SHA1(), 1  # noqa: S303 - over octets that the chip itself chose, and ours
    return (_TRAILERS.get(recovered[-2]) if recovered[-1] == _TRAILER_NAMED else None), 2


def _begin(recovered: bytes) -> int | None:
    """Where the message starts: after 6A or 4A, or after 6B BB … BA with padding."""
    if recovered[0] in (0x6A, 0x4A):
        return 1
    if recovered[0] not in (0x6B, 0x4B):
        return None
    unpadded = recovered[1:].lstrip(b"\xbb")
    return len(recovered) - len(unpadded) + 1 if unpadded[:1] == b"\xba" else None
