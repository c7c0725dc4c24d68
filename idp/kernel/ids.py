"""Identifiers: random, opaque, safe in URLs, never derived from what they name."""

import secrets

# Without 0/O, 1/l/i: identifiers are read aloud on the hotline.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_BITS = 128
_LENGTH = 26  # 31**26 > 2**128
_REFERENCE_GROUP = 4


def new_id() -> str:
    """A fresh identifier of 26 lower-case characters (at least 128 random bits)."""
    number = secrets.randbits(_BITS)
    characters = []
    for _ in range(_LENGTH):
        number, index = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[index])
    return "".join(characters)


def new_reference() -> str:
    """Such as `K7QM-2XAD`: what a person reads out on the telephone, and nobody can guess another's."""
    characters = [secrets.choice(_ALPHABET).upper() for _ in range(2 * _REFERENCE_GROUP)]
    return "".join(characters[:_REFERENCE_GROUP]) + "-" + "".join(characters[_REFERENCE_GROUP:])
