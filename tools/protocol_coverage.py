"""Writes docs/protocol-coverage.md from the program's own registries: the document can't tell another story.

`python -m tools.protocol_coverage` writes it; a house test writes it once more and compares.
"""

import importlib
import inspect
import json
import pkgutil
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

from starlette.routing import Route

import idp.admin
import idp.interaction
import idp.oidc
import idp.ops
import idp.portal
from idp.audit.kinds import KINDS
from idp.authn.authenticators import AUTHENTICATORS, LADDER, highest_level
from idp.flows.policies import Policies
from idp.kernel import errors
from idp.kernel.level import Level
from idp.protocol import acr, client_assertion, discovery
from idp.protocol.authorization_checks import CHECKS, Endpoint
from idp.protocol.claims import CLAIMS, PROTOCOL_CLAIMS
from idp.protocol.client import AuthMethod
from idp.protocol.grants import GRANTS
from idp.protocol.policy import ProtocolPolicy
from idp.protocol.powers import Power
from idp.protocol.request import Prompt, ResponseMode
from idp.protocol.scope import SCOPES
from idp.web.errors import status_of

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "protocol-coverage.md"
SPECIFICATIONS = ROOT / "docs" / "specifications.toml"

_ISSUER = "https://dangnhap.example.vn"
_POLICY = ProtocolPolicy(_ISSUER)
_DOOR_ROOMS = (idp.oidc, idp.interaction, idp.portal, idp.admin, idp.ops)
_STATUS = {"whole": "whole", "part": "in part", "never": "never", "later": "not yet"}


@dataclass(frozen=True, slots=True)
class Specification:
    """One entry of specifications.toml. A test is a file, or `file::name`."""

    name: str
    title: str
    status: str
    what: str
    rules: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """One path that a door answers. `preflight`: web pages of other origins may be let in."""

    room: str
    path: str
    methods: tuple[str, ...]
    preflight: bool
    doc: str


def specifications() -> list[Specification]:
    """In the order of the file."""
    entries = tomllib.loads(SPECIFICATIONS.read_text("utf-8"))["specification"]
    return [Specification(**{**one, "rules": tuple(one["rules"]), "tests": tuple(one["tests"])}) for one in entries]


def addresses() -> list[Address]:
    """What the doors really answer, asked of the doors themselves."""
    found: dict[str, Address] = {}
    for module in _door_modules():
        for route in _routes(module):
            asked = set(route.methods or ())
            known = found.get(route.path)
            methods = asked - {"HEAD", "OPTIONS"} | set(known.methods if known else ())
            preflight = "OPTIONS" in asked or (known is not None and known.preflight)
            doc = (module.__doc__ or "").strip().splitlines()[0]
            room = module.__name__.split(".")[1]
            found[route.path] = Address(room, route.path, tuple(sorted(methods)), preflight, doc)
    return sorted(found.values(), key=lambda address: (address.room != "oidc", address.room, address.path))


def document() -> str:
    """The whole text."""
    parts = [
        _HEAD,
        _section("Specifications", _SPECIFICATIONS_DOC, ("specification", "status", "what", "held by"), _specs()),
        _section("Addresses", _ADDRESSES_DOC, ("path", "methods", "web pages of others", "door"), _paths()),
        _section("Grant types", "", ("grant_type", "what"), _grants()),
        _section("Client authentication", _auth_doc(), ("token_endpoint_auth_method", "may introspect"), _methods()),
        _section("Authorization request: the table of checks", _CHECKS_DOC, _CHECKS_HEAD, _checks()),
        _section("Values of parameters", "", ("parameter", "values"), _values()),
        _section("Scopes and claims", _CLAIMS_DOC, ("scope", "what", "claims"), _scopes()),
        _section("Levels (`acr`)", _LEVELS_DOC, ("acr", "reached by"), _levels()),
        _section("Authenticators (`amr`)", "", ("authenticator", "amr", "counts for", "what"), _authenticators()),
        _section("Powers of an initial access token", "", ("power", "lets a registration"), _powers()),
        _section("Errors", _ERRORS_DOC, ("error", "status", "specification"), _errors()),
        _section("Audit events", _AUDIT_DOC, ("kind", "what happened", "may hold", "in own history"), _kinds()),
        _section("Discovery", "", ("field", "value"), _discovery()),
    ]
    return "\n".join(parts)


_HEAD = """# Protocol coverage

Generated from the program's registries by `make documents`; a test compares. Change the registry, not this file.
"""
_SPECIFICATIONS_DOC = (
    "*Whole*: all that applies to a code-flow provider of this kind. *In part*, *never* and *not yet* say what and why."
)
_ADDRESSES_DOC = (
    "Below the issuer. GET answers HEAD too. *Web pages of others*: whether CORS lets registered origins (documents:"
    " any origin) read the answer."
)
_CHECKS_DOC = (
    "One small function per check, in this order. Client and redirect URI are proven before the first of them: until"
    " then an error is a page, never a redirect. *pushed*: parameters that were pushed, when they are used."
)
_CHECKS_HEAD = ("check", *(endpoint.value for endpoint in Endpoint), "rule")
_CLAIMS_DOC = (
    "Claims come from userinfo; the ID token carries them only when the `claims` parameter asks for it by name. A claim"
    " marked `#` may be asked in a language (`name#en`). Tokens say by themselves: "
    + ", ".join(f"`{claim}`" for claim in PROTOCOL_CLAIMS)
    + "."
)
_LEVELS_DOC = (
    "A listed or higher level satisfies. What a token says is the lower of two: what is known of the person's identity,"
    f" and what was proven in this session. Discovery promises nothing above `{highest_level().word}` until an"
    " authenticator reaches it."
)
_ERRORS_DOC = (
    "The registered codes that the program knows. Status where the error is JSON; on its way back to a proven redirect"
    " URI it is a parameter."
)
_AUDIT_DOC = (
    "Each write commits with its event: who acted, about whom, for which service, when, and the named fields only."
    " Nothing personal."
)


def _auth_doc() -> str:
    algs = ", ".join(f"`{alg}`" for alg in client_assertion.ALGS)
    return f"Assertions may be signed with {algs}; a registered `token_endpoint_auth_signing_alg` is then the only one."


def _door_modules() -> Iterator[ModuleType]:
    for room in _DOOR_ROOMS:
        for found in pkgutil.iter_modules(room.__path__):
            module = importlib.import_module(f"{room.__name__}.{found.name}")
            if hasattr(module, "routes"):
                yield module


def _routes(module: ModuleType) -> list[Route]:
    """A door makes its routes of what it is handed. Here nobody will knock, so stand-ins do."""
    make: Callable[..., list[Route]] = module.routes
    first, *more = (MagicMock() for _ in inspect.signature(make).parameters)
    first.policies = first.hall.policies = Policies(_POLICY)
    return make(first, *more)


def _specs() -> Iterator[tuple[str, ...]]:
    for one in specifications():
        held = "<br>".join(_test_link(test) for test in one.tests)
        yield f"**{one.name}** {one.title}".strip(), _STATUS[one.status], one.what, held or "–"


def _test_link(test: str) -> str:
    file, _, name = test.partition("::")
    return f"[{name or file.removeprefix('tests/')}](../{file})"


def _paths() -> Iterator[tuple[str, ...]]:
    for address in addresses():
        yield f"`{address.path}`", ", ".join(address.methods), "yes" if address.preflight else "no", address.doc


def _grants() -> Iterator[tuple[str, ...]]:
    return ((f"`{entry.type.value}`", entry.doc) for entry in GRANTS.values())


def _methods() -> Iterator[tuple[str, ...]]:
    return ((f"`{method.value}`", "no" if method is AuthMethod.NONE else "yes") for method in AuthMethod)


def _checks() -> Iterator[tuple[str, ...]]:
    for row in CHECKS:
        marks = ("✓" if endpoint in row.endpoints else "" for endpoint in Endpoint)
        yield f"`{row.name}`", *marks, _first_line(row.run)


def _values() -> Iterator[tuple[str, ...]]:
    told = discovery.document(_POLICY)
    yield "`response_type`", _codes(told["response_types_supported"])
    yield "`response_mode`", _codes(mode.value for mode in ResponseMode)
    yield "`prompt`", _codes(prompt.value for prompt in Prompt)
    yield "`display`", _codes(told["display_values_supported"]) + ": every page fits every window"
    yield "`code_challenge_method`", _codes(told["code_challenge_methods_supported"])
    yield "`id_token_signed_response_alg`, `userinfo_signed_response_alg`", _codes(_POLICY.signing_algs)
    yield "`ui_locales`, `claims_locales`", _codes(_POLICY.ui_locales)


def _scopes() -> Iterator[tuple[str, ...]]:
    for entry in SCOPES.values():
        claims = (f"{claim}#" if claim in CLAIMS and CLAIMS[claim].localized else claim for claim in entry.claims)
        yield f"`{entry.name}`", entry.doc, _codes(claims) or "–"


def _levels() -> Iterator[tuple[str, ...]]:
    for level in Level:
        rungs = (" + ".join(sorted(rung.methods)) for rung in LADDER if rung.ceiling == level)
        lower = "any sign-in of a person who is not verified" if level < LADDER[0].ceiling else "nothing yet"
        yield f"`{acr.url('{issuer}', level)}`", " or ".join(rungs) or lower


def _authenticators() -> Iterator[tuple[str, ...]]:
    for kind in AUTHENTICATORS.values():
        hours = kind.max_age.total_seconds() / 3600
        yield f"`{kind.name}`", f"`{kind.amr}`", f"{hours:g} h", kind.doc


def _powers() -> Iterator[tuple[str, ...]]:
    return ((f"`{power.value}`", _POWERS[power]) for power in Power)


_POWERS = {
    Power.NO_PKCE: "say `require_pkce: false`, for a confidential client",
    Power.NO_PKCE_BY_DEFAULT: "have that when it says nothing (the demo's token)",
    Power.ADMINISTRATOR: "name resources, an audience of its own, scopes of APIs and a refresh grace",
}


def _errors() -> Iterator[tuple[str, ...]]:
    for kind in vars(errors).values():
        if inspect.isclass(kind) and issubclass(kind, errors.OAuthError) and kind is not errors.OAuthError:
            yield f"`{kind.code}`", str(status_of(kind(""))), _first_line(kind)


def _kinds() -> Iterator[tuple[str, ...]]:
    for kind in KINDS.values():
        yield f"`{kind.name}`", kind.doc, _codes(sorted(kind.changed)) or "–", "yes" if kind.history else "no"


def _discovery() -> Iterator[tuple[str, ...]]:
    told: dict[str, Any] = discovery.document(_POLICY, levels=[level for level in Level if level <= highest_level()])
    for field, value in told.items():
        shown = _codes(value) if isinstance(value, list) else f"`{json.dumps(value)}`"
        yield f"`{field}`", shown


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _first_line(documented: object) -> str:
    return (inspect.getdoc(documented) or "").splitlines()[0]


def _section(title: str, words: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"## {title}", ""]
    if words:
        lines += [words, ""]
    lines += [_row(head), _row("---" for _ in head), *(_row(row) for row in rows), ""]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    TARGET.write_text(document(), "utf-8")
    print(TARGET.relative_to(ROOT))
