"""People whom an administrator brings along with a level that another system of the province verified."""

from idp.identity.routes.route import EvidenceRoute
from idp.identity.verification import Framework
from idp.kernel.level import Level

ROUTE = EvidenceRoute(
    "imported", Framework.PROVINCE, Level.HIGH, "taken over by an administrator with the level it had", in_presence=True
)
