"""The life of a sign-in at a service: begin, complete, refresh, sign out, be signed out. It knows no web framework."""

import dataclasses
import json
import time
from collections.abc import Callable, Mapping

import httpx

from cua_chung import id_token, logout_token, security_event
from cua_chung.claims import Claims, optional_instant, optional_text, require_fresh, text, texts
from cua_chung.encrypted import is_encrypted, opened
from cua_chung.errors import ProviderUnreachable, SignedOut, SignInRefused, SignInRequired, TokenRefused
from cua_chung.jws import Opened, open_signed
from cua_chung.level import acr_value
from cua_chung.logout_token import LogoutNotice
from cua_chung.oauth import ClientSettings, OAuthClient, TokenAnswer, new_secret
from cua_chung.provider import Provider, json_object
from cua_chung.security_event import SecurityEvent
from cua_chung.session import AccessToken, Flight, Session, SessionStore

# A person may look for their phone, read the consent page, answer a call.
FLIGHT_LIFETIME = 3600.0
# A pushed event may come again for some hours; what it ends is ended once.
EVENT_MEMORY = 86_400.0


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What one sign-in asks beyond the registration."""

    next_path: str = "/"
    level: str | None = None
    max_age: int | None = None
    prompt: str | None = None
    resource: str | None = None
    ui_locales: str | None = None


class RelyingParty:
    """One service at one provider (OpenID Connect Core, code flow)."""

    def __init__(
        self,
        provider: Provider,
        settings: ClientSettings,
        store: SessionStore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.provider = provider
        self.settings = settings
        self.store = store
        self.clock = clock
        self._client = OAuthClient(provider, settings)

    async def begin(self, browser: str, asked: Asked, current: Session | None = None) -> str:
        """Where to send the browser. `browser` is the secret in its cookie; a `current` session is being stepped up."""
        state, flight = new_secret(), self._flight(browser, asked, current)
        wanted = self.settings.claims
        extra = {
            "claims": None if wanted is None else json.dumps(wanted, ensure_ascii=False),
            "acr_values": acr_value(self.provider.issuer, asked.level) if asked.level else None,
            "max_age": None if asked.max_age is None else str(asked.max_age),
            "prompt": asked.prompt,
            "resource": asked.resource,
            "ui_locales": asked.ui_locales,
        }
        url = await self._client.authorization_url(
            state=state,
            nonce=flight.nonce,
            code_verifier=flight.code_verifier,
            extra={name: value for name, value in extra.items() if value is not None},
        )
        await self.store.put_flight(state, flight, self.clock())
        return url

    async def complete(self, browser: str | None, answer: Mapping[str, str]) -> tuple[str, Session, str]:
        """The authorization response (RFC 6749 §4.1.2, RFC 9207): a new session id, the session, and where to go on."""
        flight = await self._flight_of(browser, answer)
        try:
            session = await self._session(flight, answer)
        except SignInRefused as refused:
            raise SignInRefused(refused.code, refused.reason, next_path=flight.next_path) from refused
        except TokenRefused as refused:
            raise SignInRefused("invalid_id_token", refused.reason, next_path=flight.next_path) from refused
        except ProviderUnreachable as error:
            raise SignInRefused("provider_unreachable", error.reason, next_path=flight.next_path) from error
        session_id = new_secret()
        if not await self.store.open(session_id, session, self.clock()):
            raise SignInRefused("signed_out_meanwhile", next_path=flight.next_path)
        return session_id, session, flight.next_path

    async def access_token(self, session_id: str, resource: str | None = None) -> str:
        """A token that is still good, for userinfo or for one API (RFC 8707); refreshed where that is possible."""
        async with self.store.refreshing(session_id):
            # Read under the lock: whoever waited finds the token that the other one fetched.
            session = await self.store.find(session_id, self.clock())
            if session is None:
                raise SignedOut
            held = session.access_token(resource, self.clock())
            if held is not None:
                return held.value
            if session.refresh_token is None and resource is not None:
                raise SignInRefused("no_access_token", "the client has no refresh token to ask with for this API")
            if session.refresh_token is None:
                # Signed in once more, without a page where the provider still knows the person.
                raise SignInRequired
            answer = await self._refresh(session_id, session, resource)
            renewed = await self._renewed(session, answer, resource)
            if not await self.store.replace(session_id, renewed):
                raise SignedOut
            return answer.access_token

    async def logout_url(self, session: Session, state: str) -> str:
        """RP-Initiated Logout 1.0 §2."""
        return await self._client.logout_url(id_token_hint=session.id_token, state=state)

    async def accept_logout_token(self, token: str) -> None:
        """Back-Channel Logout 1.0 §2.6: every session that the notice names has ended when this returns."""
        opened = await open_signed(
            token,
            self.provider.keys,
            algorithms=(self.settings.id_token_signed_response_alg,),
            types=logout_token.TYPES,
        )
        now = self.clock()
        notice = logout_token.validate(
            opened.claims,
            issuer=self.provider.issuer,
            client_id=self.settings.client_id,
            now=now,
            leeway=self.settings.leeway,
        )
        if await self.store.accept_logout(notice, now) is None:
            raise TokenRefused("jti was seen before")

    async def accept_security_event(self, token: str) -> SecurityEvent:
        """RFC 8417, from a push or a poll: whatever it ends has ended here when this returns, as often as it comes."""
        opened = await open_signed(
            token,
            self.provider.keys,
            algorithms=(self.settings.id_token_signed_response_alg,),
            types=security_event.TYPES,
        )
        now = self.clock()
        event = security_event.validate(
            opened.claims,
            issuer=self.provider.issuer,
            client_id=self.settings.client_id,
            now=now,
            leeway=self.settings.leeway,
        )
        if event.ends_sessions:
            sub = None if event.sid else event.sub
            notice = LogoutNotice(self.provider.issuer, event.sid, sub, event.jti, now + EVENT_MEMORY)
            await self.store.accept_logout(notice, now)
        return event

    def _flight(self, browser: str, asked: Asked, current: Session | None) -> Flight:
        return Flight(
            browser=browser,
            nonce=new_secret(),
            code_verifier=new_secret(),
            next_path=asked.next_path,
            level=asked.level,
            max_age=asked.max_age,
            resource=asked.resource,
            expected_sub=None if current is None else current.sub,
            expires_at=self.clock() + FLIGHT_LIFETIME,
        )

    async def _flight_of(self, browser: str | None, answer: Mapping[str, str]) -> Flight:
        """RFC 6749 §10.12: only the browser that began may complete, and only once."""
        flight = await self.store.take_flight(answer.get("state", ""), self.clock())
        if flight is None or browser is None or flight.browser != browser:
            raise SignInRefused("unknown_state")
        return flight

    async def _session(self, flight: Flight, answer: Mapping[str, str]) -> Session:
        # RFC 9207 §2.4: before anything else of the answer is believed, an error too.
        issuer = answer.get("iss")
        promised = (await self.provider.metadata()).get("authorization_response_iss_parameter_supported")
        if issuer != self.provider.issuer and (issuer is not None or promised is True):
            raise SignInRefused("wrong_issuer")
        if "error" in answer:
            raise SignInRefused(answer["error"], answer.get("error_description", ""))
        if not answer.get("code"):
            raise SignInRefused("invalid_response", "neither code nor error")
        tokens = await self._client.redeem(answer["code"], flight.code_verifier, resource=flight.resource)
        claims = await self._id_token(tokens, flight)
        if flight.expected_sub not in (None, claims["sub"]):
            raise SignInRefused("person_changed")
        # A token bound to an API is not for userinfo: its claims are then those of the ID token.
        told = {} if flight.resource else await self._userinfo(tokens.access_token, text(claims, "sub"))
        return self._new_session(claims, {**claims, **told}, self._in_clear(tokens), flight.resource)

    async def _opened(self, token: str) -> Opened:
        """Decrypted where a key was agreed, and its signature checked."""
        key = self.settings.encryption_key
        signed = token if key is None and not is_encrypted(token) else opened(token, key)
        algorithms = (self.settings.id_token_signed_response_alg,)
        return await open_signed(signed, self.provider.keys, algorithms=algorithms, types=None)

    def _in_clear(self, tokens: TokenAnswer) -> TokenAnswer:
        """The ID token is kept signed and not encrypted: as a hint at sign-out only the provider's own form is read."""
        if self.settings.encryption_key is None or tokens.id_token is None:
            return tokens
        return dataclasses.replace(tokens, id_token=opened(tokens.id_token, self.settings.encryption_key))

    async def _id_token(self, tokens: TokenAnswer, flight: Flight) -> Claims:
        if tokens.id_token is None:
            raise TokenRefused("no ID token in the answer")
        found = await self._opened(tokens.id_token)
        expected = id_token.Expected(
            issuer=self.provider.issuer,
            client_id=self.settings.client_id,
            nonce=flight.nonce,
            level=flight.level,
            max_age=flight.max_age,
        )
        id_token.validate(
            found.claims,
            found.alg,
            tokens.access_token,
            expected,
            now=self.clock(),
            leeway=self.settings.leeway,
        )
        return found.claims

    async def _userinfo(self, access_token: str, sub: str) -> dict[str, object]:
        """OpenID Connect Core §5.3: the answer must be about the person of the ID token (§5.3.2)."""
        url = await self.provider.endpoint("userinfo_endpoint")
        try:
            async with httpx.AsyncClient(**self.provider.http) as http:
                answer = await http.get(url, headers={"Authorization": f"Bearer {access_token}"})
                answer.raise_for_status()
        except httpx.HTTPError as error:
            raise ProviderUnreachable("no answer from userinfo") from error
        claims = await self._userinfo_claims(answer)
        if claims.get("sub") != sub:
            raise TokenRefused("userinfo speaks of another person")
        return dict(claims)

    async def _userinfo_claims(self, answer: httpx.Response) -> Claims:
        if not answer.headers.get("content-type", "").startswith("application/jwt"):
            if self.settings.encryption_key is not None:
                raise TokenRefused("userinfo is not encrypted, though a key was agreed")
            return json_object(answer)
        found = await self._opened(answer.text)
        id_token.require_recipient(found.claims, issuer=self.provider.issuer, client_id=self.settings.client_id)
        return found.claims

    def _new_session(self, proof: Claims, claims: Claims, tokens: TokenAnswer, resource: str | None) -> Session:
        now = self.clock()
        return Session(
            issuer=self.provider.issuer,
            sub=text(proof, "sub"),
            sid=optional_text(proof, "sid"),
            acr=optional_text(proof, "acr"),
            amr=texts(proof, "amr"),
            auth_time=optional_instant(proof, "auth_time"),
            claims=claims,
            id_token=tokens.id_token or "",
            access_tokens=(AccessToken(tokens.access_token, now + tokens.expires_in, resource),),
            refresh_token=tokens.refresh_token,
            expires_at=now + self.settings.session_lifetime,
        )

    async def _refresh(self, session_id: str, session: Session, resource: str | None) -> TokenAnswer:
        try:
            return await self._client.refresh(session.refresh_token or "", resource=resource)
        except SignInRefused as refused:
            if refused.code == "invalid_grant":
                # The provider has ended this session or this grant: a service that carries on would be wrong.
                await self.store.end(session_id)
                raise SignedOut from refused
            raise

    async def _renewed(self, session: Session, answer: TokenAnswer, resource: str | None) -> Session:
        now = self.clock()
        others = tuple(t for t in session.access_tokens if t.resource != resource and t.expires_at > now)
        renewed = dataclasses.replace(
            session,
            access_tokens=(*others, AccessToken(answer.access_token, now + answer.expires_in, resource)),
            refresh_token=answer.refresh_token or session.refresh_token,
        )
        if answer.id_token is None:
            return renewed
        claims = await self._same_person(session, answer.id_token)
        # A level that has lapsed meanwhile is not kept.
        in_clear = self._in_clear(answer).id_token or ""
        return dataclasses.replace(renewed, id_token=in_clear, acr=optional_text(claims, "acr"))

    async def _same_person(self, session: Session, token: str) -> Claims:
        """OpenID Connect Core §12.2: a refreshed ID token speaks of the same person and the same authentication."""
        found = await self._opened(token)
        id_token.require_recipient(found.claims, issuer=self.provider.issuer, client_id=self.settings.client_id)
        require_fresh(found.claims, now=self.clock(), leeway=self.settings.leeway)
        if found.claims["sub"] != session.sub:
            raise TokenRefused("the refreshed ID token speaks of another person")
        if optional_instant(found.claims, "auth_time") not in (None, session.auth_time):
            raise TokenRefused("the refreshed ID token speaks of another authentication")
        return found.claims
