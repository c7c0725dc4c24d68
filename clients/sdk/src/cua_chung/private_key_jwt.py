"""Client authentication without a shared secret: a short-lived assertion, signed with the service's own key."""

import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_qs

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFETIME = 60


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key in PEM whose public half is in the client's registered `jwks` under this `kid`."""

    pem: str = field(repr=False)
    kid: str
    alg: str = "ES256"


class PrivateKeyJwt:
    """OpenID Connect Core §9, RFC 7523 §3, in the shape that Authlib calls.

    Authlib has one of its own, whose assertions live for an hour and share a `jti` where claims are given.
    """

    name = "private_key_jwt"

    def __init__(self, key: SigningKey, issuer: str) -> None:
        self._key = key
        self._issuer = issuer

    def __call__(self, auth: Any, _method: str, uri: str, headers: Any, body: Any) -> tuple[str, Any, Any]:  # noqa: ANN401
        now = int(time.time())
        claims = {
            "iss": auth.client_id,
            "sub": auth.client_id,
            "aud": self._issuer,
            "iat": now,
            "exp": now + _LIFETIME,
            "jti": generate_token(32),
        }
        assertion = jwt.encode(claims, self._key.pem, algorithm=self._key.alg, headers={"kid": self._key.kid})
        parameters = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)]
        return uri, headers, add_params_to_qs(body or "", parameters)
