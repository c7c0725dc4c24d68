"""`idp evidence`: checks a piece of evidence offline, by the very code that the provider runs, and stores nothing."""

import base64
import binascii
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idp.commands.shell import Misused
from idp.kernel.clock import VIET_NAM, system_clock

if TYPE_CHECKING:
    from idp.crypto.chip.policy import ChipPolicy, TrustFiles
    from idp.crypto.chip.result import ChipResult

_LARGEST_FILE = 16 * 1024 * 1024
_MOST_FILES = 5_000
_LONGEST_CHALLENGE = 1024
_MEMORY = 1024 * 1024 * 1024
_LANGUAGES = ("vi", "en")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def evidence() -> None:
    """Evidence of identity, checked offline."""


@evidence.command()
@click.argument("file", type=_FILE)
@click.option("--anchors", type=_FOLDER, required=True, help="Certificates of country signing authorities, DER or PEM.")
@click.option("--crls", type=_FOLDER, help="Their revocation lists. Without one, revocation stays unchecked.")
@click.option("--challenge", metavar="BASE64", help="The challenge that was given to the chip.")
@click.option(
    "--require-active-authentication", "required", is_flag=True, help="Refuse a chip that proves not to be a copy."
)
@click.option("--allow-ber", is_flag=True, help="Accept signers that write BER instead of DER.")
@click.option("--allow-stale-crl", is_flag=True, help="Record a list that is over as unchecked instead of refusing.")
@click.option("--dg13-optional-since", metavar="DAY", help="Cards signed from this day on may lack DG13.")
@click.option("--at", metavar="TIME", help="As if it were then (ISO 8601; UTC where no zone is said).")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON and nothing else.")
def chip(
    file: Path,
    anchors: Path,
    crls: Path | None,
    challenge: str | None,
    dg13_optional_since: str | None,
    at: str | None,
    *,
    required: bool,
    allow_ber: bool,
    allow_stale_crl: bool,
    as_json: bool,
) -> None:
    """Verify FILE, what a reader uploaded of a citizen card's chip.

    Exit status 0 where it is accepted, 1 where it is refused, 2 where the command was misused. Each refusal has a code:
    docs/evidence-chip.md says what it means and what to do.
    """
    now = system_clock() if at is None else _moment(at)
    policy = replace(
        _policy(None if challenge is None else _octets(challenge), required=required),
        allow_ber=allow_ber,
        allow_stale_crl=allow_stale_crl,
        dg13_optional_since=None if dg13_optional_since is None else _day(dg13_optional_since),
    )
    document, trust = _read(file), _trust(anchors, crls)
    with _bounded_memory():
        result = _verified(document, trust, policy, now)
    click.echo(json.dumps(_told(result), ensure_ascii=False) if as_json else _words(result))
    if not result.accepted:
        raise SystemExit(1)


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """A picture that needs more is refused by its decoder instead of taking the machine along."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _verified(document: bytes, files: "TrustFiles", policy: "ChipPolicy", now: datetime) -> "ChipResult":
    from idp.crypto.chip import trust, verify

    known = trust.load(files)
    for one in known.unusable:
        click.echo(f"not used: {one.name} ({one.why})", err=True)
    for name in known.unreadable_crls:
        click.echo(f"no revocation list: {name}", err=True)
    return verify.verify(document, known, policy, now)


def _policy(challenge: bytes | None, *, required: bool) -> "ChipPolicy":
    """Without a challenge to compare, the upload's own is taken; the verdict says that it is bound to nothing."""
    from idp.crypto.chip.policy import ChipPolicy, Demand

    return ChipPolicy(active_authentication=Demand(required, challenge, any_challenge=challenge is None))


def _trust(anchors: Path, crls: Path | None) -> "TrustFiles":
    from idp.crypto.chip.policy import TrustFiles

    return TrustFiles(_files(anchors), () if crls is None else _files(crls))


def _files(folder: Path) -> tuple[tuple[str, bytes], ...]:
    found = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if len(found) > _MOST_FILES:
        raise Misused(f"{folder} holds more than {_MOST_FILES} files.")
    return tuple((path.name, _read(path)) for path in found)


def _read(path: Path) -> bytes:
    """At most a little more than anything that could be accepted: what is longer is refused for that."""
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_FILE)
    except OSError as reason:
        raise Misused(f"{path} can't be read: {reason.strerror}.") from None


def _octets(text: str) -> bytes:
    try:
        octets = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        octets = b""
    if not 0 < len(octets) <= _LONGEST_CHALLENGE:
        raise Misused("--challenge: not base64.")
    return octets


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Misused("--at: not a time such as 2026-11-28T09:00:00Z.") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misused("--dg13-optional-since: not a day such as 2024-07-01.") from None


def _told(result: "ChipResult") -> dict[str, Any]:
    from idp.crypto.chip.result import to_json

    return to_json(result) | {"sentence": _sentences(result)}


def _sentences(result: "ChipResult") -> dict[str, str]:
    key = "chip.accepted" if result.code is None else f"chip.{result.code}"
    return dict(zip(_LANGUAGES, _in_both(key), strict=True))


def _words(result: "ChipResult") -> str:
    """Vietnamese, with English beside it."""
    lines = list(_sentences(result).values())
    if result.code is not None:
        lines += ["", *_in_both(f"chip.{result.code}.next"), "", f"{result.code}  {result.reason}"]
    told = [(f"chip.field.{name}", value) for name, value in (*_identity(result), *_signers(result))]
    told += [
        ("chip.field.crl", _beside(f"chip.word.{result.crl}")),
        ("chip.field.clone_check", _beside(f"chip.word.{result.clone_check}")),
        *((f"chip.step.{one.name}", _beside(f"chip.word.{one.outcome}")) for one in result.checks),
    ]
    return "\n".join([*lines, "", *(f"{_beside(key)}: {value}" for key, value in told)])


def _identity(result: "ChipResult") -> list[tuple[str, str]]:
    identity = result.identity
    if identity is None:
        return []
    expires = "–" if identity.expires is None else identity.expires.strftime("%d/%m/%Y")
    return [
        ("number", identity.number),
        ("name", identity.name),
        ("birthdate", identity.birthdate),
        ("gender", _beside(f"gender.{identity.gender}")),
        ("expires", expires),
    ]


def _signers(result: "ChipResult") -> list[tuple[str, str]]:
    signed = "–" if result.signed_at is None else result.signed_at.astimezone(VIET_NAM).strftime("%d/%m/%Y")
    named = [("document_signer", result.document_signer), ("authority", result.authority)]
    return [("signed_at", signed), *((name, one.subject) for name, one in named if one is not None)]


def _beside(key: str) -> str:
    return " / ".join(_in_both(key))


def _in_both(key: str) -> list[str]:
    from idp.web.catalogue import translator

    return [translator(lang)(key) for lang in _LANGUAGES]
