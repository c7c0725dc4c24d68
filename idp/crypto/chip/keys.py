"""Public keys of signers and chips, from what asn1crypto reads of a SubjectPublicKeyInfo, and how strong each one is.

cryptography loads no key whose curve is written out, so the numbers are taken here, and only the arithmetic is its own.
"""

from typing import Any, Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from idp.crypto.chip import ec_params
from idp.crypto.chip.certificates import UNREADABLE
from idp.identity.chip_refusal import ChipRefused, Code

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

_RSA: Final = frozenset({"1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"})
_EC: Final = "1.2.840.10045.2.1"
_LEAST_RSA: Final = 2048
_MOST_RSA: Final = 8192  # the time of a verification grows with the square
_LEAST_EC: Final = 256
_MOST_EXPONENT: Final = 2**32

_CURVES: Final[dict[str, type[ec.EllipticCurve]]] = {
    "1.2.840.10045.3.1.1": ec.SECP192R1,
    "1.3.132.0.33": ec.SECP224R1,
    "1.2.840.10045.3.1.7": ec.SECP256R1,
    "1.3.132.0.34": ec.SECP384R1,
    "1.3.132.0.35": ec.SECP521R1,
    "1.3.36.3.3.2.8.1.1.7": ec.BrainpoolP256R1,
    "1.3.36.3.3.2.8.1.1.11": ec.BrainpoolP384R1,
    "1.3.36.3.3.2.8.1.1.13": ec.BrainpoolP512R1,
}


def public_key(info: Any) -> PublicKey:  # noqa: ANN401 - asn1crypto has no types
    """Of an asn1crypto PublicKeyInfo. Raises ChipRefused: `key_unsupported`, `ec_params_unknown`."""
    try:
        return _loaded(info)
    except (*UNREADABLE, UnsupportedAlgorithm):
        raise ChipRefused(Code.KEY_UNSUPPORTED, "a key that is none") from None


def check_strength(key: PublicKey) -> None:
    """NIST SP 800-57: 112 bits at the very least; new cards are meant to last. Raises ChipRefused (`key_too_weak`)."""
    if key.key_size < (_LEAST_RSA if isinstance(key, rsa.RSAPublicKey) else _LEAST_EC):
        raise ChipRefused(Code.KEY_TOO_WEAK, described(key))


def described(key: PublicKey) -> str:
    return f"RSA {key.key_size}" if isinstance(key, rsa.RSAPublicKey) else key.curve.name


def _loaded(info: Any) -> PublicKey:  # noqa: ANN401
    algorithm = info["algorithm"]["algorithm"].dotted
    if algorithm in _RSA:
        return _rsa(info)
    if algorithm == _EC:
        curve = _curve(info["algorithm"]["parameters"])
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, bytes(info["public_key"]))
    raise ChipRefused(Code.KEY_UNSUPPORTED, algorithm)


def _rsa(info: Any) -> rsa.RSAPublicKey:  # noqa: ANN401
    numbers = info["public_key"].parsed
    modulus, exponent = numbers["modulus"].native, numbers["public_exponent"].native
    if modulus.bit_length() > _MOST_RSA or exponent > _MOST_EXPONENT:
        raise ChipRefused(Code.KEY_UNSUPPORTED, "RSA beyond measure")
    if modulus.bit_length() < 1024:
        # The library does not load it at all, and it would be refused for this in any case.
        raise ChipRefused(Code.KEY_TOO_WEAK, f"RSA {modulus.bit_length()}")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _curve(parameters: Any) -> ec.EllipticCurve:  # noqa: ANN401
    if parameters.name == "named":
        known = _CURVES.get(parameters.chosen.dotted)
        if known is None:
            raise ChipRefused(Code.KEY_UNSUPPORTED, f"curve {parameters.chosen.dotted}")
        return known()
    if parameters.name != "specified":
        raise ChipRefused(Code.EC_PARAMS_UNKNOWN, "curve of somebody else's choice")
    found = _recognised(parameters.chosen)
    if found is None:
        raise ChipRefused(Code.EC_PARAMS_UNKNOWN, "parameters of no known curve")
    return found


def _recognised(said: Any) -> ec.EllipticCurve | None:  # noqa: ANN401
    if said["field_id"]["field_type"].native != "prime_field":
        return None
    prime, order, cofactor = said["field_id"]["parameters"].native, said["order"].native, said["cofactor"].native
    if not all(isinstance(number, int) for number in (prime, order, cofactor)):
        return None
    a, b = (int.from_bytes(bytes(said["curve"][name]), "big") for name in ("a", "b"))
    return ec_params.recognise(prime, a, b, bytes(said["base"]), order, cofactor)
