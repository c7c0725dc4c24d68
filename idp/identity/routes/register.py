"""The population register agrees with what somebody says of themselves: details matched, and no face was seen."""

from idp.identity.routes.route import EvidenceRoute
from idp.identity.verification import Framework
from idp.kernel.level import Level

ROUTE = EvidenceRoute(
    "register", Framework.PROVINCE, Level.LOW, "what a person says agrees with the population register", waits=True
)
