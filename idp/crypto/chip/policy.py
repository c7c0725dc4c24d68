"""What is asked of a chip, and what it is checked against: values only; whoever asks loads no reader of ASN.1."""

from dataclasses import dataclass, field
from datetime import date
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

    `required`: data groups that must be uploaded. `dg13_optional_since`: cards signed from this day on may lack DG13
    (Circular 16/2024/TT-BCA keeps part of it under the Ministry's own algorithm); one that does not say when it was
    signed may not. `allow_ber`: signers that do not write DER, as some countries' do not. `allow_stale_crl`: a list of
    yesterday is recorded as unchecked instead of refused; what it revokes stays revoked. `refuse_doubts`: see
    citizen_card.judge. `show_face`: an officer compares the portrait, so it comes back as a picture that browsers know.
    """

    required: frozenset[int] = frozenset({DG1, DG2, DG13})
    dg13_optional_since: date | None = None
    allow_ber: bool = False
    allow_stale_crl: bool = False
    refuse_doubts: bool = True
    show_face: bool = False
    active_authentication: Demand = field(default_factory=Demand)


@dataclass(frozen=True, slots=True)
class TrustFiles:
    """Anchors and revocation lists as they are stored: a file's name and its octets, DER, or PEM with many inside."""

    anchors: tuple[tuple[str, bytes], ...] = ()
    crls: tuple[tuple[str, bytes], ...] = ()
