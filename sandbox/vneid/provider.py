"""The simulator's OpenID provider: codes, keys and ID tokens, right or wrong as was chosen. Everything in memory."""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from sandbox.vneid.faults import Fault
from sandbox.vneid.people import Citizen, citizens

ELSEWHERE = "https://vneid-gia-mao.example"
_CODE_LIVES = 60
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Registered:
    """The one client, and who we are."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose on the page."""

    citizen: Citizen
    level: int
    organisation: bool
    fault: Fault


@dataclass(frozen=True, slots=True)
class Issued:
    request: Mapping[str, str]
    choice: Choice
    issued_at: float
    used: bool = False


@dataclass(slots=True)
class Simulator:
    registered: Registered
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": secrets.token_hex(8)}))
    foreign_key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    people: dict[str, Citizen] = field(default_factory=citizens)
    codes: dict[str, Issued] = field(default_factory=dict)
    # For everybody, until it is switched off.
    fault: Fault = Fault.NONE
    clock: Callable[[], float] = time.time

    def discovery(self) -> dict[str, Any]:
        issuer = self.registered.issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "scopes_supported": ["openid", "profile"],
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": ["vneid:1", "vneid:2"],
            "authorization_response_iss_parameter_supported": True,
        }

    def jwks(self) -> dict[str, Any]:
        return {"keys": [{**self.key.as_dict(private=False), "use": "sig", "alg": "ES256"}]}

    def objection(self, request: Mapping[str, str]) -> str | None:
        """What is wrong with an authorization request; None: nothing."""
        expected = {
            "response_type": "code",
            "client_id": self.registered.client_id,
            "redirect_uri": self.registered.redirect_uri,
            "code_challenge_method": "S256",
        }
        wrong = [name for name, value in expected.items() if request.get(name) != value]
        missing = [name for name in ("state", "nonce", "code_challenge") if not request.get(name)]
        return ", ".join([*wrong, *missing]) or None

    def answer(self, request: Mapping[str, str], choice: Choice | None) -> dict[str, str]:
        """Parameters for the redirect URI; no choice is a refusal."""
        iss = ELSEWHERE if choice is not None and choice.fault is Fault.WRONG_ISS else self.registered.issuer
        common = {"state": request["state"], "iss": iss}
        if choice is None:
            return {**common, "error": "access_denied"}
        code = secrets.token_urlsafe(32)
        self.codes[code] = Issued(dict(request), choice, self.clock(), choice.fault is Fault.REUSED_CODE)
        return {**common, "code": code}

    def redeem(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """RFC 6749 §4.1.3, RFC 7636 §4.6."""
        known = self.registered
        if (form.get("client_id"), form.get("client_secret")) != (known.client_id, known.client_secret):
            return 401, {"error": "invalid_client"}
        issued = self.codes.get(form.get("code", ""))
        if issued is None or issued.used or self.clock() > issued.issued_at + _CODE_LIVES:
            return 400, {"error": "invalid_grant"}
        self.codes[form["code"]] = replace(issued, used=True)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if form.get("redirect_uri") != known.redirect_uri or challenge != issued.request["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        token = self._id_token(issued)
        return 200, {"access_token": secrets.token_urlsafe(32), "token_type": "Bearer", "id_token": token}

    def _id_token(self, issued: Issued) -> str:
        fault, now = issued.choice.fault, int(self.clock())
        claims = {
            **_identity(issued.choice),
            "iss": ELSEWHERE if fault is Fault.WRONG_TOKEN_ISS else self.registered.issuer,
            "aud": "somebody-else" if fault is Fault.WRONG_AUDIENCE else self.registered.client_id,
            "iat": now,
            "exp": now + 300,
            "auth_time": now - _HOUR if fault is Fault.STALE else now,
            "nonce": secrets.token_hex(16) if fault is Fault.WRONG_NONCE else issued.request["nonce"],
        }
        key = self.foreign_key if fault is Fault.WRONG_SIGNATURE else self.key
        return jwt.encode({"alg": "ES256", "kid": self.key.kid or ""}, claims, key)


def _identity(choice: Choice) -> dict[str, Any]:
    citizen, fault = choice.citizen, choice.fault
    contact = {"phone_number": citizen.phone_number, "email": citizen.email}
    if fault is Fault.CHANGED_CONTACT:
        contact = {"phone_number": "+84905990001", "email": "dia-chi-moi@quangngai.example"}
    number = citizen.number
    found: dict[str, Any] = {
        "sub": f"{citizen.sub}-moi" if fault is Fault.CHANGED_SUBJECT else citizen.sub,
        "personal_identification_number": f"{number[:6]}990009" if fault is Fault.CHANGED_NUMBER else number,
        "account_type": "organisation" if choice.organisation else "citizen",
        "name": f"{citizen.name} Anh" if fault is Fault.CHANGED_NAME else citizen.name,
        "birthdate": citizen.birthdate,
        "gender": citizen.gender,
        **{name: value for name, value in contact.items() if value is not None},
    }
    return found if fault is Fault.LEVEL_MISSING else {**found, "acr": f"vneid:{choice.level}"}
