"""Fictional people and services, and the rows that stand before others: agency before client, person before session."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from idp.audit.event import Event
from idp.authn.login_policy import LoginPolicy
from idp.authn.sso_session import Proof, Session
from idp.consent.policy import Basis, ScopeTerms, ServiceTerms
from idp.identity.person import Fact, Person, PersonState
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from idp.kernel.secret import Digest, new_secret
from idp.protocol.claims_parameter import ClaimRequest, ClaimsParameter
from idp.protocol.client import AuthMethod, Client, ClientState
from idp.protocol.grant import CodeBinding, Grant
from idp.storage.agencies import Agency
from idp.storage.clients import RegisteredClient
from idp.storage.database import Database
from idp.storage.hot import NewRefresh, Redeemed
from idp.storage.sessions import Agent, stored_proofs

NOW = datetime(2026, 11, 25, 8, 30, 15, 123456, tzinfo=UTC)
CEILING = NOW + timedelta(hours=12)
FAMILY_END = NOW + timedelta(days=90)
AGENCY = Agency("H48.01", {"vi": "Sở Tư pháp", "en": "Department of Justice"})
AGENT = Agent("203.0.113.77", "Mozilla/5.0 (điện thoại của Hiền)")
REDIRECT_URI = "https://motcua.example.vn/cb"
IDLE = timedelta(days=14)
SOON = NOW + timedelta(seconds=5)
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def digest() -> Digest:
    return new_secret().digest()


def person(**changes: object) -> Person:
    facts = {
        "name": Fact("Nguyễn Thị Thu Hiền", "counter", NOW),
        "birthdate": Fact("1968-02-29", "counter", datetime(1968, 2, 29, tzinfo=UTC)),
        "phone_number": Fact("+84905123456", "person", NOW),
        "email": Fact("hien.nguyen@thu.example.vn", "person", NOW),
        "address": Fact({"street_address": "12 Hẻm Lá Dừa", "country": "VN"}, "vneid", NOW),
        "email_verified": Fact(value=True, source="person", as_of=NOW),
    }
    values: dict[str, object] = {
        "id": new_id(),
        "state": PersonState.ACTIVE,
        "level": Level.SUBSTANTIAL,
        "facts": facts,
        "created_at": NOW,
        "updated_at": NOW,
        "level_ends_at": NOW + timedelta(days=1000),
    }
    return Person(**{**values, **changes})  # type: ignore[arg-type]


def client(client_id: str = "one_stop_shop", **changes: object) -> RegisteredClient:
    values: dict[str, object] = {
        "client_id": client_id,
        "state": ClientState.APPROVED,
        "client_name": {"vi": "Một cửa", "en": "One-stop shop"},
        "redirect_uris": (REDIRECT_URI, "https://motcua.example.vn/cb2"),
        "token_endpoint_auth_method": AuthMethod.CLIENT_SECRET_BASIC,
        "sector": AGENCY.id,
        "grant_types": frozenset({"authorization_code", "refresh_token"}),
        "scopes": frozenset({"openid", "profile", "offline_access"}),
        "secret_digest": digest(),
        "id_token_signed_response_alg": "ES256",
        "default_acr_values": ("substantial",),
        "resources": frozenset({"https://api.example.vn"}),
        "jwks": {"keys": []},
        "extra": {"client_name#km": "ច្រក"},
    }
    texts = {"vi": "Điền sẵn tờ khai", "en": "Filling in the form"}
    terms = ServiceTerms(AGENCY.id, {"profile": ScopeTerms(Basis.CONSENT, texts, {"vi": "Điều 9"}, necessary=False)})
    return RegisteredClient(
        client=Client(**{**values, **changes}),  # type: ignore[arg-type]
        terms=terms,
        login_policy=LoginPolicy.VNEID_OR_LOCAL,
        agency=AGENCY,
        contacts=("quan.tri@motcua.example.vn",),
        created_at=NOW,
        updated_at=NOW,
        origin="manifest",
    )


def session(person_id: str, **changes: object) -> Session:
    values: dict[str, object] = {
        "id": new_id(),
        "person_id": person_id,
        "proofs": (Proof("password", NOW, "a1"), Proof("totp", NOW + timedelta(seconds=9), "a2")),
        "begun_at": NOW,
        "last_seen_at": NOW,
    }
    return Session(**{**values, **changes})  # type: ignore[arg-type]


def event(kind: str = "tokens_issued", **changes: object) -> Event:
    values: dict[str, object] = {
        "kind": kind,
        "at": NOW,
        "actor": "client:one_stop_shop",
        "changed": {"scope": ["openid"]},
    }
    return Event(**{**values, **changes})  # type: ignore[arg-type]


@dataclass(frozen=True)
class SignedIn:
    """A person in a session at a client."""

    person: Person
    session: Session
    client: RegisteredClient
    sid: str
    sub: str

    def grant(self, **changes: object) -> Grant:
        values: dict[str, object] = {
            "id": new_id(),
            "client_id": self.client.client.client_id,
            "person_id": self.person.id,
            "session_id": self.session.id,
            "sid": self.sid,
            "sub": self.sub,
            "scope": ("openid", "profile"),
            "claims": ClaimsParameter({"email": ClaimRequest(True)}, {"acr": ClaimRequest(True, ("substantial",))}),
            "resource": (),
            "nonce": "n-0S6_WzA2Mj\x00",
            "auth_time": self.session.auth_time,
            "proofs": stored_proofs(self.session.proofs),
            "offline": False,
            "created_at": NOW,
            "acr": "substantial",
            "amr": ("pwd", "otp"),
        }
        return Grant(**{**values, **changes})  # type: ignore[arg-type]

    async def disable(self, database: Database, what: str, grant_id: str = "") -> None:
        """One of the ways in which all tokens end at once."""
        async with database.unaudited_tx() as tx:
            match what:
                case "person suspended":
                    await tx.persons.set_state(self.person.id, PersonState.SUSPENDED, NOW)
                case "client disabled":
                    await tx.clients.set_state(self.client.client.client_id, ClientState.DISABLED, NOW)
                case "session ended":
                    await tx.sessions.end(self.session.id, NOW)
                case "grant revoked":
                    await tx.grants.revoke(grant_id, NOW)

    def binding(self, **changes: object) -> CodeBinding:
        values: dict[str, object] = {
            "client_id": self.client.client.client_id,
            "redirect_uri": REDIRECT_URI,
            "code_challenge": CHALLENGE,
            "expires_at": NOW + timedelta(seconds=60),
        }
        return CodeBinding(**{**values, **changes})  # type: ignore[arg-type]


async def sign_in(database: Database, client_id: str = "one_stop_shop") -> SignedIn:
    """Everything that a grant hangs on."""
    someone, service = person(), client(client_id)
    begun = session(someone.id)
    async with database.unaudited_tx() as tx:
        await tx.agencies.put(AGENCY)
        await tx.clients.put(service)
        await tx.agencies.claim_sector(service.client.sector, AGENCY.id)
        await tx.persons.add(someone)
        await tx.sessions.add(begun, digest(), AGENT, CEILING)
        sub = await tx.pseudonyms.ensure(someone.id, service.client.sector, NOW)
        sid = await tx.client_sessions.ensure(begun.id, client_id, sub, NOW)
    return SignedIn(someone, begun, service, sid, sub)


async def issued(database: Database, signed_in: SignedIn, grant: Grant) -> Digest:
    """A code for this grant."""
    code = digest()
    assert await database.hot.issue_code(grant, code, signed_in.binding(), event("code_issued"), FAMILY_END)
    return code


async def redeem(
    database: Database, code: bytes, refresh: bytes | NewRefresh | None = None, **changes: object
) -> Redeemed | None:
    """As the client that the code belongs to would, but for the changes."""
    values: dict[str, object] = {
        "client_id": "one_stop_shop",
        "redirect_uri": REDIRECT_URI,
        "challenge": CHALLENGE,
        "now": SOON,
        "refresh": NewRefresh(refresh, IDLE) if isinstance(refresh, bytes) else refresh,
        "event": event(),
    }
    return await database.hot.redeem_code(code, **{**values, **changes})  # type: ignore[arg-type]
