"""How VNeID fares, as all nodes see it: failures and successes are counted in the shared cache by authn's rule."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import orjson

from idp.audit import kinds
from idp.audit.event import event
from idp.authn import outage
from idp.authn.outage import Breaker, Phase
from idp.authn.sign_in_route import Upstream
from idp.flows.hall import Hall
from idp.kernel.secret import Secret

# A cache that forgets sooner ends the outage: the next visitors find out anew.
_REMEMBERED: Final = int(timedelta(days=1).total_seconds())
_TRIES: Final = 5
_NAME: Final = "vneid"


async def standing(hall: Hall) -> Upstream:
    """What the decision needs to know."""
    if hall.vneid is None:
        return Upstream.ABSENT
    breaker, _ = await _read(hall)
    return Upstream.OUTAGE if outage.is_outage(breaker) else Upstream.AVAILABLE


async def phase(hall: Hall, now: datetime) -> Phase:
    """Whether somebody may be sent there."""
    breaker, _ = await _read(hall)
    return outage.phase(breaker, now, hall.policies.breaker)


async def failed(hall: Hall, browser: Secret | None, now: datetime) -> None:
    """Our own call met no answer, on behalf of this browser."""
    who = browser.digest().hex()[:16] if browser is not None else ""
    await _change(hall, lambda breaker: outage.after_failure(breaker, who, now, hall.policies.breaker), now)


async def succeeded(hall: Hall, now: datetime) -> None:
    """Somebody came through."""
    await _change(hall, outage.after_success, now)


async def _change(hall: Hall, rule: Callable[[Breaker], Breaker], now: datetime) -> None:
    for _ in range(_TRIES):
        before, version = await _read(hall)
        after = rule(before)
        if after == before or await _write(hall, after, version):
            break
    else:
        return
    if outage.is_outage(before) != outage.is_outage(after):
        kind = kinds.OUTAGE_DECLARED if outage.is_outage(after) else kinds.OUTAGE_ENDED
        async with hall.db.tx() as tx:
            await tx.events.append(event(kind, at=now, actor="system", upstream=_NAME))


async def _read(hall: Hall) -> tuple[Breaker, int]:
    found = await hall.cache.upstream.breaker()
    return (Breaker(), 0) if found is None else (outage.from_json(orjson.loads(found.record)), found.version)


async def _write(hall: Hall, breaker: Breaker, version: int) -> bool:
    record = orjson.dumps(outage.to_json(breaker))
    if version == 0:
        await hall.cache.upstream.put_breaker(record, _REMEMBERED)
        return True
    return await hall.cache.upstream.swap_breaker(version, record, _REMEMBERED)
