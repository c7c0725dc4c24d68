"""The machine-facing doors alone, on any pair of stores, with the clients, people and codes that a test needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from idp.audit import kinds
from idp.audit.event import Event, event
from idp.authn.authenticators import amr_of, level_of, proof_to_json
from idp.authn.login_policy import LoginPolicy
from idp.authn.sso_session import Proof, Session
from idp.cache import Cache
from idp.consent.policy import ServiceTerms
from idp.crypto.field_encryption import Vault
from idp.crypto.keyed_index import KeyedIndex
from idp.crypto.password_hash import PasswordHash
from idp.crypto.password_workers import PasswordWorkers
from idp.crypto.root_keys import RootKeys
from idp.crypto.signing_keys import KeyRecord, KeyState, generate
from idp.flows.client_directory import ClientDirectory
from idp.flows.hall import Hall
from idp.flows.key_holder import KeyHolder
from idp.flows.policies import Policies
from idp.identity.person import Fact, Person, PersonState
from idp.kernel.clock import system_clock
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.kernel.secret import Secret, new_secret
from idp.oidc import discovery, introspect, jwks, par, register, revoke, security_events, token, userinfo
from idp.outgoing import Outgoing, OutgoingPolicy
from idp.protocol import pkce
from idp.protocol.claims_parameter import ClaimsParameter
from idp.protocol.client import AuthMethod, Client, ClientState
from idp.protocol.grant import CodeBinding, Grant
from idp.protocol.policy import ProtocolPolicy
from idp.storage.agencies import Agency
from idp.storage.clients import RegisteredClient
from idp.storage.database import Database
from idp.storage.sessions import Agent

ISSUER = "https://id.example.vn"
REDIRECT = "https://motcua.example.vn/callback"
VERIFIER = "thử-thách-không-hợp-lệ".encode().hex() + "0123456789"
AGENCY = Agency("H48.01", {"vi": "Sở Nội vụ", "en": "Department of Home Affairs"})
ROOTS = RootKeys({"0001": b"k" * 32}, "0001", b"i" * 32, b"s" * 32)

_ROOMS = (token, userinfo, introspect, discovery, jwks, revoke, par, register, security_events)
_made: list[KeyRecord] = []


def signing_keys(vault: Vault, now: datetime) -> list[KeyRecord]:
    """One of each algorithm, active; generated once for all tests."""
    if not _made:
        _made.extend(generate(alg, now, now, vault) for alg in ("ES256", "RS256"))
    return [replace(key, state=KeyState.ACTIVE, created_at=now, activates_at=now) for key in _made]


@dataclass(frozen=True, slots=True)
class Service:
    """A registered client together with what it alone knows."""

    client: Client
    secret: Secret

    @property
    def basic(self) -> tuple[str, str]:
        """RFC 6749 §2.3.1: form-urlencoded first."""
        return quote_plus(self.client.client_id), quote_plus(self.secret.reveal())


class House:
    """The doors behind an in-process HTTP client, and a clock that stands still until a test moves it."""

    def __init__(self, hall: Hall, now: datetime) -> None:
        self.hall = hall
        self.now = now
        self.http: httpx.AsyncClient

    def routes(self) -> list[Route]:
        return [route for room in _ROOMS for route in room.routes(self.hall, lambda: self.now)]

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)

    async def service(self, client_id: str = "", *, terms: ServiceTerms | None = None, **metadata: Any) -> Service:
        """Register a client: confidential, approved, with all standard scopes, unless told otherwise."""
        secret = new_secret()
        method = metadata.pop("token_endpoint_auth_method", AuthMethod.CLIENT_SECRET_BASIC)
        keeps_secret = method in (AuthMethod.CLIENT_SECRET_BASIC, AuthMethod.CLIENT_SECRET_POST)
        client = Client(
            **{
                "client_id": client_id or new_id(),
                "state": ClientState.APPROVED,
                "client_name": {"vi": "Một cửa", "en": "One-stop shop"},
                "redirect_uris": (REDIRECT,),
                "token_endpoint_auth_method": method,
                "sector": "H48.01",
                "grant_types": frozenset({"authorization_code", "refresh_token", "client_credentials"}),
                "scopes": frozenset({"openid", "profile", "email", "phone", "address", "offline_access"}),
                "secret_digest": secret.digest() if keeps_secret else None,
                "id_token_signed_response_alg": "ES256",
                **metadata,
            }
        )
        await self.put(client, terms)
        return Service(client, secret)

    async def put(self, client: Client, terms: ServiceTerms | None = None) -> None:
        registered = RegisteredClient(
            client, terms or ServiceTerms(AGENCY.id), LoginPolicy.LOCAL, AGENCY, (), self.now, self.now, "command"
        )
        async with self.hall.db.unaudited_tx() as tx:
            await tx.agencies.put(AGENCY)
            await tx.clients.put(registered)
        self.hall.clients.forget()

    async def person(self, *, level: Level = Level.SUBSTANTIAL, **facts: Any) -> Person:
        given = facts or {
            "name": "Nguyễn Thị Ánh Tuyết",
            "given_name": "Tuyết",
            "birthdate": "1968-02-03",
            "email": "anh.tuyet@example.vn",
            "email_verified": True,
            "phone_number": "+84905000218",
            "address": {"formatted": "Thôn An Hải, Lý Sơn, Quảng Ngãi", "region": "Quảng Ngãi"},
        }
        known = {name: Fact(value, "demo", self.now) for name, value in given.items()}
        person = Person(new_id(), PersonState.ACTIVE, level, known, self.now, self.now)
        async with self.hall.db.unaudited_tx() as tx:
            await tx.persons.add(person)
        return person

    async def session(self, person: Person, *methods: str) -> Session:
        proofs = tuple(Proof(method, self.now, new_id()) for method in methods or ("password",))
        session = Session(new_id(), person.id, proofs, self.now, self.now)
        async with self.hall.db.unaudited_tx() as tx:
            await tx.sessions.add(
                session, new_secret().digest(), Agent("127.0.0.1", "Firefox"), self.now + timedelta(hours=12)
            )
        return session

    async def grant(self, client: Client, person: Person, session: Session, **terms: Any) -> Grant:
        """Not stored yet: `code` does that."""
        proofs = tuple(proof_to_json(proof) for proof in session.proofs)
        grant = Grant(
            id=new_id(),
            client_id=client.client_id,
            person_id=person.id,
            session_id=session.id,
            sid=new_id(),
            sub=new_id(),
            scope=("openid", "profile", "email"),
            claims=ClaimsParameter(),
            resource=(),
            nonce="số-dùng-một-lần",
            auth_time=session.auth_time,
            proofs=proofs,
            offline=False,
            created_at=self.now,
            acr=min(person.level, level_of(session.proofs, self.now) or Level.BASIC).word,
            amr=amr_of(session.proofs, self.now),
        )
        changed = replace(grant, **terms)
        return replace(changed, offline="offline_access" in changed.scope)

    async def code(
        self,
        client: Client,
        *,
        person: Person | None = None,
        session: Session | None = None,
        challenge: str | None = "",
        **terms: Any,
    ) -> tuple[Secret, Grant]:
        """A code as the authorization endpoint issues it; `challenge=None` is a request without PKCE."""
        person = person or await self.person()
        session = session or await self.session(person)
        grant = await self.grant(client, person, session, **terms)
        code = new_secret()
        bound = pkce.challenge_of(VERIFIER) if challenge == "" else challenge
        binding = CodeBinding(client.client_id, REDIRECT, bound, self.now + timedelta(seconds=60))
        issued = event(kinds.CODE_ISSUED, at=self.now, actor=f"person:{person.id}", person_id=person.id)
        family_ends_at = self.now + timedelta(days=90 if grant.offline else 1)
        assert await self.hall.db.hot.issue_code(grant, code.digest(), binding, issued, family_ends_at)
        return code, grant

    async def redeem(self, service: Service, code: Secret, **changes: Any) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            **changes,
        }
        return await self.token(service, {name: value for name, value in form.items() if value is not None})

    async def refresh(self, service: Service, refresh_token: str, **more: Any) -> httpx.Response:
        return await self.token(service, {"grant_type": "refresh_token", "refresh_token": refresh_token, **more})

    async def token(self, service: Service, form: dict[str, Any], **options: Any) -> httpx.Response:
        return await self.post("/token", service, form, **options)

    async def post(self, path: str, service: Service, form: dict[str, Any], **options: Any) -> httpx.Response:
        if service.client.is_public:
            return await self.http.post(path, data={"client_id": service.client.client_id, **form}, **options)
        return await self.http.post(path, data=form, auth=service.basic, **options)

    async def tokens(self, service: Service, **terms: Any) -> dict[str, Any]:
        """What a whole sign-in gives."""
        code, _ = await self.code(service.client, **terms)
        answer = await self.redeem(service, code)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def introspect(self, service: Service, token: str, **more: str) -> dict[str, Any]:
        answer = await self.post("/introspect", service, {"token": token, **more})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def userinfo(self, access_token: str, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {access_token}", **options.pop("headers", {})}
        return await self.http.get("/userinfo", headers=headers, **options)

    async def events(self, kind: str) -> list[Event]:
        async with self.hall.db.read() as tx:
            return [stored.event for stored in await tx.events.page(kind=kind)]


@asynccontextmanager
async def open_house(database_url: str, redis_url: str | None, *, sandbox: bool = False) -> AsyncIterator[House]:
    """On an upgraded database. The clock begins at the present, since key rows are dated by the database's own."""
    now = system_clock().replace(microsecond=0)
    vault = Vault(ROOTS.keks, ROOTS.active_kek)
    db = await Database.open(database_url, vault, KeyedIndex(ROOTS.index_key))
    cache = await Cache.open(redis_url, system_clock)
    async with db.unaudited_tx() as tx:
        for key in signing_keys(vault, now):
            await tx.keys.add(key)
    policies = Policies(ProtocolPolicy(ISSUER, sandbox=sandbox))
    keys = KeyHolder(db, vault)
    await keys.reload(now)
    passwords = PasswordWorkers(PasswordHash(), threads=1)
    outgoing = Outgoing(OutgoingPolicy(sandbox_loopback=sandbox))
    clients = ClientDirectory(db, policies.client_cache)
    house = House(Hall(policies, db, cache, vault, ROOTS, keys, clients, passwords, outgoing), now)
    app = Starlette(routes=house.routes())
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    try:
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as house.http:
            yield house
    finally:
        await outgoing.close()
        await cache.close()
        await db.close()
