"""For whoever has no usable card: two verified persons who know them, and a manager. Never more than `low`."""

from idp.identity.routes.route import EvidenceRoute
from idp.identity.verification import Framework
from idp.kernel.level import Level

ROUTE = EvidenceRoute(
    "witness",
    Framework.PROVINCE,
    Level.LOW,
    "in person at a counter without a card: two witnesses and a manager",
    in_presence=True,
)
