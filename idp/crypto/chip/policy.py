"""What is asked of a chip, and what it is checked against: values only; whoever asks loads no reader of ASN.1."""

from dataclasses import dataclass, field
from typing import Final

DG1, DG2, DG13, DG14, DG15 = 1, 2, 13, 14, 15
CHALLENGE_OCTETS: Final = 8
LARGEST_UPLOAD: Final = 4 * 1024 * 1024
LARGEST_FILE: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Demand:
    """Whether active authentication is required, and which challenge counts.

    `any_challenge`: the one in the upload is taken as it is, which shows that the card was there once, and not when:
    for looking at stored uploads, never for letting somebody in.
    """

    required: bool = False
    challenge: bytes | None = None
    any_challenge: bool = False


@dataclass(frozen=True, slots=True)
class ChipPolicy:
    """What a deployment, or one route, asks of a chip. The defaults are the strict ones.

    `required`: data groups that must be uploaded; DG13 may be left out for generations of cards that keep it otherwise.
    `allow_ber`: signers that do not write DER, as some countries' do not. `refuse_doubts`: see citizen_card.judge.
    `allow_stale_crl`: a list of yesterday is recorded as unchecked instead of refused; what it revokes stays revoked.
    """

    required: frozenset[int] = frozenset({DG1, DG2, DG13})
    allow_ber: bool = False
    allow_stale_crl: bool = False
    refuse_doubts: bool = True
    active_authentication: Demand = field(default_factory=Demand)


@dataclass(frozen=True, slots=True)
class TrustFiles:
    """Anchors and revocation lists as they are stored: a file's name and its octets, DER, or PEM with many inside."""

    anchors: tuple[tuple[str, bytes], ...] = ()
    crls: tuple[tuple[str, bytes], ...] = ()
