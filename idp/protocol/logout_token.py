"""The logout token's payload: OpenID Connect Back-Channel Logout §2.4. Each attempt of the outbox repeats its `jti`."""

from datetime import datetime, timedelta
from typing import Any

from idp.kernel.clock import epoch

TYP = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = timedelta(seconds=120)  # §2.4: at most two minutes


def payload(issuer: str, client_id: str, sub: str, sid: str, jti: str, now: datetime) -> dict[str, Any]:
    """Always with `sid`: a token with `sub` alone would end a newer session as well. Never a `nonce` (§2.4)."""
    issued = epoch(now)
    return {
        "iss": issuer,
        "sub": sub,
        "aud": client_id,
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
        "jti": jti,
        "events": {EVENT: {}},
        "sid": sid,
    }
