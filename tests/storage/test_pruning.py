"""Pruning: what time made useless goes in batches; what proves something, or still detects reuse, stays."""

from datetime import timedelta

from idp.consent.decision import ConsentDecision
from idp.storage.database import Database
from idp.storage.hot import NewRefresh
from idp.storage.pruning import prune
from tests.storage.fixtures import CEILING, IDLE, NOW, SOON, digest, event, issued, redeem, sign_in

DAY = timedelta(days=1)
LEASE = timedelta(seconds=30)


async def test_what_can_still_be_asked_for_stays(database: Database) -> None:
    signed_in = await sign_in(database)
    used, refresh = await issued(database, signed_in, signed_in.grant()), digest()
    assert await redeem(database, used, refresh) is not None
    async with database.unaudited_tx() as tx:
        await tx.used_jti.first_use("one_stop_shop", digest(), NOW + timedelta(minutes=5))
        await tx.revoked_tokens.add("jti", NOW + timedelta(minutes=5))
        await tx.outbox.put("logout", "shop", b"waits", NOW)
    assert set((await prune(database, NOW + DAY - timedelta(hours=1))).values()) == {0, 1}
    async with database.read() as tx:
        state = await tx.codes.binding(used)  # a code used yesterday is known for what it is
        assert state is not None
        assert await tx.refresh_tokens.find(refresh) is not None
        assert await tx.outbox.depth() == 1


async def test_everything_goes_in_the_end_but_proof(database: Database) -> None:
    signed_in = await sign_in(database)
    codes = [await issued(database, signed_in, signed_in.grant()) for _ in range(7)]
    token = digest()
    assert await redeem(database, codes[0], token) is not None
    successor = NewRefresh(digest(), IDLE)
    assert await database.hot.rotate_refresh(token, "one_stop_shop", SOON, successor, event()) is not None
    async with database.unaudited_tx() as tx:
        sent = await tx.outbox.put("logout", "shop", b"sent", NOW)
        lost = await tx.outbox.put("logout", "shop", b"lost", NOW)
        fences = {one.id: one.fence for one in await tx.outbox.lease(NOW, 5, LEASE)}
        await tx.outbox.delivered(sent, fences[sent], NOW, 200)
        await tx.outbox.failed(lost, fences[lost], NOW, None, "HTTP 404")
        await tx.consents.record(ConsentDecision(signed_in.person.id, "one_stop_shop", NOW))
    gone = await prune(database, CEILING + 200 * DAY, batch=2)
    assert gone["codes"] == gone["grants"] == 7
    assert gone["refresh_tokens"] == 2
    assert gone["sessions"] == gone["client_sessions"] == 1
    assert gone["delivered"] == gone["abandoned"] == 1
    async with database.read() as tx:
        assert await tx.persons.get(signed_in.person.id) is not None
        assert await tx.consents.latest(signed_in.person.id, "one_stop_shop") is not None
        assert len(await tx.events.page(person_id=signed_in.person.id)) == 9
        assert await tx.sessions.get(signed_in.session.id) is None
        assert await tx.pseudonyms.person_of(signed_in.sub, signed_in.client.client.sector) == signed_in.person.id


async def test_a_used_token_of_a_living_family_stays_known(database: Database) -> None:
    signed_in = await sign_in(database)
    token = digest()
    grant = signed_in.grant(offline=True)
    assert await redeem(database, await issued(database, signed_in, grant), token) is not None
    latest = token
    for week in range(1, 6):
        successor = digest()
        now = NOW + week * timedelta(days=7)
        rotated = await database.hot.rotate_refresh(latest, "one_stop_shop", now, NewRefresh(successor, IDLE), event())
        assert rotated is not None
        latest = successor
    await prune(database, NOW + timedelta(days=40))
    async with database.read() as tx:
        first = await tx.refresh_tokens.find(token)
        assert first is not None
        assert first.used_at is not None
        assert await tx.sessions.get(signed_in.session.id) is not None
