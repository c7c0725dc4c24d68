"""The hot path's contract: one text for two bodies."""

import asyncio
from datetime import timedelta

import pytest

from idp.identity.person import PersonState
from idp.kernel.level import Level
from idp.protocol.client import ClientState
from idp.storage.database import Database
from idp.storage.hot import NewRefresh, Redeemed
from tests.storage.fixtures import (
    CEILING,
    CHALLENGE,
    FAMILY_END,
    NOW,
    REDIRECT_URI,
    SignedIn,
    digest,
    event,
    issued,
    sign_in,
)

IDLE = timedelta(days=14)
SOON = NOW + timedelta(seconds=5)


async def redeem(database: Database, code: bytes, refresh: bytes | None = None, **changes: object) -> Redeemed | None:
    values: dict[str, object] = {
        "client_id": "one_stop_shop",
        "redirect_uri": REDIRECT_URI,
        "challenge": CHALLENGE,
        "now": SOON,
        "refresh": None if refresh is None else NewRefresh(refresh, IDLE),
        "event": event(),
    }
    return await database.hot.redeem_code(code, **{**values, **changes})  # type: ignore[arg-type]


async def test_a_code_gives_its_grant_back_as_it_was(database: Database) -> None:
    signed_in = await sign_in(database)
    grant = signed_in.grant()
    redeemed = await redeem(database, await issued(database, signed_in, grant), digest())
    assert redeemed is not None
    assert redeemed.grant == grant
    assert redeemed.person_level is Level.SUBSTANTIAL
    assert redeemed.person_level_ends_at == signed_in.person.level_ends_at
    # Without offline_access the family ends with the session.
    assert redeemed.refresh_expires_at == CEILING
