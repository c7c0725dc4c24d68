"""VNeID as an OpenID provider: the way there, the way back, and what its ID token says of a person.

No public specification was found, so whatever is VNeID's own (names of claims, values of `acr`) stands in one place
below, and nothing outside of this file knows it. Whose account an answer opens is decided in flows/.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from idp.identity import login_identifier, name, national_id
from idp.identity.upstream_pin import Pin
from idp.kernel.clock import epoch
from idp.kernel.errors import Refusal
from idp.kernel.level import Level
from idp.kernel.secret import Secret, new_secret
from idp.outgoing import Outgoing, OutgoingError
from idp.protocol import pkce
from idp.upstream.errors import Reason, UpstreamFailed
from idp.upstream.metadata import Metadata, Published

_SCOPE: Final = "openid profile"
_LEVELS: Final = {"vneid:1": Level.LOW, "vneid:2": Level.SUBSTANTIAL}
_NUMBER, _ACCOUNT, _CITIZEN = "personal_identification_number", "account_type", "citizen"
_GENDERS: Final = ("male", "female")

_SKEW: Final = timedelta(seconds=30)
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class VneidPolicy:
    """Settings of the deployment: who VNeID is, and who we are there."""

    issuer: str
    client_id: str
    client_secret: Secret
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, and what only the one who asked can answer for (RFC 7636 §4.1, OpenID Connect Core §3.1.2.1)."""

    nonce: str
    verifier: str
    asked_at: datetime
    fresh: bool


@dataclass(frozen=True, slots=True)
class Vouched:
    """What VNeID says of a person. Contact data is what somebody once typed there: unverified."""

    issuer: str
    sub: str
    number: str = field(repr=False)
    level: Level
    facts: Mapping[str, Any] = field(repr=False)


class Vneid:
    """The connector: one per process."""

    def __init__(self, policy: VneidPolicy, outgoing: Outgoing) -> None:
        """`outgoing` is its own: a crowd that signs in waits for no other service's lane, and holds up none."""
        self.policy = policy
        self._outgoing = outgoing
        self._published = Published(policy.issuer, outgoing)

    @property
    def issuer(self) -> str:
        return self.policy.issuer

    async def close(self) -> None:
        await self._outgoing.close()

    async def published(self, now: datetime) -> Pin:
        """What it says of itself at this moment, for those who approve it. Raises UpstreamFailed."""
        self._published.forget()
        told = await self._published.metadata(now)
        keys = await self._published.keys(told.jwks_uri, now)
        thumbprints = frozenset(key.key.thumbprint() for key in keys.keys)
        ends = (told.authorization_endpoint, told.token_endpoint, told.jwks_uri)
        return Pin(self.policy.issuer, *ends, told.names_itself, thumbprints)

    async def ask(
        self, pin: Pin | None, state: Secret, question: Question, level: Level | None, locale: str, now: datetime
    ) -> str:
        """The address to send the browser to: OpenID Connect Core §3.1.2.1, PKCE S256. Raises UpstreamFailed.

        `pin`: what was approved of VNeID; None, in a sandbox, believes what it publishes.
        """
        known = await self._known(pin, now)
        wanted = [value for value, reached in _LEVELS.items() if level is not None and reached >= level]
        parameters = {
            "response_type": "code",
            "client_id": self.policy.client_id,
            "redirect_uri": self.policy.redirect_uri,
            "scope": _SCOPE,
            "state": state.reveal(),
            "nonce": question.nonce,
            "code_challenge": pkce.challenge_of(question.verifier),
            "code_challenge_method": "S256",
            "ui_locales": locale,
            **({"acr_values": " ".join(wanted)} if wanted else {}),
            **({"prompt": "login", "max_age": "0"} if question.fresh else {}),
        }
        mark = "&" if "?" in known.authorization_endpoint else "?"
        return f"{known.authorization_endpoint}{mark}{urlencode(parameters)}"

    async def check_sender(self, pin: Pin | None, iss: str | None, now: datetime) -> None:
        """RFC 9207 §2.4: an answer that names another issuer, or none where it should, is a mix-up."""
        known = await self._known(pin, now)
        if iss != self.policy.issuer and (iss is not None or known.names_itself):
            raise UpstreamFailed(Reason.MISTRUSTED, "iss parameter")

    async def redeem(self, pin: Pin | None, code: Secret, question: Question, now: datetime) -> Vouched:
        """OpenID Connect Core §3.1.3: the code for an ID token, and the ID token for what it says."""
        known = await self._known(pin, now)
        fields = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": self.policy.redirect_uri,
            "client_id": self.policy.client_id,
            "client_secret": self.policy.client_secret.reveal(),
            "code_verifier": question.verifier,
        }
        try:
            status, answer = await self._outgoing.post_form_for_json(known.token_endpoint, fields)
        except OutgoingError as error:
            raise UpstreamFailed(Reason.UNAVAILABLE, error.reason) from None
        if status != 200 or not isinstance(answer, Mapping) or not isinstance(answer.get("id_token"), str):
            raise UpstreamFailed(Reason.MISTRUSTED, f"token endpoint {status}")
        verified = await self._published.verified(answer["id_token"], known.jwks_uri, pin, now)
        return self._vouched(self._claims(verified, question, now), question, now)

    async def _known(self, pin: Pin | None, now: datetime) -> Metadata:
        """Its document is fetched all the same: whether it answers tells how VNeID fares."""
        told = await self._published.metadata(now)
        if pin is None:
            return told
        return Metadata(pin.authorization_endpoint, pin.token_endpoint, pin.jwks_uri, pin.names_itself)

    def _claims(self, verified: Mapping[str, Any], question: Question, now: datetime) -> CodeIDToken:
        """OpenID Connect Core §3.1.3.7: Authlib's rules for the claims."""
        claims = CodeIDToken(
            verified,
            {},
            options={
                "iss": {"essential": True, "value": self.policy.issuer},
                "sub": {"essential": True},
                "aud": {"essential": True, "value": self.policy.client_id},
                "nonce": {"essential": True, "value": question.nonce},
            },
            params={"nonce": question.nonce, "client_id": self.policy.client_id},
        )
        try:
            claims.validate(now=epoch(now), leeway=int(_SKEW.total_seconds()))
        except (JoseError, ValueError, TypeError) as reason:
            raise UpstreamFailed(Reason.MISTRUSTED, type(reason).__name__) from None
        return claims

    def _vouched(self, claims: Mapping[str, Any], question: Question, now: datetime) -> Vouched:
        _check_freshness(claims, question)
        if claims.get(_ACCOUNT) != _CITIZEN:
            raise UpstreamFailed(Reason.ORGANISATION, "account type")
        level = _LEVELS.get(str(claims.get("acr")))
        if level is None:
            raise UpstreamFailed(Reason.LEVEL_MISSING, "acr")
        try:
            number = national_id.parse(str(claims.get(_NUMBER)), now.date()).number
        except Refusal as refusal:
            raise UpstreamFailed(Reason.MISTRUSTED, refusal.key) from None
        sub = claims["sub"]
        if not isinstance(sub, str) or not 0 < len(sub) <= _LONGEST:
            raise UpstreamFailed(Reason.MISTRUSTED, "sub")
        return Vouched(self.policy.issuer, sub, number, level, _facts(claims))


def new_question(now: datetime, *, fresh: bool) -> Question:
    return Question(new_secret().reveal(), new_secret().reveal(), now, fresh)


def _check_freshness(claims: Mapping[str, Any], question: Question) -> None:
    """OpenID Connect Core §3.1.2.1 (prompt=login): this morning's sign-in is no answer to a new question."""
    auth_time = claims.get("auth_time")
    if question.fresh and (
        isinstance(auth_time, bool)
        or not isinstance(auth_time, int | float)
        or auth_time < (question.asked_at - _SKEW).timestamp()
    ):
        raise UpstreamFailed(Reason.NOT_FRESH, "auth_time")


def _facts(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Only what we know how to read; what is odd is left out, not refused: it decides nothing."""
    found: dict[str, Any] = {}
    called = claims.get("name")
    if isinstance(called, str) and 0 < len(called.strip()) <= _LONGEST:
        found["name"] = name.normalise(called)
    if claims.get("gender") in _GENDERS:
        found["gender"] = claims["gender"]
    with suppress(ValueError):
        found["birthdate"] = date.fromisoformat(str(claims.get("birthdate"))).isoformat()
    email = login_identifier.canonical_email(str(claims.get("email")))
    phone = login_identifier.canonical_phone(str(claims.get("phone_number")))
    contacts = {"email": email, "phone_number": phone}
    return {**found, **{contact: value for contact, value in contacts.items() if value is not None}}
