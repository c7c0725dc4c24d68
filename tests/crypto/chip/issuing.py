"""Uploads of the sandbox's printing works, and their verification as the product does it."""

from dataclasses import replace
from datetime import UTC, datetime

from idp.crypto.chip import trust
from idp.crypto.chip.policy import ChipPolicy, Demand, TrustFiles
from idp.crypto.chip.result import ChipResult
from idp.crypto.chip.verify import verify
from sandbox.chip.issue import Issued, Plan, issue, plan
from sandbox.vneid.people import citizens

NOW = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
PEOPLE = citizens()
RIN = PEOPLE["051090990218"]
STRICT = ChipPolicy()


def lawful(algorithm: str = "bp256-explicit", chip: str | None = None, number: str = RIN.number) -> Plan:
    return plan(PEOPLE[number], NOW, algorithm, chip)


def files_of(issued: Issued) -> TrustFiles:
    return TrustFiles(_named(issued.anchors), _named(issued.crls))


def asking(issued: Issued, policy: ChipPolicy = STRICT, *, required: bool = True) -> ChipPolicy:
    """The policy that demands an answer to the challenge of this upload."""
    return replace(policy, active_authentication=Demand(required, issued.challenge))


def judged(issued: Issued, policy: ChipPolicy | None = None, now: datetime = NOW) -> ChipResult:
    """Without a policy: the strict one, and an answer where a challenge was given."""
    asked = asking(issued, required=issued.challenge is not None) if policy is None else policy
    return verify(issued.document, trust.load(files_of(issued)), asked, now)


def result_of(made: Plan, policy: ChipPolicy | None = None) -> ChipResult:
    return judged(issue(made), policy)


def _named(octets: tuple[bytes, ...]) -> tuple[tuple[str, bytes], ...]:
    return tuple((f"{number}.der", one) for number, one in enumerate(octets))
