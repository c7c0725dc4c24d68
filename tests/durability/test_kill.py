"""kill -9 of every process in the middle of a hundred sign-ins: nothing confirmed is lost, no code redeems twice."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from tests.durability import checks, disasters
from tests.durability.back_office import BackOffice
from tests.durability.disasters import Disaster, Stage
from tests.durability.engines import DurablePostgres, ForgetfulRedis
from tests.durability.hub import ACCOUNTS, BASIC, LOGOUT, PKCE, Hub, furnished
from tests.durability.ledger import Code, Ledger
from tests.durability.listener import Listener, listening_on
from tests.durability.processes import until
from tests.durability.rows import let_leases_lapse
from tests.durability.visit import Visit
from tests.stand.ports import free_port

pytestmark = [pytest.mark.stand, pytest.mark.slow, pytest.mark.timeout(400)]

_SEED = 20_261_125
_SIGN_INS = 100
_AT_ONCE = 8
# Answers that a run without disasters has at least; they strike in between.
_FIRST_STEP, _LAST_STEP = 60, 800


@pytest.fixture
def listener_port() -> int:
    return free_port()


@pytest.fixture
def postgres_hub(
    killable_postgres: DurablePostgres, killable_redis: ForgetfulRedis, listener_port: int
) -> Iterator[Hub]:
    url = killable_postgres.databases.create()
    with furnished(url, listener_port=listener_port, REDIS_URL=killable_redis.url, IDP_WORKERS="2") as hub:
        yield hub


@pytest.fixture
def sqlite_hub(listener_port: int) -> Iterator[Hub]:
    with furnished(listener_port=listener_port) as hub:
        yield hub


async def test_two_workers_on_postgresql_and_redis(
    postgres_hub: Hub, killable_postgres: DurablePostgres, killable_redis: ForgetfulRedis, listener_port: int
) -> None:
    stage = Stage(postgres_hub.node(), random.Random(_SEED), killable_postgres, killable_redis)
    await Drama(postgres_hub, stage, disasters.WITH_SERVERS).play(listener_port)


async def test_one_process_on_sqlite(sqlite_hub: Hub, listener_port: int) -> None:
    await Drama(sqlite_hub, Stage(sqlite_hub.node(), random.Random(_SEED)), disasters.ALONE).play(listener_port)


@dataclass
class Drama:
    """A hundred visits, a few at a time, while one disaster after the other strikes; then the reckoning."""

    hub: Hub
    stage: Stage
    disasters: Sequence[Disaster]
    ledger: Ledger = field(default_factory=Ledger)
    held: list[Code] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)

    async def play(self, listener_port: int) -> None:
        # Every third answer of the service's back channel is a failure: the hub has to come again.
        listener = Listener(lambda before: 503 if before % 3 == 0 else 200)
        async with listening_on(listener_port, listener):
            try:
                self.stage.node.start()
                await self.stage.node.up()
                await self._act()
                # What was revoked and ended must not come back with a restart either.
                await disasters.everything_dies(self.stage)
                await self._reckon(listener)
            except BaseException:
                print(self.struck, self.ledger.steps, self.stage.node.tail())
                raise
            finally:
                self.stage.node.end()

    async def _act(self) -> None:
        office = BackOffice(self.hub, self.ledger)
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int) -> None:
            async with places:
                await self._visit(number, office)

        fate = asyncio.create_task(self._strike())
        try:
            await asyncio.gather(*(one(number) for number in range(_SIGN_INS)))
            await fate
        finally:
            fate.cancel()
            await office.close()

    async def _strike(self) -> None:
        """At moments that the seed draws, counted in answers and not in seconds."""
        moments = sorted(self.stage.chance.sample(range(_FIRST_STEP, _LAST_STEP), len(self.disasters)))
        for moment, disaster in zip(moments, self.disasters, strict=True):
            while self.ledger.steps < moment:
                await asyncio.sleep(0.005)
            await disaster(self.stage)
            self.struck.append(disaster.__name__)

    async def _visit(self, number: int, office: BackOffice) -> None:
        """One person's errand: what they do in it is drawn by its number."""
        chance = random.Random(_SEED + number)
        visit = Visit(self.hub, ACCOUNTS[number % len(ACCOUNTS)], self.ledger)
        first = self.hub.services[chance.choice([BASIC, PKCE, LOGOUT])]
        code = await visit.code(first)
        family = None
        if chance.random() < 0.2:
            self.held.append(code)
        else:
            family = await office.redeem(code)
        if family is not None and chance.random() < 0.5:
            await office.refresh(family)
        if family is not None and chance.random() < 0.2:
            await office.revoke(family)
        if chance.random() < 0.3:
            family = await office.redeem(await visit.code(self.hub.services[LOGOUT])) or family
        if family is not None and family.session is visit.session and chance.random() < 0.5:
            await visit.sign_out(family.service, family.id_token)
        await visit.close()

    async def _reckon(self, listener: Listener) -> None:
        assert len(self.struck) == len(self.disasters)
        hub, ledger = self.hub, self.ledger
        office = BackOffice(hub, ledger)
        # First what only looks, then what uses up.
        await checks.the_database_agrees(hub, ledger)
        await checks.people_are_in_the_record(hub, ledger)
        await checks.every_sign_out_is_announced(hub)
        await checks.sessions_are_what_was_said(hub, ledger)
        await checks.consents_are_remembered(hub, ledger)
        await checks.tokens_are_what_was_said(office, ledger)
        await checks.held_codes_redeem_once(office, self.held)
        await checks.no_code_redeems_again(office, ledger)
        await checks.no_old_refresh_token_serves(office, ledger)
        await self._sign_outs_arrive(listener)
        await office.close()

    async def _sign_outs_arrive(self, listener: Listener) -> None:
        """Perhaps more than once, and then with the same jti, by which a service knows it."""
        awaited = checks.sids_to_be_told(self.ledger)
        assert awaited

        async def all_arrived() -> bool:
            await let_leases_lapse(self.hub.database_url)
            return awaited <= listener.jti_by_session().keys()

        await until(all_arrived, "every sign-out is delivered", 60)
        assert all(len(jtis) == 1 for jtis in listener.jti_by_session().values())
