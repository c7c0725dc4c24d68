"""How each upstream fares, as all nodes see it: failures and successes are counted in the shared cache by one rule."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import orjson

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import outage
from idp.authn.outage import Breaker, BreakerPolicy, Phase
from idp.authn.sign_in_route import Upstream
from idp.flows.hall import Hall
from idp.kernel.secret import Secret

# A cache that forgets sooner ends the outage: the next visitors find out anew.
_REMEMBERED: Final = int(timedelta(days=1).total_seconds())
_TRIES: Final = 5
VNEID: Final = "vneid"
POPULATION_REGISTER: Final = "population_register"


async def standing(hall: Hall) -> Upstream:
    """Of VNeID: what the decision needs to know."""
    if hall.vneid is None:
        return Upstream.ABSENT
    breaker, _ = await _read(hall, VNEID)
    return Upstream.OUTAGE if outage.is_outage(breaker) else Upstream.AVAILABLE


async def phase(hall: Hall, now: datetime, upstream: str = VNEID) -> Phase:
    """Whether somebody may be sent there, or something asked."""
    breaker, _ = await _read(hall, upstream)
    return outage.phase(breaker, now, _policy(hall, upstream))


async def failed(hall: Hall, browser: Secret | None, now: datetime) -> None:
    """Our own call to VNeID met no answer, on behalf of this browser."""
    await failed_for(hall, browser.digest().hex()[:16] if browser is not None else "", now, VNEID)


async def failed_for(hall: Hall, who: str, now: datetime, upstream: str) -> None:
    """The same of any upstream; `who` only tells one asker from another."""
    policy = _policy(hall, upstream)
    await _change(hall, upstream, lambda breaker: outage.after_failure(breaker, who, now, policy), now)


async def succeeded(hall: Hall, now: datetime, upstream: str = VNEID) -> None:
    """Somebody came through."""
    await _change(hall, upstream, outage.after_success, now)


def _policy(hall: Hall, upstream: str) -> BreakerPolicy:
    return hall.policies.register_breaker if upstream == POPULATION_REGISTER else hall.policies.breaker


async def _change(hall: Hall, upstream: str, rule: Callable[[Breaker], Breaker], now: datetime) -> None:
    for _ in range(_TRIES):
        before, version = await _read(hall, upstream)
        after = rule(before)
        if after == before or await _write(hall, upstream, after, version):
            break
    else:
        return
    if outage.is_outage(before) != outage.is_outage(after):
        kind = kinds.OUTAGE_DECLARED if outage.is_outage(after) else kinds.OUTAGE_ENDED
        async with hall.db.tx() as tx:
            await tx.events.append(event(kind, at=now, actor="system", upstream=upstream))


async def _read(hall: Hall, upstream: str) -> tuple[Breaker, int]:
    found = await hall.cache.upstream.breaker(upstream)
    return (Breaker(), 0) if found is None else (outage.from_json(orjson.loads(found.record)), found.version)


async def _write(hall: Hall, upstream: str, breaker: Breaker, version: int) -> bool:
    record = orjson.dumps(outage.to_json(breaker))
    if version == 0:
        await hall.cache.upstream.put_breaker(upstream, record, _REMEMBERED)
        return True
    return await hall.cache.upstream.swap_breaker(upstream, version, record, _REMEMBERED)
