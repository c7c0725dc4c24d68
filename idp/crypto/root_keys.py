"""The keys that live outside the database: what they are for, as values. Reading them from a folder is key_folder's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


class Purpose(StrEnum):
    """The labels under which keys are derived from the server key: one purpose, one key."""

    TRANSITION_TOKENS = "transition-tokens"
    REFRESH_SUCCESSOR = "refresh-successor"
    CURSORS = "cursors"
    TIMING_DECOYS = "timing-decoys"
    THROTTLE = "throttle"
    PASSKEY_CHALLENGES = "passkey-challenges"
    RECOVERY_CODES = "recovery-codes"
    EFFORT = "effort"
    MESSAGE_CODES = "message-codes"
    CODE_CARDS = "code-cards"
    SECTOR_IDS = "sector-ids"
    NATIONAL_ID_HASH = "national-id-hash"


# A handful of labels, asked for at every form and every try to sign in.
@lru_cache(maxsize=64)
def derive(key: bytes, label: str) -> bytes:
    """RFC 5869: HKDF-SHA256 with the label as info, 32 bytes."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=label.encode("utf-8")).derive(key)


@dataclass(frozen=True, slots=True)
class RootKeys:
    """Key-encryption keys by id, the one that encrypts now, the key of the search index, and the server key."""

    keks: Mapping[str, bytes] = field(repr=False)
    active_kek: str
    index_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)

    def derive(self, label: str) -> bytes:
        """A key of its own for one `Purpose`; whoever learns it learns no other."""
        return derive(self.server_key, label)
