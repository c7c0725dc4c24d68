"""The ID token's payload: OpenID Connect Core §2. Who signs it and with which key is not known here."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from idp.kernel.clock import epoch
from idp.kernel.level import Level
from idp.protocol import acr
from idp.protocol.grant import Grant
from idp.protocol.policy import ProtocolPolicy

# §3.1.3.6: the hash belongs to the algorithm; both that we sign with use SHA-256.
_HASHES = {"ES256": hashlib.sha256, "RS256": hashlib.sha256}


def payload(
    policy: ProtocolPolicy,
    grant: Grant,
    *,
    level: Level,
    phishing_resistant: bool = False,
    amr: Sequence[str],
    now: datetime,
    alg: str,
    access_token: str | None = None,
    nonce: str | None = None,
    claims: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """§2, §3.1.3.6; at refresh §12.2: `auth_time` stays the original one, and the caller leaves `nonce` out.

    `claims` are those asked through the `claims` parameter alone; they never override what the protocol says.
    """
    issued = epoch(now)
    document: dict[str, Any] = {
        **(claims or {}),
        "iss": policy.issuer,
        "sub": grant.sub,
        "aud": grant.client_id,
        "exp": issued + int(policy.id_token_lifetime.total_seconds()),
        "iat": issued,
        "auth_time": epoch(grant.auth_time),
        "acr": acr.asserted(grant.claims, policy.issuer, acr.Reached(level, phishing_resistant)),
        "amr": list(amr),
        "sid": grant.sid,
    }
    if nonce is not None:
        document["nonce"] = nonce
    if access_token is not None:
        document["at_hash"] = at_hash(access_token, alg)
    return document


def at_hash(token: str, alg: str) -> str:
    """§3.1.3.6: base64url of the left half of the hash of the ASCII of the token."""
    digest = _HASHES[alg](token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode("ascii")
