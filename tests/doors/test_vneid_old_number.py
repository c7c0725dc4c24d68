"""An identity number that somebody bore before makes nobody a second time, though VNeID vouches for it."""

from idp.audit import kinds
from idp.flows import identity_numbers
from idp.identity.identity_number import IdentityNumber, NumberKind
from tests.doors.vneid_house import HO, VneidHouse


async def test_a_number_that_was_replaced_opens_a_case_for_its_bearer(vneid_town: VneidHouse) -> None:
    service, bearer = await vneid_town.service_of(), await vneid_town.citizen()
    async with vneid_town.hall.db.unaudited_tx() as tx:
        for number in (HO.number, "051201990999"):
            borne = IdentityNumber(NumberKind.PIN, number)
            await identity_numbers.replace(tx, bearer.person.id, borne, source="register", now=vneid_town.now)
    browser = vneid_town.browser()
    pages = [await vneid_town.by_vneid(browser, await vneid_town.ask(browser, service)) for _ in range(2)]
    assert not any(page.is_answer for page in pages)
    async with vneid_town.hall.db.read() as tx:
        [case] = await tx.cases.of_person(bearer.person.id)
    assert (case.kind, case.id in pages[-1].text) == ("identity_already_bound", True)
    assert await vneid_town.events(kinds.PERSON_ADDED) == []
