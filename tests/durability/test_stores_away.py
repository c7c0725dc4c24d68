"""A store is away: what needs it says when to come again, the rest goes on, and all comes back by itself."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.durability.back_office import BackOffice, Unanswered
from tests.durability.balancer import Balancer
from tests.durability.engines import DurablePostgres, ForgetfulRedis
from tests.durability.hub import ACCOUNTS, BASIC, Hub, furnished, readiness
from tests.durability.ledger import Family, Ledger
from tests.durability.processes import until, workers_of
from tests.durability.visit import Visit
from tests.stand.ports import free_port

pytestmark = [pytest.mark.stand, pytest.mark.slow, pytest.mark.timeout(240)]

_PAGE = {"accept": "text/html"}


@dataclass
class Signed:
    """A person signed in at a service, before anything happens."""

    hub: Hub
    office: BackOffice
    visit: Visit
    family: Family

    async def page(self, **more: str) -> httpx.Response:
        """What a new browser sees of the sign-in; `cookie` makes it the one that is signed in."""
        service = self.hub.services[BASIC]
        async with httpx.AsyncClient(transport=Balancer(self.hub.port), base_url=self.hub.issuer) as browser:
            return await browser.get(
                "/authorize",
                params={
                    "client_id": service.client_id,
                    "redirect_uri": service.redirect_uri,
                    "response_type": "code",
                    "scope": "openid profile email",
                },
                headers={**_PAGE, **more},
            )

    async def is_ready(self) -> bool:
        return readiness(self.hub.port) == 200


@pytest.fixture(scope="module")
def hub(killable_postgres: DurablePostgres, killable_redis: ForgetfulRedis) -> Iterator[Hub]:
    url = killable_postgres.databases.create()
    with furnished(url, accounts=ACCOUNTS[:1], REDIS_URL=killable_redis.url) as made:
        node = made.node()
        node.start()
        try:
            node.wait()
            yield made
        finally:
            node.end()


@pytest.fixture
async def signed(hub: Hub) -> AsyncIterator[Signed]:
    office, visit = BackOffice(hub, Ledger()), Visit(hub, ACCOUNTS[0], Ledger())
    family = await office.redeem(await visit.code(hub.services[BASIC]))
    assert family is not None
    yield Signed(hub, office, visit, family)
    await office.close()
    await visit.close()


async def test_redis_away(signed: Signed, killable_redis: ForgetfulRedis) -> None:
    family, office = signed.family, signed.office
    killable_redis.process.kill()
    # Whoever is signed in notices nothing, and neither do the services.
    await office.refresh(family)
    assert not family.unanswered
    assert await office.is_active(family.service, family.access[-1])
    assert (await office.userinfo(family.access[-1])).status_code == 200
    assert signed.visit.session is not None
    silent = await signed.page(cookie=f"cuachung_session={signed.visit.session.cookie}")
    assert silent.headers["location"].startswith(family.service.redirect_uri)
    assert "code=" in silent.headers["location"]
    # Whoever has to sign in is told to come again.
    page = await signed.page()
    assert page.status_code == 503
    assert page.headers["retry-after"]
    assert "Hệ thống đang bận" in page.text
    assert not await signed.is_ready()
    killable_redis.process.start()
    await killable_redis.process.up()
    await until(signed.is_ready, "the node is ready again")
    stranger = Visit(signed.hub, ACCOUNTS[0], Ledger())
    assert await office.redeem(await stranger.walk_once(signed.hub.services[BASIC]))
    await stranger.close()
    # What is revoked is revoked, whether Redis saw it or not.
    await office.revoke(family)
    assert not await office.is_active(family.service, family.access[-1])


async def test_redis_forgets_a_sign_in_that_was_begun(signed: Signed, killable_redis: ForgetfulRedis) -> None:
    """A sensible page, never a dead end: it leads back to the service."""
    visit = Visit(signed.hub, ACCOUNTS[0], Ledger())
    service = signed.hub.services[BASIC]
    page = await visit.first_page(service)
    killable_redis.process.kill()
    killable_redis.process.start()
    await killable_redis.process.up()
    await until(signed.is_ready, "the node is ready again")
    lost = await visit.browser.submit(page, "password", username=ACCOUNTS[0].login, password=ACCOUNTS[0].password)
    assert lost.status < 500
    assert not lost.is_answer
    assert lost.leads_to(service.origin), lost.text
    await visit.code(service)
    await visit.close()


async def test_a_worker_that_falls_while_postgresql_is_away_comes_back_with_it(
    hub: Hub, killable_postgres: DurablePostgres
) -> None:
    """It waits; were it to give up, the parent would end the node."""
    port = free_port()
    async with hub.serving(port, IDP_WORKERS="2") as [node]:
        killable_postgres.process.kill()
        os.kill(workers_of(node)[0], signal.SIGKILL)

        async def waits() -> bool:
            return "start waits" in node.tail()

        await until(waits, "the new worker waits", 60)
        killable_postgres.process.start()
        await killable_postgres.process.up()
        await node.up()
        assert len(workers_of(node)) == 2


async def test_postgresql_away(signed: Signed, killable_postgres: DurablePostgres) -> None:
    family, office = signed.family, signed.office
    killable_postgres.process.kill()
    for act in (
        lambda: office.refresh_once(family, family.refresh[-1]),
        lambda: office.own_token(family.service),
        lambda: office.is_active(family.service, family.access[-1]),
        # RFC 7009 §2.2.1: never taken for done.
        lambda: office.post(family.service, "/revoke", token=family.refresh[-1]),
    ):
        with pytest.raises(Unanswered, match="503"):
            await act()
    told = await office.userinfo(family.access[-1])
    assert (told.status_code, "retry-after" in told.headers) == (503, True)
    page = await signed.page()
    assert (page.status_code, "Hệ thống đang bận" in page.text) == (503, True)
    assert (await office.http.get("/jwks")).status_code == 200
    assert (await office.http.get("/healthz")).status_code == 200
    assert not await signed.is_ready()
    killable_postgres.process.start()
    await killable_postgres.process.up()
    await until(signed.is_ready, "the node is ready again")
    # Nothing was used up meanwhile.
    await office.refresh(family)
    assert await office.is_active(family.service, family.access[-1])
    await office.revoke(family)
    assert not await office.is_active(family.service, family.access[-1])
