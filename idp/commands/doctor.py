"""`idp doctor`: is this deployment fit to serve, and what to do where it is not."""

import json
from typing import TYPE_CHECKING

import click

from idp.commands.shell import in_hall, settings
from idp.kernel.clock import system_clock

if TYPE_CHECKING:
    from idp.checks import Finding
    from idp.flows.hall import Hall
    from idp.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def doctor(*, as_json: bool) -> None:
    """Look at settings, keys, database, clocks, ephemeral state, outbox and disk; exit status 1 when one fails."""
    from idp.checks import State

    findings = examine(settings())
    failed = any(finding.state is State.FAIL for finding in findings)
    if as_json:
        document = {
            "verdict": "fail" if failed else "ok",
            "findings": [
                {"name": one.name, "state": one.state.value, "told": one.told, "remedy": one.remedy} for one in findings
            ],
        }
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        for one in findings:
            remedy = f"  → {one.remedy}" if one.remedy else ""
            click.echo(f"{one.state.value:<5} {one.name}: {one.told}{remedy}")
    raise SystemExit(1 if failed else 0)


def examine(known: "Settings") -> "list[Finding]":
    """Everything, as far as one can get: without keys or a schema there is no look into the database."""
    from idp import checks, health_of_node

    found = [*checks.of_settings(known, system_clock()), *checks.of_schema(known)]
    if any(one.state is checks.State.FAIL and one.name in ("database", "keys") for one in found):
        return found

    async def work(hall: "Hall") -> "list[Finding]":
        content = await checks.of_content(hall, system_clock())
        return [
            *content,
            *await checks.of_upstream(hall, system_clock()),
            *await health_of_node.examine(hall, known, system_clock),
        ]

    return [*found, *in_hall(work, known)]


def refusals(known: "Settings") -> "list[Finding]":
    """What keeps this deployment from serving."""
    from idp import checks

    found = [*checks.of_settings(known, system_clock()), *checks.of_schema(known)]
    failed = [one for one in found if one.state is checks.State.FAIL]
    if failed:
        return failed

    async def work(hall: "Hall") -> "list[Finding]":
        return await checks.of_content(hall, system_clock())

    return [one for one in in_hall(work, known) if one.state is checks.State.FAIL]
