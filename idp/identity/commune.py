"""Commune-level units (xã, phường, đặc khu): read from an operator's file, with their dates and what they came from.

No unit and no form of a code is known here: public sets use three numberings, so the official file is what counts.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from idp.identity import name

_REQUIRED: Final = ("code", "kind", "name")
# `residents` stands in public tables and says nothing about anybody's address; `old` lists the units before.
_KNOWN: Final = frozenset({*_REQUIRED, "old", "residents"})
_CODE = re.compile(r"[0-9A-Z][0-9A-Z.-]{0,11}", re.ASCII)
_LONGEST_NAME: Final = 100
_MOST_LINES: Final = 20_000
_MOST_TEXT: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Commune:
    """A unit from `since` on, and before `until`."""

    code: str
    kind: str
    name: str
    since: date
    until: date | None = None

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Line:
    """One unit as the file says it; `old` are the codes of the units that it came from."""

    number: int
    code: str
    kind: str
    name: str
    old: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` counts from 1, the heading's; 0 is the file as a whole. `value` is never anything personal."""

    line: int
    what: str
    value: str = ""


class FaultyFile(Exception):
    """Every faulty line at once, so that the operator mends the file once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Change:
    """What a file makes of the units that are known: all of it, or nothing."""

    effective: date
    begun: tuple[Commune, ...] = ()
    ended: tuple[str, ...] = ()
    kept: int = 0
    # Old code → the codes of what it became; one unit may have been split.
    successions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.begun or self.ended or self.successions)


def read(text: str) -> tuple[Line, ...]:
    """The lines of a CSV file (RFC 4180) with the columns code, kind, name, and perhaps old. Raises FaultyFile."""
    if len(text) > _MOST_TEXT:
        raise FaultyFile([Fault(0, "too_large")])
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error:
        raise FaultyFile([Fault(0, "not_csv")]) from None
    heading = [cell.strip().casefold() for cell in rows[0]] if rows else []
    faults = [Fault(1, "column_missing", column) for column in _REQUIRED if column not in heading]
    faults += [Fault(1, "column_unknown", column[:40]) for column in heading if column not in _KNOWN]
    faults += [Fault(1, "column_twice", column[:40]) for column, count in Counter(heading).items() if count > 1]
    if len(rows) > _MOST_LINES:
        faults.append(Fault(0, "too_many_lines"))
    if faults:
        raise FaultyFile(faults)
    lines = [_line(number, heading, row, faults) for number, row in enumerate(rows[1:], 2) if any(row)]
    found = [line for line in lines if line is not None]
    faults += _twice(found)
    if not found and not faults:
        faults.append(Fault(0, "empty"))
    if faults:
        raise FaultyFile(sorted(faults, key=lambda fault: fault.line))
    return tuple(found)


def _line(number: int, heading: Sequence[str], row: Sequence[str], faults: list[Fault]) -> Line | None:
    if len(row) != len(heading):
        faults.append(Fault(number, "cells", str(len(row))))
        return None
    cells = {column: name.normalise(cell) for column, cell in zip(heading, row, strict=True)}
    old = tuple(dict.fromkeys(cells.get("old", "").upper().split()))
    before = len(faults)
    codes = (cells["code"].upper(), *old)
    faults += [Fault(number, "code", code[:40]) for code in codes if not _CODE.fullmatch(code)]
    faults += [Fault(number, what, cells[what][:40]) for what in ("kind", "name") if not _is_title(cells[what])]
    if cells.get("residents") and not re.fullmatch(r"[0-9]+", cells["residents"], re.ASCII):
        faults.append(Fault(number, "residents", cells["residents"][:40]))
    return Line(number, cells["code"].upper(), cells["kind"], cells["name"], old) if len(faults) == before else None


def _is_title(text: str) -> bool:
    return bool(text) and len(text) <= _LONGEST_NAME and text.isprintable()


def _twice(lines: Sequence[Line]) -> list[Fault]:
    seen_codes: set[str] = set()
    seen_names: set[tuple[str, str]] = set()
    faults = []
    for line in lines:
        named = (name.normalise(line.kind).casefold(), name.normalise(line.name).casefold())
        if line.code in seen_codes:
            faults.append(Fault(line.number, "code_twice", line.code))
        if named in seen_names:
            faults.append(Fault(line.number, "name_twice", f"{line.kind} {line.name}"))
        seen_codes.add(line.code)
        seen_names.add(named)
    return faults


def plan(
    known: Iterable[Commune], successions: Mapping[str, tuple[str, ...]], lines: Sequence[Line], effective: date
) -> Change:
    """The file holds every unit that stands from `effective` on: what it lacks has ended. Raises FaultyFile.

    History only grows at its end: a file of an earlier day would change what addresses of the past mean.
    """
    everything = list(known)
    standing = {unit.code: unit for unit in everything if unit.until is None}
    latest = max((unit.until or unit.since for unit in everything), default=effective)
    if latest > effective:
        raise FaultyFile([Fault(0, "before_the_latest", latest.isoformat())])
    retired = {unit.code for unit in everything} - standing.keys()
    faults = [Fault(line.number, "code_of_the_past", line.code) for line in lines if line.code in retired]
    if faults:
        raise FaultyFile(faults)
    same = {line.code for line in lines if line.code in standing and _alike(standing[line.code], line)}
    begun = tuple(Commune(line.code, line.kind, line.name, effective) for line in lines if line.code not in same)
    ended = tuple(sorted(code for code in standing if code not in same))
    if any(standing[code].since == effective for code in ended):
        # The day's units were imported already, and differently: one day has one list.
        raise FaultyFile([Fault(0, "another_list_of_this_day", effective.isoformat())])
    became: dict[str, list[str]] = {}
    for line in lines:
        # A unit that keeps its code is its own successor without a word.
        for old in line.old:
            if old != line.code and line.code not in successions.get(old, ()):
                became.setdefault(old, []).append(line.code)
    return Change(effective, begun, ended, len(same), {old: tuple(new) for old, new in sorted(became.items())})


def _alike(unit: Commune, line: Line) -> bool:
    return (unit.kind, unit.name) == (line.kind, line.name)


def standing_at(units: Iterable[Commune], day: date) -> tuple[Commune, ...]:
    """The units of that day, in the order of their codes."""
    found = (unit for unit in units if unit.since <= day and (unit.until is None or day < unit.until))
    return tuple(sorted(found, key=lambda unit: unit.code))


def successors(successions: Mapping[str, Iterable[str]], standing: Collection[str], code: str) -> tuple[str, ...]:
    """The standing units that a unit of the past is in today, through any number of reforms; none: nobody knows."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [code]
    while waiting:
        one = waiting.pop(0)
        if one in seen:
            continue
        seen.add(one)
        if one in standing:
            # Also where a part of it went to another: the rest is still here.
            found[one] = None
        waiting.extend(successions.get(one, ()))
    return tuple(found)
