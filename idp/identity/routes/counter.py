"""A counter of the province: a card in the hand of its bearer, a face compared with it, and two officers of two units.

`high` needs the chip and its clone check (domain §3): without a reader at the desk it is not to be had here.
"""

from idp.identity.routes.route import EvidenceRoute
from idp.identity.verification import Framework
from idp.kernel.level import Level

ROUTE = EvidenceRoute(
    "counter",
    Framework.PROVINCE,
    Level.SUBSTANTIAL,
    "in person at a counter: card, portrait, two officers",
    in_presence=True,
)
