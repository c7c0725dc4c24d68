"""The request for `verified_claims`: OpenID Connect for Identity Assurance 1.0 §5 to §7, read once and then trusted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from idp.kernel.errors import InvalidRequest
from idp.protocol.claim_names import short, wire
from idp.protocol.metadata_fields import is_plain
from idp.protocol.verified_claims.shapes import VERIFICATION, Leaf, Listed, Record, Shape

_MAX_ELEMENTS = 10
_MAX_ALTERNATIVES = 10
_MAX_CLAIMS = 50
_MAX_MEMBERS = 50
_MAX_VALUES = 50
# §5.1: what a person is told about a claim is neither a word nor an essay.
_PURPOSE = range(3, 301)
_RESTRICTIONS = frozenset({"value", "values", "max_age"})


@dataclass(frozen=True, slots=True)
class Ask:
    """One value that is asked for, with what restricts it.

    `values`: None admits any, an empty tuple none. `max_age`: seconds since the day or instant.
    `voluntary`: `essential: false` was said aloud, so the person is offered it unticked.
    """

    values: tuple[Any, ...] | None = None
    max_age: int | None = None
    essential: bool = False
    voluntary: bool = False
    purpose: str | None = None

    @property
    def restricts(self) -> bool:
        return self.values is not None or self.max_age is not None


@dataclass(frozen=True, slots=True)
class Members:
    """An object: the members asked for, and no others."""

    asked: Mapping[str, "Node"]

    @property
    def restricts(self) -> bool:
        return any(node.restricts for node in self.asked.values())


@dataclass(frozen=True, slots=True)
class Alternatives:
    """An array: each entry is a filter and a template, and one that fits is enough (§6.2: logical OR)."""

    entries: tuple[Members, ...]

    @property
    def restricts(self) -> bool:
        return all(entry.restricts for entry in self.entries)


Node: TypeAlias = Ask | Members | Alternatives


@dataclass(frozen=True, slots=True)
class Element:
    """One set of claims with the verification that they need."""

    verification: Members
    claims: Mapping[str, Ask]


@dataclass(frozen=True, slots=True)
class Requested:
    """What one delivery asks. `listed`: it was an array, and so is the answer."""

    elements: tuple[Element, ...] = ()
    listed: bool = False

    def __bool__(self) -> bool:
        return bool(self.elements)


@dataclass(frozen=True, slots=True)
class Verified:
    """`verified_claims` under `claims.userinfo` and under `claims.id_token`."""

    userinfo: Requested = field(default_factory=Requested)
    id_token: Requested = field(default_factory=Requested)

    def __bool__(self) -> bool:
        return bool(self.userinfo or self.id_token)

    def claims(self) -> dict[str, tuple[Ask, ...]]:
        """Every request of each claim, whatever its delivery and its verification."""
        found: dict[str, tuple[Ask, ...]] = {}
        for element in (*self.userinfo.elements, *self.id_token.elements):
            for name, ask in element.claims.items():
                found[name] = (*found.get(name, ()), ask)
        return found

    def only(self, granted: frozenset[str]) -> "Verified":
        """Without the claims that nobody granted; an element that has none left asks nothing (§7.2)."""
        return Verified(_only(self.userinfo, granted), _only(self.id_token, granted))


def parse(document: object) -> Requested:
    """`invalid_request` for what is no request of the specified shape; unknown elements are kept as never available."""
    if document is None:
        return Requested()
    listed = isinstance(document, list)
    elements = document if isinstance(document, list) else [document]
    if not 0 < len(elements) <= _MAX_ELEMENTS:
        raise InvalidRequest(f"verified_claims takes 1 to {_MAX_ELEMENTS} elements")
    return Requested(tuple(_element(element) for element in elements), listed)


def to_json(requested: Requested) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The request as it could have been sent: `parse(to_json(x)) == x`; None where nothing is asked."""
    elements = [
        {
            "verification": _to_json(one.verification),
            "claims": {wire(name): _to_json(ask) for name, ask in one.claims.items()} or None,
        }
        for one in requested.elements
    ]
    if not elements:
        return None
    return elements if requested.listed else elements[0]


def _element(element: object) -> Element:
    if not isinstance(element, dict) or element.keys() != {"verification", "claims"}:
        raise InvalidRequest("verified_claims needs verification and claims, and nothing else")
    verification = _record(element["verification"], VERIFICATION, "verification")
    claims = element["claims"]
    # §5.1: null asks for no claim by name, and what is not asked by name is not delivered.
    if claims is None:
        return Element(verification, {})
    if not isinstance(claims, dict) or len(claims) > _MAX_CLAIMS:
        raise InvalidRequest("claims in verified_claims must be a JSON object")
    return Element(verification, {short(name): _ask(ask, "a claim") for name, ask in claims.items()})


def _node(document: object, shape: Shape, name: str) -> Node:
    match shape:
        case Leaf.UNKNOWN:
            return Ask(values=() if _restricts(document) else None)
        case Leaf.NOTHING:
            return Ask()
        case Leaf():
            return _ask(document, name)
        case Record():
            return _record(document, shape, name)
        case Listed():
            return _alternatives(document, shape, name)


def _record(document: object, shape: Record, name: str) -> Members:
    if not isinstance(document, dict) or len(document) > _MAX_MEMBERS or not shape.asked <= document.keys():
        needed = ", ".join(sorted(shape.asked)) or "its members"
        raise InvalidRequest(f"{name} in verified_claims must be a JSON object with {needed}")
    known = {
        member: _node(value, shape.members.get(member, Leaf.UNKNOWN), member) for member, value in document.items()
    }
    return Members(known)


def _alternatives(document: object, shape: Listed, name: str) -> Alternatives:
    if not isinstance(document, list) or not 0 < len(document) <= _MAX_ALTERNATIVES:
        raise InvalidRequest(f"{name} in verified_claims must be an array of 1 to {_MAX_ALTERNATIVES} objects")
    return Alternatives(tuple(_record(entry, _shape_of(entry, shape, name), name) for entry in document))


def _shape_of(entry: object, shape: Listed, name: str) -> Record:
    """§6.2: evidence says its type by `value`, and never by `values`."""
    if shape.kinds is None:
        return shape.entry
    asked = entry.get("type") if isinstance(entry, dict) else None
    if not isinstance(asked, dict) or not isinstance(asked.get("value"), str) or "values" in asked:
        raise InvalidRequest(f"{name} in verified_claims needs a type with one value")
    return shape.kinds.get(asked["value"], shape.entry)


def _ask(document: object, name: str) -> Ask:
    """OpenID Connect Core §5.5.1 with `max_age` and `purpose`; null, `{}` and `essential: false` ask the same."""
    if document is None:
        return Ask()
    if not isinstance(document, dict):
        raise InvalidRequest(f"{name} in verified_claims must be null or a JSON object")
    essential = document.get("essential", False)
    if not isinstance(essential, bool):
        raise InvalidRequest("essential must be a boolean")
    voluntary = "essential" in document and not essential
    return Ask(_values(document), _max_age(document), essential, voluntary, _purpose(document))


def _values(document: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Both at once restrict twice."""
    values = document.get("values")
    if "values" in document and (not isinstance(values, list) or len(values) > _MAX_VALUES):
        raise InvalidRequest(f"values must be an array of at most {_MAX_VALUES}")
    if "value" not in document:
        return None if values is None else tuple(values)
    one = document["value"]
    return (one,) if values is None or any(same(one, value) for value in values) else ()


def _max_age(document: Mapping[str, Any]) -> int | None:
    age = document.get("max_age")
    if "max_age" in document and (not isinstance(age, int) or isinstance(age, bool) or age < 0):
        raise InvalidRequest("max_age must be a whole number of seconds")
    return age if isinstance(age, int) else None


def _purpose(document: Mapping[str, Any]) -> str | None:
    if "purpose" not in document:
        return None
    purpose = document["purpose"]
    if not isinstance(purpose, str) or len(purpose) not in _PURPOSE or not is_plain(purpose):
        raise InvalidRequest(f"purpose must be text of {_PURPOSE.start} to {_PURPOSE.stop - 1} characters")
    return purpose


def _restricts(document: object) -> bool:
    """§6.3: a restriction must not be ignored, so one of an unknown element can only be unmet."""
    match document:
        case dict():
            return not _RESTRICTIONS.isdisjoint(document) or any(map(_restricts, document.values()))
        case list():
            return any(map(_restricts, document))
        case _:
            return False


def same(one: object, other: object) -> bool:
    """Equal as JSON is: `true` is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _only(requested: Requested, granted: frozenset[str]) -> Requested:
    kept = (
        Element(one.verification, {name: ask for name, ask in one.claims.items() if name in granted})
        for one in requested.elements
    )
    return Requested(tuple(one for one in kept if one.claims), requested.listed)


def _to_json(node: Node) -> Any:  # noqa: ANN401 - whatever JSON holds
    match node:
        case Members(asked):
            return {name: _to_json(inner) for name, inner in asked.items()}
        case Alternatives(entries):
            return [_to_json(entry) for entry in entries]
        case Ask():
            return _ask_to_json(node)


def _ask_to_json(ask: Ask) -> dict[str, Any] | None:
    document: dict[str, Any] = {}
    if ask.essential or ask.voluntary:
        document["essential"] = ask.essential
    if ask.values is not None:
        # One value alone is what evidence's `type` demands.
        document |= {"value": ask.values[0]} if len(ask.values) == 1 else {"values": list(ask.values)}
    if ask.max_age is not None:
        document["max_age"] = ask.max_age
    if ask.purpose is not None:
        document["purpose"] = ask.purpose
    return document or None
