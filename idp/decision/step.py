"""The steps that an authorization request can meet next: a closed set, matched in full wherever it is read."""

from dataclasses import dataclass
from typing import TypeAlias

from idp.authn.proof import Proof
from idp.consent.rules import Pending
from idp.kernel.errors import OAuthError
from idp.kernel.level import Level


@dataclass(frozen=True, slots=True)
class Login:
    """Ask who the person is. `again`: somebody is signed in, but this request needs a fresh or another sign-in."""

    again: bool = False


@dataclass(frozen=True, slots=True)
class StepUp:
    """The person is known; ask for one more authenticator (an entry of the registry) to reach `target`.

    `others`: further kinds that would do as well, where the person has several.
    """

    method: str
    target: Level
    others: tuple[str, ...] = ()

    def admits(self, method: str) -> bool:
        return method == self.method or method in self.others


@dataclass(frozen=True, slots=True)
class Verify:
    """Who the person is has to be verified better to reach `target`: they may do that, or the service is told."""

    target: Level


@dataclass(frozen=True, slots=True)
class Consent:
    """Show what will be shared; where `pending` holds notices alone, there is nothing to refuse."""

    pending: Pending


@dataclass(frozen=True, slots=True)
class Issue:
    """Everything that the request asks for is met; `level` is what the tokens may say, `proofs` what they rest on."""

    level: Level
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """The request ends here; the error goes back to the client."""

    error: OAuthError


Step: TypeAlias = Login | StepUp | Verify | Consent | Issue | Refuse
