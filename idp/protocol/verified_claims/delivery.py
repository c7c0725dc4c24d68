"""What a request for `verified_claims` is answered with: OpenID Connect for Identity Assurance 1.0 §6 and §7.

Nothing that was not asked; nothing that does not meet what was asked; never an error. A requirement that is not met in
`verification` takes its whole element along, one of a claim takes that claim (§7.3). What a valid answer can't do
without takes its parent along, up to where the answer is valid (§7.4).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from idp.protocol.claim_names import short, wire
from idp.protocol.verified_claims import values
from idp.protocol.verified_claims.asked import Alternatives, Ask, Element, Members, Node, Requested, same
from idp.protocol.verified_claims.shapes import VERIFICATION, Leaf, Listed, Record, Shape


@dataclass(frozen=True, slots=True)
class Attested:
    """One verification as it would read if everything of it was asked for and could be told."""

    verification: Mapping[str, Any]
    claims: Mapping[str, Any]


# `verified_claims.birthdate` is the birthdate with its verification: another thing to agree to than the claim alone.
PREFIX: Final = "verified_claims."


class _Missing:
    """No value, which is not null."""


_MISSING: Final = _Missing()


def answer(requested: Requested, attested: Sequence[Attested], now: datetime) -> Any:  # noqa: ANN401 - an object, an array or None
    """The `verified_claims` to tell, in the form that they were asked in; None: nothing.

    Each element is answered by itself (§6.4), from the one verification that answers most of it; of several that do as
    well the first, so `attested` comes in the order of preference.
    """
    told = [one for one in (_element(element, attested, now) for element in requested.elements) if one is not None]
    if not told:
        return None
    return told if requested.listed else told[0]


def without_numbers(attested: Attested) -> Attested:
    """As if nobody had ever written down a number that identifies: it is not told, and nothing is tested against it."""
    verification = dict(attested.verification)
    if "evidence" in verification:
        verification["evidence"] = [_without_number(piece) for piece in verification["evidence"]]
    claims = {name: value for name, value in attested.claims.items() if name not in values.IDENTIFYING}
    return Attested(verification, claims)


def names(told: Any) -> tuple[str, ...]:  # noqa: ANN401 - what `answer` gave
    """Which claims an answer holds, as consents and the record of releases name them."""
    elements: Iterable[Mapping[str, Any]] = () if told is None else told if isinstance(told, list) else (told,)
    return tuple(sorted({f"{PREFIX}{short(name)}" for one in elements for name in one["claims"]}))


def _without_number(piece: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(piece)
    if isinstance(kept.get("document_details"), Mapping):
        details = kept["document_details"]
        kept["document_details"] = {name: value for name, value in details.items() if name != "document_number"}
    return kept


def _element(asked: Element, attested: Sequence[Attested], now: datetime) -> dict[str, Any] | None:
    best: dict[str, Any] | None = None
    for one in attested:
        told = _from(asked, one, now)
        if told is not None and (best is None or len(told["claims"]) > len(best["claims"])):
            best = told
    return best


def _from(asked: Element, attested: Attested, now: datetime) -> dict[str, Any] | None:
    """An element without a claim would say how nothing was verified, so there is none."""
    if not _is_met(asked.verification, VERIFICATION, attested.verification, now):
        return None
    verification = _taken(asked.verification, VERIFICATION, attested.verification, now)
    claims = {
        wire(name): attested.claims[name]
        for name, ask in asked.claims.items()
        if name in attested.claims
        and values.is_deliverable(name, attested.claims[name])
        and _admits(ask, values.leaf_of(name), attested.claims[name], now)
    }
    if isinstance(verification, _Missing) or not claims:
        return None
    return {"verification": verification, "claims": claims}


def _is_met(node: Node, shape: Shape, value: Any, now: datetime) -> bool:  # noqa: ANN401 - whatever JSON holds, or nothing
    """Whether every restriction holds; one of something that is not there holds never."""
    match node, shape:
        case Ask(), Leaf():
            return not node.restricts or (values.is_valid(shape, value) and _admits(node, shape, value, now))
        case Members(asked), Record():
            held = value if isinstance(value, Mapping) else {}
            return all(_is_met(inner, _shape(shape, n), held.get(n, _MISSING), now) for n, inner in asked.items())
        case Alternatives(entries), Listed():
            return not node.restricts or any(
                _is_met(entry, _entry_shape(shape, item), item, now) for item in _items(value) for entry in entries
            )
        case _:
            return False


def _taken(node: Node, shape: Shape, value: Any, now: datetime) -> Any:  # noqa: ANN401 - whatever JSON holds, or nothing
    """What of a value was asked for, where that is valid by itself."""
    match node, shape:
        case Ask(), Leaf():
            return value if values.is_valid(shape, value) else _MISSING
        case Members(asked), Record() if isinstance(value, Mapping):
            found = {n: _taken(inner, _shape(shape, n), value.get(n, _MISSING), now) for n, inner in asked.items()}
            told = {n: one for n, one in found.items() if not isinstance(one, _Missing)}
            return told if told and shape.required <= told.keys() else _MISSING
        case Alternatives(entries), Listed():
            picked = (_by_first(entries, shape, item, now) for item in _items(value))
            return [one for one in picked if not isinstance(one, _Missing)] or _MISSING
        case _:
            return _MISSING


def _by_first(entries: tuple[Members, ...], shape: Listed, item: Any, now: datetime) -> Any:  # noqa: ANN401 - as `_taken`
    """Alternatives that both fit would add up to more than either asked for, so the first is the template."""
    inner = _entry_shape(shape, item)
    fitting = (entry for entry in entries if _is_met(entry, inner, item, now))
    return next(
        (told for entry in fitting if not isinstance(told := _taken(entry, inner, item, now), _Missing)), _MISSING
    )


def _admits(ask: Ask, shape: Leaf, value: Any, now: datetime) -> bool:  # noqa: ANN401 - whatever JSON holds
    if ask.values is not None and not any(same(value, one) for one in ask.values):
        return False
    return ask.max_age is None or _is_within(ask.max_age, shape, value, now)


def _is_within(max_age: int, shape: Leaf, value: str, now: datetime) -> bool:
    """§6.3.2: seconds since the instant, or since the last second of the day."""
    match shape:
        case Leaf.DAY:
            since = datetime.combine(date.fromisoformat(value), time(23, 59, 59), UTC)
        case Leaf.INSTANT:
            since = datetime.fromisoformat(value)
        case _:
            return False
    return (now - since).total_seconds() <= max_age


def _shape(record: Record, name: str) -> Shape:
    return record.members.get(name, Leaf.UNKNOWN)


def _entry_shape(shape: Listed, item: Any) -> Record:  # noqa: ANN401 - whatever JSON holds
    """By what the item is, not by what was asked: a filter for another type does not fit it."""
    kind = item.get("type") if isinstance(item, Mapping) else None
    return shape.entry if shape.kinds is None or not isinstance(kind, str) else shape.kinds.get(kind, shape.entry)


def _items(value: Any) -> Sequence[Any]:  # noqa: ANN401 - whatever JSON holds, or nothing
    return value if isinstance(value, list | tuple) else ()
