"""The chip of the citizen card, read by somebody whom nobody watched: it proves the card, and not who holds it."""

from idp.identity.routes.route import EvidenceRoute
from idp.identity.verification import Framework
from idp.kernel.level import Level

ROUTE = EvidenceRoute("chip", Framework.PROVINCE, Level.LOW, "the chip of the citizen card, read from afar", waits=True)
