"""`idp trust`: which authorities stand behind chips, agreed on by two accounts, and their lists of revoked signers."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idp.commands.shell import Failed, actor, in_hall
from idp.kernel.clock import system_clock

if TYPE_CHECKING:
    from idp.flows.hall import Hall
    from idp.identity.chip_trust import AnchorProposal
    from idp.storage.chip_trust import KeptCrl

_LARGEST = 16 * 1024 * 1024
_OBJECTIONS = {
    "unknown": "That is not what was proposed last: look again with idp trust list.",
    "same_hand": "Whoever proposed can't approve: another account on this machine has to.",
    "done": "It is approved already.",
}
_FAULTS = {
    "nothing_usable": "No certificate of an authority can be used in these files.",
    "unreadable": "That is not one revocation list.",
    "unsigned": "No approved authority has signed this list.",
    "not_current": "This list is not of today: its time is over, or has not come.",
    "older": "A newer list of this authority is here already.",
}
_FILES = click.Path(exists=True, path_type=Path)


@click.group()
def trust() -> None:
    """Authorities for chips of identity cards: none counts before two accounts agreed."""


@trust.command()
@click.argument("paths", nargs=-1, required=True, type=_FILES)
def propose(paths: tuple[Path, ...]) -> None:
    """Propose the certificates in PATHS (files or folders, DER or PEM) as all that shall count from now on."""

    async def work(hall: "Hall") -> None:
        from idp.flows import chip_trust

        try:
            proposed = await chip_trust.propose(hall, _files(paths), actor(), system_clock())
        except chip_trust.NotImported as reason:
            raise Failed(_FAULTS[reason.fault.value]) from None
        for one in proposed.unusable:
            click.echo(f"not usable     {one.name} ({one.why})")
        _print(proposed.proposal)
        click.echo(f"added          {len(proposed.difference.added)}")
        click.echo(f"removed        {len(proposed.difference.removed)}")
        click.echo(
            "Compare them with what the State published. Then, from another account: "
            f"idp trust approve {proposed.proposal.fingerprint}"
        )

    in_hall(work)


@trust.command()
@click.argument("fingerprint")
@click.confirmation_option(prompt="Did you compare the certificates with what the State itself published?")
def approve(fingerprint: str) -> None:
    """Let what another account proposed count from now on."""

    async def work(hall: "Hall") -> None:
        from idp.flows import chip_trust
        from idp.identity.two_hands import NotApproved

        try:
            proposal = await chip_trust.approve(hall, fingerprint, actor(), system_clock())
        except NotApproved as reason:
            raise Failed(_OBJECTIONS[reason.objection.value]) from None
        click.echo(f"counts from now on: proposed by {proposal.proposed_by}, approved by {actor()}")

    in_hall(work)


@trust.command(name="list")
def list_() -> None:
    """What counts, what waits for a second account, and until when the revocation lists are good."""

    async def work(hall: "Hall") -> None:
        from idp.flows import chip_trust

        standing = await chip_trust.standing(hall)
        for word, proposal in (("approved", standing.approved), ("waiting", standing.waiting)):
            click.echo(f"{word:<9}  " + ("nothing" if proposal is None else _hands(proposal)))
            if proposal is not None:
                _print(proposal)
        for kept in standing.crls:
            click.echo(_line(kept))

    in_hall(work)


@trust.command()
@click.argument("paths", nargs=-1, required=True, type=_FILES)
def crl(paths: tuple[Path, ...]) -> None:
    """Import revocation lists. What was verified by a signer on one of them ends at once."""

    async def work(hall: "Hall") -> None:
        from idp.flows import chip_trust

        failed = False
        for name, der in _files(paths):
            try:
                done = await chip_trust.import_crl(hall, der, actor(), system_clock())
            except chip_trust.NotImported as reason:
                failed = True
                click.echo(f"{name}: {_FAULTS[reason.fault.value]}", err=True)
            else:
                click.echo(f"{name}: {done.name}; verifications that ended: {done.withdrawn}")
        if failed:
            raise Failed("Not every list was imported.")

    in_hall(work)


def _files(paths: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            if file.is_file():
                try:
                    with file.open("rb") as opened:
                        yield file.name, opened.read(_LARGEST)
                except OSError as reason:
                    raise Failed(f"{file} can't be read: {reason.strerror}.") from None


def _print(proposal: "AnchorProposal") -> None:
    from idp.crypto.chip import certificates

    for der in proposal.anchors.certificates:
        one = certificates.read(der)
        click.echo(f"authority      {one.name}  {one.not_before:%Y-%m-%d} – {one.not_after:%Y-%m-%d}")
        click.echo(f"  SHA-256      {one.sha256}")
    click.echo(f"fingerprint    {proposal.fingerprint}")


def _hands(proposal: "AnchorProposal") -> str:
    hands = f"proposed by {proposal.proposed_by} {proposal.proposed_at:%Y-%m-%d %H:%M}Z"
    if proposal.approved_at is not None:
        hands += f", approved by {proposal.approved_by} {proposal.approved_at:%Y-%m-%d %H:%M}Z"
    return hands


def _line(kept: "KeptCrl") -> str:
    until = "no end" if kept.next_update is None else f"{kept.next_update:%Y-%m-%d %H:%M}Z"
    return f"list       {kept.name}  {kept.this_update:%Y-%m-%d %H:%M}Z – {until}  imported by {kept.imported_by}"
