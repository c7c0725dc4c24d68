"""The demo's trust in cards: the sandbox's printing works, on which two hands agreed, and nobody else."""

from typing import Final

from idp.flows import chip_trust
from idp.flows.hall import Hall
from idp.kernel.clock import system_clock

# Two hands, as everywhere.
_PROPOSES, _APPROVES = "demo", "demo:second"
# RSA keys of the printing works are made anew in each run, so that nobody can agree to them beforehand.
_ALGORITHMS: Final = ("p256", "p384", "p521", "bp256-explicit", "bp384-explicit", "bp512-explicit")


async def fill(hall: Hall) -> bool:
    """Whether they were new. Idempotent: what somebody agreed to meanwhile stays."""
    if (await chip_trust.standing(hall)).approved is not None:
        return False
    from sandbox.chip import authority, signing

    now = system_clock()
    signers = [(name, signing.signer(name, "csca")) for name in _ALGORITHMS]
    anchors = [(name, authority.authority(now).written(signer, signer)) for name, signer in signers]
    proposed = await chip_trust.propose(hall, anchors, _PROPOSES, now)
    await chip_trust.approve(hall, proposed.proposal.fingerprint, _APPROVES, now)
    return True
