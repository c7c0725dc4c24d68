"""Cửa Chung for service systems: sign-in, step-up, sign-out and access-token checks, over standard OpenID Connect."""

from cua_chung.api import AccessTokenVerifier, Caller
from cua_chung.encrypted import EncryptionKey
from cua_chung.errors import (
    CuaChungError,
    ProviderUnreachable,
    SignedOut,
    SignInRefused,
    SignInRequired,
    TokenRefused,
)
from cua_chung.introspection import Introspection
from cua_chung.memory_store import MemoryStore
from cua_chung.private_key_jwt import SigningKey
from cua_chung.security_event import SecurityEvent
from cua_chung.service import CuaChung
from cua_chung.session import AccessToken, Person, Session, SessionStore
from cua_chung.sqlite_store import SqliteStore

__all__ = [
    "AccessToken",
    "AccessTokenVerifier",
    "Caller",
    "CuaChung",
    "CuaChungError",
    "EncryptionKey",
    "Introspection",
    "MemoryStore",
    "Person",
    "ProviderUnreachable",
    "SecurityEvent",
    "Session",
    "SessionStore",
    "SignInRefused",
    "SignInRequired",
    "SignedOut",
    "SigningKey",
    "SqliteStore",
    "TokenRefused",
]
