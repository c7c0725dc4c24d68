"""What can go wrong on the service's side, as types. None of them carries a token, a code or a name."""


class CuaChungError(Exception):
    """The root of every error of this package."""


class ProviderUnreachable(CuaChungError):
    """The provider did not answer, or not with what its specification says. `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TokenRefused(CuaChungError):
    """A token failed a check. `reason` names the check; the sender of the token learns no more than that."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SignInRefused(CuaChungError):
    """A sign-in that did not succeed.

    `code` is the provider's registered word (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6) or one of ours:
    `unknown_state` (a stale page, or a link from a stranger), `wrong_issuer` (RFC 9207), `invalid_response`,
    `invalid_id_token`, `person_changed`, `signed_out_meanwhile`, `provider_unreachable`, `level_not_accepted` (an API
    demands what the person has proven already).
    `next_path` is where the person wanted to go: the page of a failed sign-in offers to try again from there.
    """

    def __init__(self, code: str, reason: str = "", *, next_path: str = "/") -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason
        self.next_path = next_path


class SignInRequired(CuaChungError):
    """Raised by a page's dependency: nobody is signed in, not at the level that is demanded, or too long ago."""

    def __init__(self, level: str | None = None, max_age: int | None = None) -> None:
        super().__init__("sign_in_required")
        self.level = level
        self.max_age = max_age


class SignedOut(CuaChungError):
    """The session ended while it was in use: its refresh token is dead, or the provider signed it out."""
