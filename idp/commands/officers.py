"""`idp officers`: who has which power in which unit. One account proposes, another approves; one may revoke."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import click

from idp.commands.shell import Failed, Misused, actor, in_hall
from idp.kernel.clock import VIET_NAM, system_clock

if TYPE_CHECKING:
    from idp.flows.hall import Hall

_ROLES = ("reception", "verification", "supervisor", "data_protection", "hotline", "auditor", "administrator")
_OBJECTIONS = {
    "unknown": "There is no such proposal: look with idp officers list.",
    "same_hand": "Whoever proposed can't approve: another account on this machine has to.",
    "done": "It is approved already.",
    "not_verified": "An officer is a person whose identity was verified (substantial), and who may sign in.",
    "excluded": "Nobody holds this role beside one that they have.",
    "held": "They have this role in this unit already.",
    "unit": "That is no unit's code.",
    "dates": "It would end before it begins, or has ended.",
}


@click.group()
def officers() -> None:
    """Roles of officers: a power that one hand gave counts for nothing, but for the first two officers'."""


@officers.command()
@click.argument("who")
@click.argument("role", type=click.Choice(_ROLES))
@click.option("--unit", required=True, help="Code of the commune.")
@click.option("--from", "begins", type=click.DateTime(["%Y-%m-%d"]), help="First day; today unless told otherwise.")
@click.option("--until", "ends", type=click.DateTime(["%Y-%m-%d"]), help="Last day; without it there is no end.")
def grant(who: str, role: str, unit: str, begins: datetime | None, ends: datetime | None) -> None:
    """Propose ROLE for WHO (an id or an identifier)."""
    from idp.flows import officers as flow
    from idp.flows import people
    from idp.identity import officer as rules
    from idp.identity.officer import Role, RoleGrant
    from idp.kernel.ids import new_id

    code = rules.canonical_unit(unit)
    if code is None:
        raise Misused(_OBJECTIONS["unit"])

    async def work(hall: "Hall") -> None:
        now = system_clock()
        found = await people.find(hall, who)
        if len(found) != 1:
            raise Failed("Nobody here bears that, or more than one does.")
        first = _midnight(begins.date()) if begins else now
        last = _midnight(ends.date() + timedelta(days=1)) if ends else None
        asked = RoleGrant(new_id(), found[0].id, Role(role), code, first, actor(), last)
        try:
            given = await flow.propose(hall, asked, now)
        except flow.NotGiven as reason:
            raise Failed(_OBJECTIONS[reason.objection.value]) from None
        if given.approved_by is None:
            click.echo(f"proposed; another account has to run: idp officers approve {given.id}")
        else:
            click.echo(f"{given.id}  {role} in {code}")

    in_hall(work)


@officers.command()
@click.argument("role_id")
def approve(role_id: str) -> None:
    """Let a role that another account proposed count."""
    from idp.flows import officers as flow

    async def work(hall: "Hall") -> None:
        try:
            given = await flow.approve(hall, role_id, actor(), system_clock())
        except flow.NotGiven as reason:
            raise Failed(_OBJECTIONS[reason.objection.value]) from None
        click.echo(f"{given.id}  {given.role.value} in {given.unit}")

    in_hall(work)


@officers.command()
@click.argument("role_id")
def revoke(role_id: str) -> None:
    """End a role, or throw a proposal away, at once."""
    from idp.flows import officers as flow

    async def work(hall: "Hall") -> None:
        if not await flow.revoke(hall, role_id, actor(), system_clock()):
            raise Failed("There is no such role, or it has ended.")
        click.echo(f"{role_id}: ended")

    in_hall(work)


@officers.command("list")
def list_() -> None:
    """Every role with its unit and dates: what counts, what waits for a second hand, what has ended."""
    from idp.flows import officers as flow

    async def work(hall: "Hall") -> None:
        now = system_clock()
        for one in await flow.every(hall):
            state = "counts" if one.counts(now) else "waits" if one.approved_by is None else "over or to come"
            ends = f"{one.ends_at:%Y-%m-%d}" if one.ends_at else "-"
            dates = f"{one.begins_at:%Y-%m-%d}  {ends:<10}"
            click.echo(f"{one.id}  {one.person_id}  {one.unit:<8}  {one.role.value:<15}  {dates}  {state}")

    in_hall(work)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIET_NAM)
