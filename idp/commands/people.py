"""`idp people`: added one by one or from a file, found, suspended and restored."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idp.commands.shell import Failed, Misused, actor, in_hall, read_json, read_secret
from idp.kernel.clock import system_clock
from idp.kernel.secret import Secret

if TYPE_CHECKING:
    from idp.flows.hall import Hall
    from idp.identity.person import Person

_FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.group()
def people() -> None:
    """People: add, import, find, suspend."""


@people.command()
@click.option("--json", "file", type=_FILE, help="A JSON object or an array of them; - for standard input.")
@click.option("--name", help="Full name, with its diacritics.")
@click.option("--national-id", help="Identity number, 12 digits.")
@click.option("--phone-number")
@click.option("--email")
@click.option("--code-card", help="Number of a printed code card.")
@click.option("--level", type=click.Choice(["basic", "low", "substantial", "high"]), default="basic", show_default=True)
@click.option("--password", "ask", is_flag=True, help="Ask for a password (or read it as a line of standard input).")
def add(file: Path | None, *, ask: bool, **given: str | None) -> None:
    """Add people. Members of the JSON: name, national_id or identity_number (kind, value, country), phone_number,
    email, code_card, level, level_ends_at, claims (OpenID Connect Core §5.1), source, password or password_hash,
    totp_secret, old_id_numbers, former_names (name, until), commune.
    """
    if file is not None:
        _add_all(read_json(file))
        return
    document: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if ask:
        document["password"] = read_secret("Password").reveal()
    _add_all(document)


@people.command("import")
@click.argument("file", type=_FILE)
def import_(file: Path) -> None:
    """People of an older system from a JSON array or JSON lines, with their password_hash (bcrypt, PBKDF2, sha-crypt,
    Django, Spring, ASP.NET Identity): each is replaced by argon2id at the first sign-in.
    """
    _add_all(_lines(file))


def _lines(file: Path) -> object:
    try:
        text = file.read_text("utf-8")
        stripped = text.lstrip()
        return (
            json.loads(text) if stripped.startswith("[") else [json.loads(line) for line in text.splitlines() if line]
        )
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise Failed(f"{file} is neither a JSON array nor JSON lines.") from None


def _add_all(document: object) -> None:
    """Read all of them before the first is written, so that a mistake on line 900 is told at once."""
    from idp.flows import people as flow
    from idp.flows.person_document import UnusableDocument, read

    documents = document if isinstance(document, list) else [document]

    async def work(hall: "Hall") -> None:
        now = system_clock()
        new = []
        for number, one in enumerate(documents, 1):
            try:
                new.append(read(one, now.date()))
            except UnusableDocument as reason:
                raise Failed(f"Person {number}: {reason}") from None
        for number, each in enumerate(new, 1):
            try:
                click.echo(await flow.add(hall, each, actor=actor(), now=system_clock()))
            except flow.IdentifierTaken as taken:
                case = f" (identity_already_bound: case {taken.case_id})" if taken.case_id else ""
                raise Failed(
                    f"Person {number}: an identifier is somebody's already{case}; those before were added."
                ) from None

    in_hall(work)


@people.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--after", default=None, help="The id to go on after.")
def list_(limit: int, after: str | None) -> None:
    """Ids with state and level; names only with `show`."""

    async def work(hall: "Hall") -> None:
        async with hall.db.read() as tx:
            page = await tx.persons.page(after, limit)
        for person in page:
            click.echo(f"{person.id}  {person.state.value:<9}  {person.level.word}")

    in_hall(work)


@people.command()
@click.argument("who")
def show(who: str) -> None:
    """Whoever bears this id, identifier or name, as JSON."""
    from idp.flows import people as flow

    async def work(hall: "Hall") -> None:
        found = await flow.find(hall, who)
        if not found:
            raise Failed("Nobody here bears that.")
        click.echo(json.dumps([_shown(person) for person in found], ensure_ascii=False, indent=2))

    in_hall(work)


@people.command()
@click.argument("person_id")
@click.option("--reason", required=True, help="For the audit event; no names.")
def suspend(person_id: str, reason: str) -> None:
    """Signed out everywhere at once, and no sign-in until activated."""
    _set_state(person_id, "suspended", reason)


@people.command()
@click.argument("person_id")
@click.option("--reason", required=True, help="For the audit event; no names.")
def activate(person_id: str, reason: str) -> None:
    """May sign in again; nothing that was ended comes back."""
    _set_state(person_id, "active", reason)


@people.command()
@click.argument("person_id")
@click.option("--reason", required=True, help="For the audit event; no names.")
@click.confirmation_option(prompt="A closed account is never opened again. Go on?")
def close(person_id: str, reason: str) -> None:
    """Closed for good."""
    _set_state(person_id, "closed", reason)


def _set_state(person_id: str, word: str, reason: str) -> None:
    from idp.flows import people as flow
    from idp.identity.person import PersonState

    async def work(hall: "Hall") -> None:
        try:
            changed = await flow.set_state(
                hall, person_id, PersonState(word), actor=actor(), reason=reason, now=system_clock()
            )
        except flow.EventStands:
            raise Failed("A death or a revoked number stands: see idp people event list, and reverse that.") from None
        if not changed:
            raise Failed("Nobody bears this id, or they are in this state already, or closed.")
        click.echo(f"{person_id}: {word}")

    in_hall(work)


def _shown(person: "Person") -> dict[str, Any]:
    return {
        "id": person.id,
        "state": person.state.value,
        "level": person.level.word,
        "level_ends_at": person.level_ends_at.isoformat() if person.level_ends_at else None,
        "facts": {claim: fact.value for claim, fact in person.facts.items()},
    }


@people.command("code-card")
@click.argument("who")
@click.option("--pin-stdin", is_flag=True, help="The PIN is the first line of standard input; nothing is asked.")
def code_card(who: str, *, pin_stdin: bool) -> None:
    """A printed code card for WHO (an id or an identifier), with a PIN that its holder types here twice. Shown once."""
    from idp.flows import code_cards
    from idp.flows import people as flow

    pin = Secret(sys.stdin.readline().strip()) if pin_stdin else read_secret("PIN")

    async def work(hall: "Hall") -> None:
        found = await flow.find(hall, who)
        if len(found) != 1:
            raise Failed("Nobody here bears that, or more than one does.")
        try:
            card = await code_cards.issue(hall, found[0].id, pin, actor=actor(), now=system_clock())
        except code_cards.WeakPin as weak:
            raise Misused(f"{_PIN_HELP[weak.why.value]} Nothing was changed.") from None
        except code_cards.NoCard:
            raise Failed("This person may not sign in, or forbade code cards for their account.") from None
        click.echo(f"{card.number[:2]} {card.number[2:6]} {card.number[6:]}")
        for number, code in enumerate(card.codes, 1):
            text = code.reveal()
            click.echo(f"{number:>2}  {text[:4]} {text[4:]}")

    in_hall(work)


_PIN_HELP = {
    "form": "A PIN has 6 to 8 digits.",
    "run": "That PIN is a run of digits.",
    "repeated": "That PIN repeats itself.",
    "birthdate": "That PIN is a birthday.",
}


@people.command("number-dead")
@click.argument("address")
@click.option("--reason", type=click.Choice(["recycled", "returned"]), required=True)
def number_dead(address: str, reason: str) -> None:
    """A phone number (or e-mail address) that is somebody else's by now, or was given back: it signs nobody in, and
    recovers nothing, until its person proves it again.
    """
    from idp.authn.message_code import Channel
    from idp.flows import dead_channels
    from idp.identity import login_identifier

    phone, email = login_identifier.canonical_phone(address), login_identifier.canonical_email(address)
    canonical = phone or email
    if canonical is None:
        raise Misused("That is no phone number and no e-mail address.")
    channel = Channel.SMS if phone is not None else Channel.EMAIL

    async def work(hall: "Hall") -> None:
        known = await dead_channels.declare(hall, channel, canonical, reason, actor=actor(), now=system_clock())
        click.echo(f"{reason}: {known} known to have it")

    in_hall(work)
