"""What a decision looks at: the request with the terms of its service, and what is known of the person before us."""

from dataclasses import dataclass, field
from datetime import datetime

from idp.authn.authenticators import Caps
from idp.authn.login_policy import LoginPolicy
from idp.authn.sign_in_route import Upstream
from idp.authn.sso_session import Session, SessionPolicy
from idp.consent.decision import ConsentDecision
from idp.consent.items import Item
from idp.consent.policy import ServiceTerms
from idp.identity.person import Person
from idp.kernel.level import Level
from idp.protocol.request import AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Asked:
    """A proven request, its service's terms, the items that it asks for, and when this interaction began."""

    request: AuthorizationRequest
    terms: ServiceTerms
    login_policy: LoginPolicy
    items: tuple[Item, ...]
    begun_at: datetime
    # A change of one's own authenticators: asks for everything that the person can prove with, since `begun_at`.
    strongest: bool = False
    # The service's policy: whether a password with a code by message may be more than `low` to it.
    accepts_restricted: bool = False
    # The service lets people be taken through a verification that is missing.
    offers_verification: bool = False


@dataclass(frozen=True, slots=True)
class Authentication:
    """The browser's session and its person; `authenticators` are the kinds enrolled (VNeID's
    among them where it vouches for this person), `sub` the sector's pseudonym.

    `caps`: the highest level that what the person has of each kind may bear.
    """

    session: Session
    person: Person
    authenticators: frozenset[str]
    sub: str | None
    decision: ConsentDecision | None
    caps: Caps = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecisionPolicy:
    """The settings that a decision depends on."""

    issuer: str
    sessions: SessionPolicy
    upstream: Upstream = Upstream.ABSENT
    # The best that the ways to be verified give which are open to everybody here.
    verifiable: Level = Level.BASIC
