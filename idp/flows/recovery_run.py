"""The way of somebody who can't sign in, from the name they typed to the second root: kept sealed, in one browser.

Nothing here tells whether the name is anybody's: a run for nobody looks the same, and proves nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from idp.authn.roots import Root, RootProof
from idp.flows.hall import Hall
from idp.flows.interactions import binding
from idp.flows.visitor import Visitor
from idp.identity import login_identifier
from idp.identity.assurance import may_sign_in
from idp.kernel.clock import instant
from idp.kernel.ids import new_id
from idp.kernel.secret import Secret

_LONGEST_NAME = 200


class RunLost(Exception):
    """Expired, forgotten or used up: whoever wants to go on begins again."""


class OtherBrowser(Exception):
    """Begun in another browser: a link that somebody sent, or cookies that are gone."""


@dataclass(frozen=True, slots=True)
class Run:
    """`person_id` is None where the name is nobody's who may sign in; `account` is what guesses are counted by.

    `nonce` goes into the token of each form, and changes with every proof.
    """

    id: str
    account: str
    person_id: str | None
    browser: str
    nonce: str
    begun_at: datetime
    proofs: tuple[RootProof, ...] = ()
    version: int = 0


async def begin(hall: Hall, username: str, browser: Secret, now: datetime) -> Run:
    """The same work and the same answer for every name."""
    candidates = login_identifier.parse(username)
    async with hall.db.read() as tx:
        # Each of them whatever the first gives: the number of questions tells nobody who is here.
        found = [await tx.persons.find(candidate.kind, candidate.value) for candidate in candidates]
        person_id = next((one for one in found if one is not None), None)
        person = await tx.persons.get(person_id or "")
    spelled = candidates[0].value if candidates else username.strip().casefold()[:_LONGEST_NAME]
    able = person is not None and may_sign_in(person)
    run = Run(new_id(), person_id or spelled, person_id if able else None, binding(browser), new_id(), now)
    await hall.cache.recoveries.put(run.id, _sealed(hall, run), _ttl(hall))
    return run


async def load(hall: Hall, run_id: str, visitor: Visitor) -> Run:
    """Raises RunLost or OtherBrowser."""
    found = await hall.cache.recoveries.get(run_id)
    if found is None:
        raise RunLost
    run = replace(_opened(hall, run_id, found.record), version=found.version)
    if visitor.browser is None or binding(visitor.browser) != run.browser:
        raise OtherBrowser
    return run


async def proved(hall: Hall, run: Run, proof: RootProof) -> Run | None:
    """The run with one more proof; None where another request was faster. Proving the same again renews it."""
    kept = tuple(one for one in run.proofs if one.method != proof.method)
    successor = replace(run, proofs=(*kept, proof), nonce=new_id())
    if not await hall.cache.recoveries.swap(run.id, run.version, _sealed(hall, successor), _ttl(hall)):
        return None
    return replace(successor, version=run.version + 1)


async def use_up(hall: Hall, run: Run) -> bool:
    """Its proofs have served: of two requests at once one alone may use them, and nobody afterwards."""
    spent = replace(run, proofs=(), nonce=new_id())
    if not await hall.cache.recoveries.swap(run.id, run.version, _sealed(hall, spent), _ttl(hall)):
        return False
    await hall.cache.recoveries.delete(run.id)
    return True


def _ttl(hall: Hall) -> int:
    return int(hall.policies.recovery.proof_age.total_seconds())


def _sealed(hall: Hall, run: Run) -> bytes:
    document = {
        "account": run.account,
        "person_id": run.person_id,
        "browser": run.browser,
        "nonce": run.nonce,
        "begun_at": run.begun_at.timestamp(),
        "proofs": [
            [proof.root.value, proof.method, proof.at.timestamp(), proof.since.timestamp()] for proof in run.proofs
        ],
    }
    return hall.vault.seal(orjson.dumps(document), _context(run.id))


def _opened(hall: Hall, run_id: str, record: bytes) -> Run:
    document: dict[str, Any] = orjson.loads(hall.vault.open_(record, _context(run_id)))
    proofs = tuple(
        RootProof(Root(root), method, instant(at), instant(since)) for root, method, at, since in document["proofs"]
    )
    begun_at = instant(document["begun_at"])
    named = (document["account"], document["person_id"], document["browser"], document["nonce"])
    return Run(run_id, *named, begun_at, proofs)


def _context(run_id: str) -> str:
    return f"recovery:{run_id}"
