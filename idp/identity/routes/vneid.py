"""The level of a sign-in with VNeID as evidence: the Ministry vouches (Decree 69/2024/NĐ-CP)."""

from idp.identity.routes.route import EvidenceRoute
from idp.identity.verification import Framework
from idp.kernel.level import Level

ROUTE = EvidenceRoute("vneid", Framework.VNEID, Level.SUBSTANTIAL, "a sign-in with VNeID, at the level it had there")
