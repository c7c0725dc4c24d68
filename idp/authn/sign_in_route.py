"""By which door a sign-in came: through VNeID, by our own authenticators, or by these in an outage of VNeID."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from idp.authn.authenticators import AUTHENTICATORS
from idp.authn.proof import Proof
from idp.kernel.level import Level

# Domain: what stands in for VNeID while it is away bears less than VNeID would.
OUTAGE_CEILING = Level.LOW
CLAIM = "https://id.quangngai.gov.vn/claims/sign_in_route"


# What a sign-in with VNeID's level 1 or 2 is called in the registry, by what it bears.
VNEID_METHODS: Mapping[Level, str] = {Level.LOW: "vneid_1", Level.SUBSTANTIAL: "vneid_2"}


class Route(StrEnum):
    """The values of the claim."""

    VNEID = "vneid"
    LOCAL = "local"
    OUTAGE = "outage"


class Upstream(StrEnum):
    """How VNeID stands at this moment; ABSENT: this deployment has no connection to it."""

    ABSENT = "absent"
    AVAILABLE = "available"
    OUTAGE = "outage"


def is_upstream(method: str) -> bool:
    return method in AUTHENTICATORS and AUTHENTICATORS[method].input == "upstream"


def route_of(proofs: Iterable[Proof]) -> Route:
    """What tokens say about this very sign-in."""
    used = tuple(proofs)
    if any(is_upstream(proof.method) for proof in used):
        return Route.VNEID
    return Route.OUTAGE if any(proof.outage for proof in used) else Route.LOCAL
