"""`idp register`: an operator's try of the population register, and what waits for it."""

import json
from typing import TYPE_CHECKING, Any

import click

from idp.commands.shell import Failed, actor, in_hall
from idp.kernel.clock import system_clock

if TYPE_CHECKING:
    from idp.flows.hall import Hall
    from idp.identity.identity_number import IdentityNumber
    from idp.identity.person import Person
    from idp.storage.register_questions import Stored

# The words of idp.identity.register.Purpose.
_PURPOSES = ("verify_identity", "confirm_again", "check_connection")


@click.group()
def register() -> None:
    """The population register: ask about one person, see what waits."""


@register.command()
@click.argument("who")
@click.option("--purpose", type=click.Choice(_PURPOSES), required=True, help="Told to the register and to the person.")
@click.option("--name", help="Instead of the name that is known here.")
@click.option("--birthdate", help="Instead of the date that is known here: YYYY-MM-DD, or YYYY.")
@click.option("--gender", type=click.Choice(["male", "female"]), help="Instead of what is known here.")
def ask(who: str, purpose: str, **given: str | None) -> None:
    """Ask about WHO (an id or an identifier), by their identity number. They find the question in their history.

    A question that meets no answer waits, and is asked again by itself.
    """
    from idp.flows import identity_numbers, people, register_check
    from idp.identity.register import Purpose

    async def work(hall: "Hall") -> "Stored":
        found = await people.find(hall, who)
        if len(found) != 1:
            raise Failed("Nobody here bears that, or more than one does.")
        number = await identity_numbers.of_person(hall, found[0].id)
        if number is None:
            raise Failed("No identity number of this person is known here.")
        question = _question(found[0], number, given)
        try:
            return await register_check.ask(
                hall, found[0].id, question, Purpose(purpose), actor=actor(), now=system_clock()
            )
        except register_check.Absent:
            raise Failed("This deployment has no population register: POPULATION_REGISTER_URL is not set.") from None

    click.echo(json.dumps(_told(in_hall(work)), ensure_ascii=False, indent=2))


@register.command()
def waiting() -> None:
    """How many questions wait for a register, and since when the oldest."""

    async def work(hall: "Hall") -> None:
        async with hall.db.read() as tx:
            count, oldest = await tx.register_questions.depth()
            reasons = await tx.register_questions.reasons()
        click.echo(f"{count} wait" + (f", the oldest since {oldest:%Y-%m-%d %H:%M}Z" if oldest else ""))
        for reason, how_many in reasons:
            click.echo(f"  {reason:<16}  {how_many}")

    in_hall(work)


def _question(person: "Person", number: "IdentityNumber", given: dict[str, str | None]) -> Any:  # noqa: ANN401 - imported late
    from idp.identity.register import Question

    known = {claim: person.facts[claim].value for claim in ("name", "birthdate", "gender") if claim in person.facts}
    told = {**known, **{claim: value for claim, value in given.items() if value is not None}}
    if not told.get("name") or not told.get("birthdate"):
        raise Failed("Neither name nor date of birth may be missing: give --name and --birthdate.")
    return Question(number, told["name"], told["birthdate"], told.get("gender"))


def _told(stored: "Stored") -> dict[str, Any]:
    answer = stored.answer
    return {
        "question": stored.id,
        "state": stored.state.value,
        "verdict": stored.verdict.value if stored.verdict else None,
        "fields": {claim: match.value for claim, match in answer.fields.items()} if answer else {},
        "as_of": answer.as_of.isoformat() if answer and answer.as_of else None,
        "evidence": answer.evidence_id if answer else None,
        "next_try_at": stored.next_try_at.isoformat() if stored.next_try_at else None,
    }
