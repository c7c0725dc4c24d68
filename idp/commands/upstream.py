"""`idp upstream`: which endpoints and keys of VNeID count. One account proposes, another one approves."""

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


@click.group()
def upstream() -> None:
    """Endpoints and keys of VNeID: nothing of them counts before two accounts agreed."""


@upstream.command()
def show() -> None:
    """What counts, what waits for a second account, and what VNeID publishes now."""

    async def work(hall: "Hall") -> None:
        from idp.flows import upstream_pin

        standing = await upstream_pin.standing(hall, system_clock())
        _tell("approved", standing.approved)
        _tell("waiting", standing.waiting)
        if standing.published is None:
            click.echo("published  no usable answer")
        else:
            click.echo(
                f"published  {standing.published.fingerprint}  differs: {', '.join(standing.differs) or 'nothing'}"
            )

    _run(work)


@upstream.command()
def propose() -> None:
    """Propose what VNeID publishes at this moment."""

    async def work(hall: "Hall") -> None:
        from idp.flows import upstream_pin

        proposal = await upstream_pin.propose(hall, actor(), system_clock())
        _print(proposal.pin)
        click.echo(f"Compare it with what VNeID announced. Then, from another account: {_approval(proposal)}")

    _run(work)


@upstream.command()
@click.argument("fingerprint")
@click.confirmation_option(prompt="Did you compare keys and addresses with what VNeID itself announced?")
def approve(fingerprint: str) -> None:
    """Let what another account proposed count from now on."""

    async def work(hall: "Hall") -> None:
        from idp.flows import upstream_pin

        try:
            proposal = await upstream_pin.approve(hall, fingerprint, actor(), system_clock())
        except upstream_pin.NotApproved as reason:
            raise Failed(_OBJECTIONS[reason.objection.value]) from None
        _print(proposal.pin)
        click.echo(f"counts from now on: proposed by {proposal.proposed_by}, approved by {actor()}")

    _run(work)


def _run(work: "Callable[[Hall], Awaitable[None]]") -> None:
    from idp.flows import upstream_pin
    from idp.upstream.errors import UpstreamFailed

    try:
        in_hall(work)
    except upstream_pin.Absent:
        raise Failed("This deployment has no connection to VNeID: VNEID_ISSUER is not set.") from None
    except UpstreamFailed as failure:
        raise Failed(f"VNeID gives no usable answer ({failure.hint}).") from None


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
    click.echo(f"authorization  {pin.authorization_endpoint}")
    click.echo(f"token          {pin.token_endpoint}")
    click.echo(f"keys           {pin.jwks_uri}")
    for thumbprint in sorted(pin.thumbprints):
        click.echo(f"  key          {thumbprint}")
    click.echo(f"fingerprint    {pin.fingerprint}")


def _approval(proposal: "Proposal") -> str:
    return f"idp upstream approve {proposal.pin.fingerprint}"
