"""A service system of a test, over real HTTP: asks, redeems, reads tokens with PyJWT. It knows no page."""

import base64
import hashlib
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import jwt

VERIFIER = "a-verifier-of-the-journeys-0123456789-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
STATE, NONCE = "trạng thái & 1", "n-0S6_WzA2Mj"


def trust(ca: str | None) -> ssl.SSLContext:
    """Debian's authorities and the demo's own."""
    return ssl.create_default_context(cafile=ca)


class RelyingParty:
    """One client, by what its registration says."""

    def __init__(self, issuer: str, registration: Mapping[str, Any], ca: str | None) -> None:
        self.issuer = issuer
        self.registration = registration
        self.id = str(registration["client_id"])
        self.secret = registration.get("client_secret")
        self._trust = trust(ca)

    @property
    def redirect_uri(self) -> str:
        return str(self.registration["redirect_uris"][0])

    def request(self, **changes: str | None) -> dict[str, str]:
        """A sound authorization request; None leaves a parameter out."""
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile",
            "state": STATE,
            "nonce": NONCE,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def address(self, **changes: str | None) -> str:
        """Where the service sends its visitor."""
        return f"{self.issuer}/authorize?{urlencode(self.request(**changes))}"

    def post(self, path: str, **form: str | None) -> httpx.Response:
        """As the registered method says; None leaves a parameter out, `client_id` too."""
        told: dict[str, str | None] = {**self._credentials(), **form}
        return self._send(path, data={name: value for name, value in told.items() if value is not None})

    def redeem(self, answer: Mapping[str, str], **changes: str | None) -> httpx.Response:
        told = {"code": answer["code"], "redirect_uri": self.redirect_uri, "code_verifier": VERIFIER, **changes}
        return self.post("/token", grant_type="authorization_code", **told)

    def tokens(self, answer: Mapping[str, str], **changes: str | None) -> dict[str, Any]:
        """What the code was worth."""
        response = self.redeem(answer, **changes)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def refresh(self, token: str, **changes: str | None) -> httpx.Response:
        return self.post("/token", grant_type="refresh_token", refresh_token=token, **changes)

    def introspect(self, token: str) -> dict[str, Any]:
        found: dict[str, Any] = self.post("/introspect", token=token).json()
        return found

    def userinfo(self, access_token: str) -> httpx.Response:
        return self.get("/userinfo", authorization=f"Bearer {access_token}")

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.issuer + path, headers=headers, verify=self._trust, timeout=30)

    def claims(self, token: str, audience: str | None = None) -> dict[str, Any]:
        """Verified against the published keys."""
        header = jwt.get_unverified_header(token)
        keys = jwt.PyJWKSet.from_dict(self.get("/jwks").json())
        found: dict[str, Any] = jwt.decode(
            token,
            keys[header["kid"]].key,
            algorithms=[header["alg"]],
            audience=audience or self.id,
            issuer=self.issuer,
        )
        return found

    def _credentials(self) -> dict[str, str]:
        method = self.registration.get("token_endpoint_auth_method", "client_secret_basic")
        return {
            "client_secret_post": {"client_id": self.id, "client_secret": str(self.secret)},
            "none": {"client_id": self.id},
        }.get(method, {})

    def _send(self, path: str, data: Mapping[str, str]) -> httpx.Response:
        basic = (self.id, str(self.secret)) if self.secret and "client_secret" not in data else None
        return httpx.post(self.issuer + path, data=dict(data), auth=basic, verify=self._trust, timeout=30)


def answer_in(address: str) -> dict[str, str]:
    """The parameters with which a browser arrived at the service."""
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
