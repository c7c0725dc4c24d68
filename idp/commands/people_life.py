"""`idp people` with `find`, `event` and `address`: who somebody is, what happened to them, and where they live."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click

from idp.commands.people import people
from idp.commands.shell import Failed, actor, in_hall
from idp.kernel.clock import VIET_NAM, day_of, system_clock

if TYPE_CHECKING:
    from idp.flows.hall import Hall
    from idp.flows.life_events import Done

__all__ = ["people"]

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_KINDS = click.Choice(["new_card", "name_changed", "number_revoked", "death"])
_TELLERS = click.Choice(["register", "counter", "relative"])
_TOLD_BY = click.option("--told-by", type=_TELLERS, required=True, help="Whose word it is.")


@people.command()
@click.argument("name")
@click.option("--commune", help="Code of a commune: only people who live there.")
@click.option("--after", help="Where the page before ended.")
def find(name: str, commune: str | None, after: str | None) -> None:
    """People by two words of their name, or by one word and a commune; case, tones and y/i do not matter."""

    async def work(hall: "Hall") -> None:
        from idp.flows import find_people
        from idp.identity.name_search import parse

        page = await find_people.by_name(hall, parse(name, commune), after)
        for person in page.people:
            facts = {claim: str(person.facts[claim].value) for claim in ("name", "birthdate") if claim in person.facts}
            click.echo(
                f"{person.id}  {person.state.value:<9}  {facts.get('birthdate', ''):<10}  {facts.get('name', '')}"
            )
        if page.after is not None:
            click.echo(f"perhaps more: --after {page.after}", err=True)

    in_hall(work)


@people.group()
def event() -> None:
    """What happens in people's lives: record, take back, list."""


@event.command()
@click.argument("person_id")
@click.argument("kind", type=_KINDS)
@_TOLD_BY
@click.option("--effective", type=_DAY, required=True, help="The day on which it happened.")
@click.option("--known", type=_DAY, help="The day on which the teller came to know. Today, if it is not given.")
@click.option("--name", help="The new name, with its diacritics.")
@click.option("--family-name")
@click.option("--middle-name")
@click.option("--given-name")
@click.option("--number", help="The number of a new card, where it is another one.")
@click.option("--number-kind", default="pin", show_default=True, help="pin, passport, residence_card …")
@click.option("--country", help="The country of a passport, ISO 3166-1 alpha-3.")
def record(
    person_id: str, kind: str, told_by: str, effective: datetime, known: datetime | None, **given: str | None
) -> None:
    """Record an event: it acts at once on sessions, grants and tokens. A death closes an account on a register's word
    only; anybody else's suspends it.
    """

    async def work(hall: "Hall") -> None:
        from idp.flows import life_events
        from idp.identity import identity_number
        from idp.identity.life_event import LifeEventKind, Teller
        from idp.identity.name import normalise

        now = system_clock()
        parts = {part: normalise(given[part] or "") for part in _PARTS if given[part]}
        number = None
        if given["number"]:
            kind_of_number = given["number_kind"] or ""
            number = identity_number.parse(kind_of_number, given["number"], day_of(now), given["country"])
        report = life_events.Report(
            LifeEventKind(kind), Teller(told_by), _instant(effective), _instant(known) if known else now, parts, number
        )
        try:
            _tell(await life_events.record(hall, person_id, report, actor=actor(), now=now))
        except life_events.NobodyHere:
            raise Failed("Nobody bears this id.") from None
        except life_events.AlreadyBound as bound:
            raise Failed(f"identity_already_bound: the number is another person's; case {bound.case_id}.") from None

    in_hall(work)


@event.command()
@click.argument("person_id")
@click.argument("event_id")
@_TOLD_BY
def reverse(person_id: str, event_id: str, told_by: str) -> None:
    """Take back a report that was wrong. State, name and number come back; sessions, tokens and levels do not."""

    async def work(hall: "Hall") -> None:
        from idp.flows import life_events
        from idp.identity.life_event import Teller

        try:
            done = await life_events.reverse(
                hall, person_id, event_id, Teller(told_by), actor=actor(), now=system_clock()
            )
        except life_events.NobodyHere:
            raise Failed("Nobody bears this id.") from None
        _tell(done)

    in_hall(work)


@event.command("list")
@click.argument("person_id")
def list_(person_id: str) -> None:
    """The events of a person with their three dates, and names, numbers and addresses since when, as JSON."""

    async def work(hall: "Hall") -> None:
        async with hall.db.read() as tx:
            happened = await tx.life_events.of_person(person_id)
            history = await tx.personal_history.of_person(person_id)
        told = {
            "events": [
                {
                    "id": one.id,
                    "kind": one.kind.value,
                    "told_by": one.told_by.value,
                    "effective_at": one.effective_at.isoformat(),
                    "known_at": one.known_at.isoformat(),
                    "recorded_at": one.recorded_at.isoformat(),
                    "reversed_at": one.reversed_at.isoformat() if one.reversed_at else None,
                    "details": one.details,
                }
                for one in happened
            ],
            "history": [
                {
                    "kind": one.kind.value,
                    "value": one.value,
                    "valid_from": one.valid_from,
                    "source": one.source,
                    "struck": one.struck_at is not None,
                }
                for one in history
            ],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))

    in_hall(work)


@people.command()
@click.argument("person_id")
@click.option("--street", required=True, help="Street and house, or hamlet (thôn, tổ dân phố).")
@click.option("--commune", required=True, help="Code of the commune-level unit.")
@click.option("--since", help="YYYY-MM-DD or YYYY.")
@click.option("--printed", help="As it stood on the paper, where that differs.")
@click.option("--source", type=click.Choice(["counter", "register", "imported", "sandbox"]), default="imported")
def address(person_id: str, street: str, commune: str, since: str | None, printed: str | None, source: str) -> None:
    """Where somebody lives from a day on. The address before stays in their history."""

    async def work(hall: "Hall") -> None:
        from idp.flows import addresses
        from idp.identity.personal_history import day

        now = system_clock()
        told = addresses.Address(street, commune.upper(), day(since) if since else None, printed)
        if not await addresses.record(hall, person_id, told, source=source, known_at=now, actor=actor(), now=now):
            raise Failed("Nobody bears this id.")
        click.echo(f"{person_id}: {commune.upper()}")

    in_hall(work)


_PARTS = ("name", "family_name", "middle_name", "given_name")


def _instant(day: datetime) -> datetime:
    """Its first moment in Viet Nam."""
    return day.replace(tzinfo=VIET_NAM)


def _tell(done: "Done") -> None:
    click.echo(f"{done.event_id}  {done.state.value}  {done.sessions} sessions ended")
