"""`id_token_hint`: whose sign-in a request is about. Proven by our signature, whatever its age."""

from collections.abc import Mapping
from typing import Any, Final

from idp.crypto import jwt
from idp.crypto.jose import InvalidJwt
from idp.flows.hall import Hall
from idp.protocol.parameters import Parameters

_TYP: Final = frozenset({"JWT"})


def verified_hint(hall: Hall, params: Parameters) -> Mapping[str, Any] | None:
    """The claims of an ID token that we issued, expired or not, also under a key that has retired; otherwise None."""
    token = params.one("id_token_hint")
    if token is None:
        return None
    try:
        claims = jwt.verify(token, hall.keys.ring.hint_keys, typ=_TYP)
    except InvalidJwt:
        return None
    # `sid` stands in every ID token of ours, and in no signed userinfo response, which has the same `typ`.
    return claims if claims.get("iss") == hall.policies.issuer and "sid" in claims else None
