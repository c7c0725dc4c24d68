"""Claims about a person: which exist, which a request reaches, and what userinfo and the ID token carry of them.

Whether the person agreed is decided in consent/; here `granted` arrives as the single claims that were.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.kernel.clock import epoch
from idp.protocol import scope as scopes
from idp.protocol.claims_parameter import VERIFIED_CLAIMS, ClaimsParameter
from idp.protocol.client import Client, ClientState
from idp.protocol.request import AuthorizationRequest
from idp.protocol.verified_claims.delivery import PREFIX
from idp.protocol.verified_claims.values import CLAIMS as VERIFIED


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """OpenID Connect Core §5.1. `localized`: may appear as `name#vi` (§5.2)."""

    name: str
    scope: str
    localized: bool = False


# §5.2: names and addresses are written for people; the rest reads the same in every language.
_LOCALIZED = frozenset(
    {"name", "family_name", "given_name", "middle_name", "nickname", "profile", "website", "address"}
)
# Facts are recorded in Vietnamese unless their name says another language.
_RECORDED_IN = "vi"

CLAIMS: Mapping[str, ClaimEntry] = {
    claim: ClaimEntry(claim, entry.name, claim in _LOCALIZED)
    for entry in scopes.SCOPES.values()
    for claim in entry.claims
    if entry.name != "openid"
}

# Those that are told from facts; what is verified, and numbers that identify, leave by ways of their own.
_RECORDED = scopes.recorded_claims() & CLAIMS.keys()

# What tokens say by themselves; asking for them is understood and changes no release.
PROTOCOL_CLAIMS = ("sub", "iss", "auth_time", "acr", "amr", "sid")

# The members of the address claim: §5.1.1, and no district since 1 July 2025.
_ADDRESS = ("formatted", "street_address", "locality", "region", "postal_code", "country")


@dataclass(frozen=True, slots=True)
class SingleClaim:
    """A claim asked by name through `claims`, outside of any requested scope; the terms of `scope` cover it.

    `purpose`: what the service says of it itself (OpenID Connect for Identity Assurance), beside the registered one.
    """

    name: str
    scope: str
    voluntary: bool
    purpose: str | None = None


def is_known(name: str) -> bool:
    """With or without a language tag."""
    base = name.partition("#")[0]
    return base in CLAIMS or base in PROTOCOL_CLAIMS


def single_claims(request: AuthorizationRequest, client: Client) -> tuple[SingleClaim, ...]:
    """What needs an answer of its own: only claims of scopes that the client registered; a draft client has none."""
    if client.state is ClientState.DRAFT or not request.is_openid:
        return ()
    covered = scopes.claims_of(request.scope)
    asked: dict[str, bool] = {}
    for name in sorted(request.claims.names()):
        base = name.partition("#")[0]
        if base in _RECORDED and base not in covered and CLAIMS[base].scope in client.scopes:
            voluntary = all(asking.voluntary for asking in request.claims.requests(name))
            asked[base] = voluntary and asked.get(base, True)
    singles = (SingleClaim(name, CLAIMS[name].scope, voluntary) for name, voluntary in asked.items())
    return (*singles, *_verified(request, client))


def scope_of(name: str) -> str | None:
    """The scope whose terms cover a single claim, a verified one too."""
    if name.startswith(PREFIX):
        return scopes.IDENTITY_ASSURANCE
    return CLAIMS[name].scope if name in CLAIMS else None


def _verified(request: AuthorizationRequest, client: Client) -> tuple[SingleClaim, ...]:
    """Each claim asked with its verification, and what is asked of the verification where no scope says so."""
    asked = request.claims.verified.claims()
    if not asked or scopes.IDENTITY_ASSURANCE not in client.scopes:
        return ()
    about = () if scopes.IDENTITY_ASSURANCE in request.scope else (_verified_claim(VERIFIED_CLAIMS, voluntary=False),)
    return (
        *about,
        *(
            _verified_claim(
                PREFIX + name,
                voluntary=all(ask.voluntary for ask in asks),
                purpose=next((ask.purpose for ask in asks if ask.purpose), None),
            )
            for name, asks in sorted(asked.items())
            if name in VERIFIED
        ),
    )


def _verified_claim(name: str, *, voluntary: bool, purpose: str | None = None) -> SingleClaim:
    return SingleClaim(name, scopes.IDENTITY_ASSURANCE, voluntary, purpose)


def userinfo(
    sub: str,
    scope: Iterable[str],
    asked: ClaimsParameter,
    granted: frozenset[str],
    facts: Mapping[str, Any],
    locales: tuple[str, ...] = (),
) -> dict[str, Any]:
    """§5.3.2: `sub` always; claims of the granted scopes, and the single claims granted for userinfo."""
    allowed = scopes.claims_of(scope)
    names = allowed | (_bases(asked.userinfo) & granted)
    return {"sub": sub, **_release(names, asked.userinfo, facts, locales)}


def id_token_claims(
    scope: Iterable[str],
    asked: ClaimsParameter,
    granted: frozenset[str],
    facts: Mapping[str, Any],
    locales: tuple[str, ...] = (),
) -> dict[str, Any]:
    """§5.5: only what `claims.id_token` asks, and only within granted scopes and granted single claims."""
    names = _bases(asked.id_token) & (scopes.claims_of(scope) | granted)
    return _release(names, asked.id_token, facts, locales)


def is_localized(name: str) -> bool:
    return name in CLAIMS and CLAIMS[name].localized


def _bases(section: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name.partition("#")[0] for name in section)


def _release(
    names: Iterable[str], asked: Mapping[str, Any], facts: Mapping[str, Any], locales: tuple[str, ...]
) -> dict[str, Any]:
    """§5.3.2: a claim without a value is left out, never null."""
    released: dict[str, Any] = {}
    for name in sorted(names):
        # `in` first: few claims have a value, and looking one up may mean decrypting it.
        if name not in _RECORDED or name not in facts or (value := facts[name]) is None:
            continue
        released[name] = _value(name, value)
        for tag in _tags(name, asked, locales):
            tagged = facts.get(f"{name}#{tag}", value if _same_language(tag, _RECORDED_IN) else None)
            if tagged is not None:
                released[f"{name}#{tag}"] = _value(name, tagged)
    return released


def _tags(name: str, asked: Mapping[str, Any], locales: tuple[str, ...]) -> tuple[str, ...]:
    """Languages wanted for one claim: those of `claims_locales`, and those named in `claims` itself (§5.2)."""
    if not is_localized(name):
        return ()
    named = (tag for base, _, tag in (asking.partition("#") for asking in asked) if base == name and tag)
    return tuple(dict.fromkeys((*locales, *named)))


def _same_language(tag: str, language: str) -> bool:
    return tag.lower().partition("-")[0] == language


def _value(name: str, value: object) -> object:
    """JSON types as §5.1 says them, whatever the source wrote."""
    if name == "updated_at":
        return epoch(value) if isinstance(value, datetime) else value
    if name == "address" and isinstance(value, Mapping):
        return {member: value[member] for member in _ADDRESS if value.get(member)}
    if name.endswith("_verified"):
        return value is True
    return value
