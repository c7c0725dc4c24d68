"""What is told instead of data: until when a level lasts, a code for the number, an age for the birthday."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from idp.flows import verified_claims
from idp.kernel.clock import epoch
from idp.kernel.level import Level
from idp.protocol.claim_names import wire
from idp.protocol.scope import SCOPES
from tests.doors.people_house import PeopleHouse, open_people_house, terms_of
from tests.doors.verified_people import assured, opened, told, verified


@pytest.fixture
async def hamlet(sqlite_url: str) -> AsyncIterator[PeopleHouse]:
    async with open_people_house(sqlite_url) as house:
        yield house


async def test_the_id_token_says_until_when_its_level_lasts(hamlet: PeopleHouse) -> None:
    service = await assured(hamlet)
    lai = await hamlet.citizen()
    ends_at = (hamlet.now + timedelta(days=30)).replace(microsecond=0)
    async with hamlet.hall.db.unaudited_tx() as tx:
        await tx.persons.set_level(lai.person.id, Level.SUBSTANTIAL, ends_at, hamlet.now)
    tokens = await hamlet.tokens_of(hamlet.browser(), service, lai, scope="openid identity_assurance")
    assert (await opened(hamlet, tokens["id_token"]))[wire("qn:loa_expires_at")] == epoch(ends_at)
    plain = await hamlet.tokens_of(hamlet.browser(), service, lai)
    assert wire("qn:loa_expires_at") not in await opened(hamlet, plain["id_token"])


async def test_what_stands_for_the_number_is_one_within_an_agency_and_another_elsewhere(hamlet: PeopleHouse) -> None:
    lai = await hamlet.citizen()
    await verified(hamlet, lai)
    found = []
    for sector in ("mot", "mot", "hai"):
        service = await hamlet.register(terms=terms_of(**{"qn:national_id_hash": "consent"}), sector=sector)
        scope = "openid qn:national_id_hash"
        answer = await told(hamlet, await hamlet.tokens_of(hamlet.browser(), service, lai, scope=scope))
        assert answer.keys() == {"sub", wire("qn:national_id_hash")}
        found.append(answer[wire("qn:national_id_hash")])
    assert found[0] == found[1] != found[2]
    assert len(found[0]) == 43


async def test_an_age_goes_instead_of_the_birthday(hamlet: PeopleHouse) -> None:
    service = await hamlet.register(terms=terms_of(**{"qn:age": "consent"}))
    lai, browser = await hamlet.citizen(birthdate="2010-01-01"), hamlet.browser()
    page = await hamlet.sign_in(browser, await hamlet.ask(browser, service, scope="openid qn:age"), lai)
    assert page.step == "consent"
    assert "Đủ 16 tuổi" in page.text
    answer = await told(hamlet, await hamlet.exchanged(service, await hamlet.allow(browser, page)))
    ages = ("qn:age_over_14", "qn:age_over_16", "qn:age_over_18", "qn:age_over_60")
    assert [answer[wire(age)] for age in ages] == [True, True, False, False]
    assert "birthdate" not in answer


def test_every_age_that_is_told_is_a_claim_of_its_scope() -> None:
    told_ages = verified_claims.ages("2000-02-29", datetime(2026, 3, 2, tzinfo=UTC))
    assert set(told_ages) == set(SCOPES["qn:age"].claims)
    assert verified_claims.ages(None, datetime(2026, 3, 2, tzinfo=UTC)) == {}
