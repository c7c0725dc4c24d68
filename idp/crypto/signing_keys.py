"""The life cycle of signing keys: records, and the pure plan that moves them on. Flows store what it says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeAlias, assert_never

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from idp.crypto.field_encryption import Vault
from idp.crypto.jwk import ALGORITHMS, Alg, public_jwk
from idp.crypto.rotation_policy import RotationPolicy

_RSA_BITS: Final = 2048


class KeyState(StrEnum):
    """pending (published) → active (signs) → retired (still published) → history; compromised ends any of them."""

    PENDING = "pending"
    ACTIVE = "active"
    RETIRED = "retired"
    HISTORY = "history"
    COMPROMISED = "compromised"


MAY_SIGN: Final = frozenset({KeyState.PENDING, KeyState.ACTIVE})


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A row of the key table. `kid` is the RFC 7638 thumbprint; `sealed_private` goes with history and compromise."""

    kid: str
    alg: Alg
    state: KeyState
    public_jwk: Mapping[str, str]
    sealed_private: bytes | None = field(repr=False)
    created_at: datetime
    activates_at: datetime
    retired_at: datetime | None = None
    compromised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Create:
    """Generate a key; it signs from `activates_at`."""

    alg: Alg
    activates_at: datetime


@dataclass(frozen=True, slots=True)
class Activate:
    """The key signs from `at`: its due time, or earlier where the one before it fell out."""

    kid: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Retire:
    """The key has signed its last token at `at`."""

    kid: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Archive:
    """The last token that the key signed is out: leave the JWKS, destroy the private half."""

    kid: str


@dataclass(frozen=True, slots=True)
class Compromise:
    """Out of the JWKS at once, private half destroyed, never back."""

    kid: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Forget:
    """The record has been in the history for its time."""

    kid: str


Change: TypeAlias = Create | Activate | Retire | Archive | Compromise | Forget


def generate(alg: Alg, now: datetime, activates_at: datetime, vault: Vault) -> KeyRecord:
    """A fresh key, pending unless its time has come already. RSA takes a good part of a second: call it in a thread."""
    private = _private_key(alg)
    jwk = public_jwk(private.public_key())
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    sealed = vault.seal(der, sealing_context(jwk["kid"]))
    return schedule(KeyRecord(jwk["kid"], alg, KeyState.PENDING, jwk, sealed, now, activates_at), now, activates_at)


def schedule(record: KeyRecord, now: datetime, activates_at: datetime) -> KeyRecord:
    """A key made ahead of its `Create`, before any lock was held, put where the plan wants it."""
    state = KeyState.PENDING if activates_at > now else KeyState.ACTIVE
    return replace(record, state=state, created_at=now, activates_at=activates_at)


def sealing_context(kid: str) -> str:
    """Where a sealed private key belongs; rewrapping under a new key-encryption key needs it."""
    return f"signing-key:{kid}"


def signer_of(records: Iterable[KeyRecord], alg: Alg, now: datetime) -> KeyRecord | None:
    """The one key that signs at `now`: the latest whose time has come; on equal times the greater kid.

    The instant decides, not the stored state, so that nodes agree before any of them has written the state.
    """
    due = (r for r in records if r.alg == alg and r.state in MAY_SIGN and r.activates_at <= now)
    return max(due, key=_order, default=None)


def plan_rotation(
    records: Sequence[KeyRecord], now: datetime, policy: RotationPolicy, *, rotate: frozenset[Alg] = frozenset()
) -> list[Change]:
    """What is due at `now` (a timestamp of the database). Pure: two nodes with the same rows plan the same.

    `rotate` asks for a successor now, for the command line; it is still published ahead before it signs.
    """
    changes: list[Change] = []
    for alg in ALGORITHMS:
        own = sorted((r for r in records if r.alg == alg), key=_order)
        changes += _succession(own, alg, now, policy, asked=alg in rotate)
        changes += _retirement(own, now, policy)
    return changes


def plan_compromise(records: Sequence[KeyRecord], kid: str, now: datetime, policy: RotationPolicy) -> list[Change]:
    """`idp keys compromise KID`: the key out, and a signer in its place in the same transaction."""
    change = Compromise(kid, now)
    after = [apply(r, change) if r.kid == kid else r for r in records]
    return [change, *plan_rotation(after, now, policy)]


def apply(record: KeyRecord, change: Activate | Retire | Archive | Compromise) -> KeyRecord:
    """The record after a change. Compromised is final."""
    if record.state is KeyState.COMPROMISED:
        return record
    match change:
        case Activate(_, at):
            return replace(record, state=KeyState.ACTIVE, activates_at=at)
        case Retire(_, at):
            return replace(record, state=KeyState.RETIRED, retired_at=at)
        case Archive():
            return replace(record, state=KeyState.HISTORY, sealed_private=None)
        case Compromise(_, at):
            return replace(record, state=KeyState.COMPROMISED, compromised_at=at, sealed_private=None)
        case _:
            assert_never(change)


def _succession(
    own: Sequence[KeyRecord], alg: Alg, now: datetime, policy: RotationPolicy, *, asked: bool
) -> list[Change]:
    """Someone signs now, and the successor is published in time."""
    signer = signer_of(own, alg, now)
    waiting = [r for r in own if r.state in MAY_SIGN and r.activates_at > now]
    if signer is None:
        # The first key ever, or the signer was compromised: the need is now. Relying parties fetch on an unknown kid.
        return [Activate(waiting[0].kid, now)] if waiting else [Create(alg, now)]
    changes: list[Change] = []
    if signer.state is KeyState.PENDING:
        changes.append(Activate(signer.kid, signer.activates_at))
    # Counted from now: a rotator that slept for a year must still publish before anything signs.
    soonest = now + policy.publish_ahead
    if not waiting and (asked or signer.activates_at + policy.rotate_every <= soonest):
        changes.append(Create(alg, soonest))
    return changes


def _retirement(own: Sequence[KeyRecord], now: datetime, policy: RotationPolicy) -> list[Change]:
    """Those before the signer retire when it began; the retired leave the JWKS, at last the history."""
    changes: list[Change] = []
    turns = [r for r in own if r.state in MAY_SIGN and r.activates_at <= now]
    changes += [Retire(r.kid, follower.activates_at) for r, follower in pairwise(turns)]
    for record in own:
        ended = record.retired_at or record.activates_at
        if record.state is KeyState.RETIRED and ended + policy.retire_keep <= now:
            changes.append(Archive(record.kid))
        elif record.state is KeyState.HISTORY and ended + policy.history_keep <= now:
            changes.append(Forget(record.kid))
    return changes


def _order(record: KeyRecord) -> tuple[datetime, str]:
    return record.activates_at, record.kid


def _private_key(alg: Alg) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if alg == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
