"""Scopes: the registry of what may be asked, and the law that a scope never grows. Who may know what is in consent/."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from idp.kernel.errors import InvalidScope
from idp.protocol.client import Client, ClientState


@dataclass(frozen=True, slots=True)
class ScopeEntry:
    """One scope about a person; `claims` come from userinfo (OpenID Connect Core §5.4).

    `by_default`: registered where a registration names none. `by_administrator`: nobody registers it for themselves.
    `recorded`: its claims are facts that somebody wrote down, and not worked out or delivered in another way.
    """

    name: str
    claims: tuple[str, ...]
    doc: str
    by_default: bool = True
    by_administrator: bool = False
    recorded: bool = True


# OpenID Connect for Identity Assurance 1.0: a service may ask for verified_claims.
IDENTITY_ASSURANCE = "identity_assurance"
# Domain: what identifies a person everywhere; approved for a service by an administrator.
NATIONAL_ID = "qn:national_id"
NATIONAL_ID_HASH = "qn:national_id_hash"
AGE = "qn:age"


def _registry(*entries: ScopeEntry) -> Mapping[str, ScopeEntry]:
    return {entry.name: entry for entry in entries}


SCOPES = _registry(
    ScopeEntry("openid", ("sub",), "who signed in, under a name of their own for each agency's services"),
    ScopeEntry(
        "profile",
        (
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ),
        "name, birthdate, gender and the like",
    ),
    ScopeEntry("email", ("email", "email_verified"), "e-mail address, and whether control of it was proven here"),
    ScopeEntry("phone", ("phone_number", "phone_number_verified"), "phone number, and whether control was proven here"),
    ScopeEntry("address", ("address",), "address: street or hamlet, commune, province; no district"),
    ScopeEntry("offline_access", (), "refresh tokens that outlive the session (OpenID Connect Core §11)"),
    ScopeEntry(
        IDENTITY_ASSURANCE,
        ("verified_claims",),
        "claims with the verification behind them, where the `claims` parameter asks for it",
        by_default=False,
        recorded=False,
    ),
    ScopeEntry(
        NATIONAL_ID,
        ("qn:pin",),
        "the identity number; in encrypted tokens alone",
        by_default=False,
        by_administrator=True,
        recorded=False,
    ),
    ScopeEntry(
        NATIONAL_ID_HASH,
        ("qn:national_id_hash",),
        "what stands for the identity number within one agency, and for nothing anywhere else",
        by_default=False,
        by_administrator=True,
        recorded=False,
    ),
    ScopeEntry(
        AGE,
        ("qn:age_over_14", "qn:age_over_16", "qn:age_over_18", "qn:age_over_60"),
        "whether an age was reached, instead of the birthday",
        by_default=False,
        recorded=False,
    ),
)

# RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E
_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_MAX_TOKENS = 50


def parse(text: str | None) -> tuple[str, ...]:
    """RFC 6749 §3.3: order kept, duplicates dropped; nothing asked is the empty tuple."""
    if not text:
        return ()
    tokens = tuple(dict.fromkeys(token for token in text.split(" ") if token))
    if len(tokens) > _MAX_TOKENS or not all(_TOKEN.fullmatch(token) for token in tokens):
        raise InvalidScope("scope is no list of scope tokens separated by spaces")
    return tokens


def requested(asked: tuple[str, ...], client: Client) -> tuple[str, ...]:
    """What an authorization request of this client asks for in effect.

    A scope that nobody knows is ignored (OpenID Connect Core §3.1.2.1). One that exists and is not registered for the
    client is `invalid_scope`, so that the mistake is seen; a draft client gets `openid` alone, silently (contract), and
    reads in the token response what it got. `offline_access` without the refresh token grant is ignored (§11).
    """
    if client.state is ClientState.DRAFT:
        kept = tuple(scope for scope in asked if scope == "openid")
    else:
        if any(scope in SCOPES and scope not in client.scopes for scope in asked if not _ignorable(scope, client)):
            raise InvalidScope("a requested scope is not registered for this client")
        kept = tuple(scope for scope in asked if scope in client.scopes and not _ignorable(scope, client))
    if not kept:
        raise InvalidScope("scope names nothing that this client may ask for")
    return kept


def narrowed(granted: Iterable[str], asked: tuple[str, ...] | None) -> tuple[str, ...]:
    """RFC 6749 §6: the same or fewer scopes at refresh, never one more."""
    whole = tuple(granted)
    if asked is None:
        return whole
    if not asked or not set(asked) <= set(whole):
        raise InvalidScope("scope exceeds what was granted")
    return asked


def for_client_itself(asked: tuple[str, ...], client: Client) -> tuple[str, ...]:
    """RFC 6749 §4.4: only scopes of APIs. A scope about a person needs a person, so none of the registry fits."""
    if client.state is ClientState.DRAFT and asked:
        raise InvalidScope("this client is not approved yet")
    if not all(scope in client.scopes and scope not in SCOPES for scope in asked):
        raise InvalidScope("a requested scope is not registered for this client itself")
    return asked


def standard() -> tuple[str, ...]:
    """What a registration gets that names no scope: RFC 7591 §2."""
    return tuple(entry.name for entry in SCOPES.values() if entry.by_default)


def is_free(scope: str) -> bool:
    """Whether somebody who is no administrator may register it; that it counts still takes an approval."""
    return scope in SCOPES and not SCOPES[scope].by_administrator


def recorded_claims() -> frozenset[str]:
    """Claims whose values are facts about a person that somebody wrote down."""
    return frozenset(claim for entry in SCOPES.values() if entry.recorded for claim in entry.claims)


def claims_of(scopes: Iterable[str]) -> frozenset[str]:
    """OpenID Connect Core §5.4; a scope of an API releases no claim."""
    return frozenset(claim for scope in scopes if scope in SCOPES for claim in SCOPES[scope].claims)


def _ignorable(scope: str, client: Client) -> bool:
    return scope == "offline_access" and "refresh_token" not in client.grant_types
