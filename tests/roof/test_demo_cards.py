"""The cards that the sandbox prints are believed by the demo, and only those; each time it is filled."""

from dataclasses import replace

from idp.crypto.chip import trust
from idp.crypto.chip.policy import ChipPolicy, Demand
from idp.crypto.chip.verify import verify
from idp.demo import card_authority
from idp.flows import chip_trust
from idp.flows.hall import Hall
from idp.kernel.clock import system_clock
from sandbox.chip import signing
from sandbox.chip.issue import issue, plan
from sandbox.vneid.people import citizens


async def test_a_demo_believes_the_cards_of_its_own_printing_works(hall: Hall) -> None:
    assert await card_authority.fill(hall)
    assert not await card_authority.fill(hall)
    known = trust.load(await chip_trust.files(hall))
    for person in citizens().values():
        issued = issue(plan(person, system_clock(), chip="ec"))
        asked = ChipPolicy(active_authentication=Demand(required=True, challenge=issued.challenge))
        assert verify(issued.document, known, asked, system_clock()).accepted
        forged = issue(replace(plan(person, system_clock()), csca_key=signing.signer("p256", "a forger")))
        assert verify(forged.document, known, ChipPolicy(), system_clock()).code == "dsc_signature_invalid"
