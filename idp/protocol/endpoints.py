"""Where each endpoint stands below the issuer: one list for doors, discovery and audiences."""

AUTHORIZE = "/authorize"
PAR = "/par"
TOKEN = "/token"
USERINFO = "/userinfo"
INTROSPECT = "/introspect"
REVOKE = "/revoke"
REGISTER = "/register"
LOGOUT = "/logout"
JWKS = "/jwks"
JWKS_HISTORY = "/jwks/history"
# OpenID Connect Discovery §4; RFC 8414 §3.
OPENID_CONFIGURATION = "/.well-known/openid-configuration"
OAUTH_AUTHORIZATION_SERVER = "/.well-known/oauth-authorization-server"


def url(issuer: str, path: str) -> str:
    """The absolute address of an endpoint. The issuer is a setting; the Host header never decides an address."""
    return issuer.rstrip("/") + path
