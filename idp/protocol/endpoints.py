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
SECURITY_EVENTS_POLL = "/security-events/poll"
# OpenID Connect Discovery §4; RFC 8414 §3; OpenID Shared Signals 1.0 §7.2.
OPENID_CONFIGURATION = "/.well-known/openid-configuration"
OAUTH_AUTHORIZATION_SERVER = "/.well-known/oauth-authorization-server"
SSF_CONFIGURATION = "/.well-known/ssf-configuration"


def url(issuer: str, path: str) -> str:
    """The absolute address of an endpoint. The issuer is a setting; the Host header never decides an address."""
    return issuer.rstrip("/") + path
