"""`idp upstream`: which endpoints and keys of VNeID and of registers count. One account proposes, another approves."""

from typing import TYPE_CHECKING

import click

from idp.commands.shell import Failed, actor, in_hall
from idp.kernel.clock import system_clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from idp.flows.hall import Hall
    from idp.identity.upstream_pin import Pin, Proposal

_OBJECTIONS = {
    "unknown": "That is not what was proposed last: look again with idp upstream show.",
    "same_hand": "Whoever proposed can't approve: another account on this machine has to.",
    "done": "It is approved already.",
}


# The words of idp.flows.upstream_pin.UPSTREAMS, which takes long to import.
_OF = click.option(
    "--of",
    type=click.Choice(["vneid", "population_register"]),
    default="vneid",
    show_default=True,
    help="Which of those who vouch for people.",
)


@click.group()
def upstream() -> None:
    """Endpoints and keys of VNeID and of registers: nothing of them counts before two accounts agreed."""


@upstream.command()
@_OF
def show(of: str) -> None:
    """What counts, what waits for a second account, and what it publishes now."""

    async def work(hall: "Hall") -> None:
        from idp.flows import upstream_pin

        standing = await upstream_pin.standing(hall, system_clock(), of)
        _tell("approved", standing.approved)
        _tell("waiting", standing.waiting)
        if standing.published is None:
            click.echo("published  no usable answer")
        else:
            click.echo(
                f"published  {standing.published.fingerprint}  differs: {', '.join(standing.differs) or 'nothing'}"
            )

    _run(work, of)


@upstream.command()
@_OF
def propose(of: str) -> None:
    """Propose what it publishes at this moment."""

    async def work(hall: "Hall") -> None:
        from idp.flows import upstream_pin

        proposal = await upstream_pin.propose(hall, actor(), system_clock(), of)
        _print(proposal.pin)
        click.echo(f"Compare it with what was announced. Then, from another account: {_approval(proposal, of)}")

    _run(work, of)


@upstream.command()
@click.argument("fingerprint")
@_OF
@click.confirmation_option(prompt="Did you compare keys and addresses with what was announced to you?")
def approve(fingerprint: str, of: str) -> None:
    """Let what another account proposed count from now on."""

    async def work(hall: "Hall") -> None:
        from idp.flows import upstream_pin
        from idp.identity.two_hands import NotApproved

        try:
            proposal = await upstream_pin.approve(hall, fingerprint, actor(), system_clock(), of)
        except NotApproved as reason:
            raise Failed(_OBJECTIONS[reason.objection.value]) from None
        _print(proposal.pin)
        click.echo(f"counts from now on: proposed by {proposal.proposed_by}, approved by {actor()}")

    _run(work, of)


def _run(work: "Callable[[Hall], Awaitable[None]]", of: str) -> None:
    from idp.flows import upstream_pin
    from idp.upstream.errors import UpstreamFailed

    try:
        in_hall(work)
    except upstream_pin.Absent:
        setting = {"vneid": "VNEID_ISSUER", "population_register": "POPULATION_REGISTER_URL"}[of]
        raise Failed(f"This deployment has no connection to {of}: {setting} is not set.") from None
    except UpstreamFailed as failure:
        raise Failed(f"{of} gives no usable answer ({failure.hint}).") from None


def _tell(name: str, proposal: "Proposal | None") -> None:
    if proposal is None:
        click.echo(f"{name:<9}  nothing")
        return
    hands = f"proposed by {proposal.proposed_by} {proposal.proposed_at:%Y-%m-%d %H:%M}Z"
    if proposal.approved_at is not None:
        hands += f", approved by {proposal.approved_by} {proposal.approved_at:%Y-%m-%d %H:%M}Z"
    click.echo(f"{name:<9}  {proposal.pin.fingerprint}  {hands}")


def _print(pin: "Pin") -> None:
    click.echo(f"issuer         {pin.issuer}")
    if pin.authorization_endpoint:
        click.echo(f"authorization  {pin.authorization_endpoint}")
    click.echo(f"{'token' if pin.authorization_endpoint else 'questions':<13}  {pin.token_endpoint}")
    click.echo(f"keys           {pin.jwks_uri}")
    for thumbprint in sorted(pin.thumbprints):
        click.echo(f"  key          {thumbprint}")
    click.echo(f"fingerprint    {pin.fingerprint}")


def _approval(proposal: "Proposal", of: str) -> str:
    return f"idp upstream approve {proposal.pin.fingerprint}" + (f" --of {of}" if of != "vneid" else "")
