"""The registry of evidence routes: a new one is one file and one line. Without an entry nothing raises a level."""

from collections.abc import Mapping

from idp.identity.routes import chip, counter, imported, register, vneid, witness
from idp.identity.routes.route import EvidenceRoute

ROUTES: Mapping[str, EvidenceRoute] = {
    module.ROUTE.name: module.ROUTE for module in (vneid, chip, register, counter, witness, imported)
}
# VNeID has settings of its own, and what an administrator brings along is no way for people.
SWITCHABLE: frozenset[str] = frozenset(ROUTES) - {vneid.ROUTE.name, imported.ROUTE.name}
