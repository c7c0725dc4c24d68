"""What `idp doctor` asks beyond what a start refuses: clocks, keys in use, ephemeral store, outbox, disk."""

import os
import shutil
import stat
from datetime import datetime, timedelta
from pathlib import Path

from idp.cache import CacheUnavailable
from idp.checks import Finding, fail, ok, warn
from idp.crypto.signing_keys import KeyState
from idp.flows.hall import Hall
from idp.kernel.clock import Clock
from idp.settings import Settings
from idp.storage.url import SqliteUrl, parse

_SKEW = timedelta(seconds=2)
_WORST_SKEW = timedelta(seconds=30)
_FULL_OUTBOX = 1000
_LITTLE_SPACE = 512 * 1024 * 1024


async def examine(hall: Hall, settings: Settings, clock: Clock) -> list[Finding]:
    """One or more findings for each part."""
    return [
        await _clock(hall, clock),
        *await _signing_keys(hall, clock()),
        await _cache(hall, settings),
        await _outbox(hall),
        *_disk(settings),
    ]


async def _clock(hall: Hall, clock: Clock) -> Finding:
    async with hall.db.read() as tx:
        theirs = await tx.now()
    skew = abs(clock() - theirs)
    told = f"{skew.total_seconds():.1f} s between this machine and the database"
    if skew > _WORST_SKEW:
        return fail("clock", told, "set up time synchronisation (NTP) on both")
    return warn("clock", told, "set up time synchronisation (NTP) on both") if skew > _SKEW else ok("clock", told)


async def _signing_keys(hall: Hall, now: datetime) -> list[Finding]:
    async with hall.db.read() as tx:
        records = await tx.keys.all()
    found = []
    for alg in hall.policies.protocol.signing_algs:
        signing = [r for r in records if r.alg == alg and r.state in (KeyState.ACTIVE, KeyState.PENDING)]
        begun = [r.activates_at for r in signing if r.activates_at <= now]
        if not begun:
            found.append(warn("signing keys", f"no {alg} key signs yet", "idp serve makes one; or: idp keys rotate"))
            continue
        age = now - max(begun)
        told = f"{alg}: the key signs for {age.days} days"
        # The rotator runs in every node: a key that is much older than it may be means that none ran.
        late = age > hall.policies.rotation.rotate_every + timedelta(days=1)
        found.append(warn("signing keys", told, "run: idp keys rotate") if late else ok("signing keys", told))
    return found


async def _cache(hall: Hall, settings: Settings) -> Finding:
    if settings.redis_url is None:
        return ok("ephemeral state", "in the process itself: a restart repeats sign-ins that are under way")
    try:
        await hall.cache.ping()
    except CacheUnavailable:
        return fail("ephemeral state", "Redis does not answer", "look whether it runs, and whether REDIS_URL is right")
    return ok("ephemeral state", "Redis answers")


async def _outbox(hall: Hall) -> Finding:
    async with hall.db.read() as tx:
        depth = await tx.outbox.depth()
    told = f"{depth} messages wait"
    if depth > _FULL_OUTBOX:
        return warn("outbox", told, "idp outbox deliveries RECEIVER tells who does not answer")
    return ok("outbox", told)


def _disk(settings: Settings) -> list[Finding]:
    url = parse(settings.database_url)
    if not isinstance(url, SqliteUrl):
        return []
    return [_file(url.path), _space(url.path.parent)]


def _file(path: Path) -> Finding:
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return fail("disk", f"{path} and its folder are not writable", "give them to the account that runs idp")
    if stat.S_IMODE(path.stat().st_mode) & stat.S_IROTH:
        return warn("disk", f"{path} can be read by every account of this machine", f"chmod 640 {path}")
    return ok("disk", f"{path} is writable")


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    told = f"{free // 1024**2} MiB are free"
    return (
        warn("disk", told, "make room: a full disk stops every sign-in") if free < _LITTLE_SPACE else ok("disk", told)
    )
