"""Request parameters as they arrived: names to values, from a query or a form; no rule of any endpoint stands here."""

from collections.abc import Iterable, Mapping, Sequence

from idp.kernel.errors import InvalidRequest


class Parameters:
    """RFC 6749 §3.1, §3.2: a parameter appears once; one without a value counts as absent. Immutable."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values: dict[str, tuple[str, ...]] = {
            name: kept for name, given in values.items() if (kept := tuple(value for value in given if value))
        }

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> "Parameters":
        collected: dict[str, list[str]] = {}
        for name, value in pairs:
            collected.setdefault(name, []).append(value)
        return cls(collected)

    def one(self, name: str) -> str | None:
        """The single value; `invalid_request` when it is repeated or no text that can be stored."""
        values = self.all(name)
        if len(values) > 1:
            raise InvalidRequest(f"{_printable(name)} is repeated")
        return values[0] if values else None

    def all(self, name: str) -> tuple[str, ...]:
        """Every value, for parameters that may be repeated (RFC 8707 §2: `resource`)."""
        values = self._values.get(name, ())
        if not all(map(_clean, values)):
            raise InvalidRequest(f"{_printable(name)} holds characters that are no text")
        return values

    def has(self, name: str) -> bool:
        return name in self._values

    def peek(self, name: str) -> str | None:
        """The value where it is single and clean, otherwise None: for paths that already answer an error."""
        values = self._values.get(name, ())
        return values[0] if len(values) == 1 and _clean(values[0]) else None

    def names(self) -> frozenset[str]:
        return frozenset(self._values)

    def as_pairs(self) -> tuple[tuple[str, str], ...]:
        """For the way back from a cross-site POST to our own GET, and for pushed requests."""
        return tuple((name, value) for name, values in self._values.items() for value in values)

    def without(self, *names: str) -> "Parameters":
        return Parameters({name: values for name, values in self._values.items() if name not in names})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parameters) and self._values == other._values

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        # Values may be secrets or personal data: only the names are ever printed.
        return f"Parameters({', '.join(sorted(self._values))})"


def _clean(value: str) -> bool:
    """No NUL (PostgreSQL's text cannot hold it) and no lone surrogate (it is no UTF-8)."""
    if "\x00" in value:
        return False
    # Nearly every value is ASCII, and this stands on the hot path.
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _printable(name: str) -> str:
    return name[:40]
