"""A withdrawal and a sign-in at the same moment: whichever is second, no grant survives that nobody agrees to."""

import pytest

from idp.audit import kinds
from idp.decision.step import Issue
from idp.flows import issue_code, own_pages, situation
from idp.flows.visitor import Visitor
from idp.kernel.errors import ConsentRequired
from idp.kernel.secret import Secret
from idp.protocol.request import AuthorizationRequest, ResponseMode
from tests.doors.machine_house import REDIRECT
from tests.doors.people_house import PeopleHouse, terms_of

SCOPE = "openid profile"


async def test_a_sign_in_that_was_decided_before_the_withdrawal_issues_nothing_after_it(people: PeopleHouse) -> None:
    service = await people.register(terms=terms_of(profile="consent"))
    lai, browser, hall = await people.citizen(), people.browser(), people.hall
    await people.walk(browser, service, lai, scope=SCOPE)
    visitor = Visitor(session=Secret(browser.cookie("session") or ""))
    registered = await hall.clients.get(service.client.client_id, people.now)
    assert registered is not None
    request = AuthorizationRequest(service.client.client_id, REDIRECT, ResponseMode.QUERY, ("openid", "profile"))
    wanted = situation.asked(request, registered, people.now)
    async with hall.db.read() as tx:
        present = await situation.authentication(tx, hall, visitor, registered, people.now)
    assert present is not None
    step = await situation.decide(hall, wanted, present, people.now)
    assert isinstance(step, Issue)

    owner = await own_pages.owner(hall, visitor, people.now)
    assert owner is not None
    assert await own_pages.withdraw(hall, owner, service.client.client_id, people.now)
    assert not await own_pages.withdraw(hall, owner, service.client.client_id, people.now)
    with pytest.raises(ConsentRequired):
        await issue_code.issue(hall, wanted, registered, present, step, people.now)
    async with hall.db.read() as tx:
        assert await tx.grants.of_person(lai.person.id) == []
    assert len(await people.events(kinds.CONSENT_WITHDRAWN)) == 2, "one for the consent, one for what came after it"
