"""Services whose very name tells something about whoever uses them: their owner proves more before it is shown."""

from datetime import datetime

from idp.authn import sso_session
from idp.authn.sso_session import Session
from idp.flows.hall import Hall
from idp.identity.assurance import person_level
from idp.identity.person import Person
from idp.kernel.level import Level

NEEDED = Level.SUBSTANTIAL


def sees_all(hall: Hall, person: Person, session: Session, now: datetime) -> bool:
    """Whoever finds a telephone unlocked, or knows a password, learns of no clinic and of no complaint."""
    proven = sso_session.session_level(session, now, hall.policies.sessions) or Level.BASIC
    return min(proven, person_level(person, now)) >= NEEDED
