"""`idp communes`: commune-level units with their codes, from the official file that an operator brings."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idp.commands.shell import Failed, actor, in_hall
from idp.kernel.clock import day_of, system_clock

if TYPE_CHECKING:
    from idp.flows.hall import Hall
    from idp.identity.commune import Change, Fault

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_FAULTS = {
    "too_large": "the file is larger than 4 MiB",
    "too_many_lines": "the file has too many lines",
    "not_csv": "the file is not CSV (RFC 4180)",
    "empty": "the file lists no unit",
    "column_missing": "a column is missing:",
    "column_unknown": "a column is unknown:",
    "column_twice": "a column stands twice:",
    "cells": "another number of cells than the heading has:",
    "code": "not a code (letters, digits, at most 12):",
    "kind": "not a kind of unit:",
    "name": "not a name:",
    "residents": "not a number of residents:",
    "code_twice": "the code stands twice:",
    "name_twice": "the unit stands twice:",
    "code_of_the_past": "a unit of the past bore this code:",
    "before_the_latest": "later changes are known, from",
    "another_list_of_this_day": "another list was imported for",
}


@click.group()
def communes() -> None:
    """Communes, wards and special zones: import, list, what became of an old one."""


@communes.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--effective", type=_DAY, required=True, help="The day from which these units stand, YYYY-MM-DD.")
@click.option("--dry-run", is_flag=True, help="Only tell what would change, and every faulty line.")
def import_(file: Path, effective: datetime, *, dry_run: bool) -> None:
    """Import FILE: CSV with the columns code, kind, name and perhaps old (codes of the units before, with spaces) and
    residents. It holds every unit that stands from that day on; what it lacks has ended. All of it, or nothing.
    """

    async def work(hall: "Hall") -> None:
        from idp.flows import communes as flow
        from idp.identity.commune import FaultyFile, read

        try:
            lines = read(_text(file))
            if dry_run:
                change = await flow.plan(hall, lines, effective.date())
            else:
                change = await flow.import_(hall, lines, effective.date(), actor=actor(), now=system_clock())
        except FaultyFile as faulty:
            for fault in faulty.faults:
                click.echo(_sentence(fault), err=True)
            raise Failed(f"{len(faulty.faults)} faults; nothing was changed.") from None
        _tell(change)
        if dry_run:
            click.echo("(dry run: nothing was changed)")

    in_hall(work)


@communes.command("list")
@click.option("--at", type=_DAY, help="The units of another day than today.")
def list_(at: datetime | None) -> None:
    """Units of a day: code, since when, name."""

    async def work(hall: "Hall") -> None:
        from idp.identity.commune import standing_at

        async with hall.db.read() as tx:
            units = await tx.communes.all()
        for unit in standing_at(units, _day(at)):
            click.echo(f"{unit.code:<12} {unit.since}  {unit.title}")

    in_hall(work)


@communes.command("successors")
@click.argument("code")
def successors_(code: str) -> None:
    """The units of today that a unit of the past is in; several, where it was split."""

    async def work(hall: "Hall") -> None:
        from idp.identity.commune import standing_at, successors

        async with hall.db.read() as tx:
            units, successions = await tx.communes.all(), await tx.communes.successions()
        standing = {unit.code: unit for unit in standing_at(units, _day(None))}
        found = successors(successions, standing, code.upper())
        if not found:
            raise Failed("No unit of today is known to have come from that.")
        for one in found:
            click.echo(f"{one:<12} {standing[one].title}")

    in_hall(work)


def _day(at: datetime | None) -> date:
    return day_of(system_clock()) if at is None else at.date()


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Failed(f"{file} is no text in UTF-8.") from None


def _sentence(fault: "Fault") -> str:
    where = f"line {fault.line}: " if fault.line else ""
    return f"{where}{_FAULTS[fault.what]} {fault.value!r}" if fault.value else f"{where}{_FAULTS[fault.what]}"


def _tell(change: "Change") -> None:
    if change.is_empty:
        click.echo("nothing to change")
        return
    for unit in change.begun:
        click.echo(f"+ {unit.code:<12} {unit.title}")
    for code in change.ended:
        click.echo(f"- {code}")
    for old, new in change.successions.items():
        click.echo(f"  {old} → {', '.join(new)}")
    click.echo(f"from {change.effective}: {len(change.begun)} new, {len(change.ended)} ended, {change.kept} as before")
