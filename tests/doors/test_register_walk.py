"""A walk at random: questions are asked, the register behaves and misbehaves, time passes, nodes look after what waits.

However it goes, no case hears anything that the register did not say, none hears it twice, and in the end all have
heard it.
"""

import asyncio
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.identity.register import Verdict
from sandbox.population_register.faults import Fault
from tests.doors.register_house import LAI, RIN, RegisterHouse, question

FAULTS = [
    *(Fault.NONE, Fault.ERROR_500, Fault.OK_WITH_ERROR, Fault.GARBAGE, Fault.WRONG_SIGNATURE, Fault.WRONG_NONCE),
    *(Fault.STALE, Fault.TOO_MANY, Fault.PENDING),
]
# What the register does now, which case asks then, how long it waits, and how many nodes look after it.
STEPS = st.tuples(st.sampled_from(FAULTS), st.integers(0, 4), st.sampled_from([0, 10, 400]), st.integers(0, 3))
# Each case is of one person, whose truth is known: LAI's agrees, RIN's is told with another name.
TRUTH = {n: Verdict.MATCH if n % 2 == 0 else Verdict.MISMATCH for n in range(5)}


async def settle(house: RegisterHouse) -> None:
    """The register is well, and time passes."""
    await house.fault(Fault.NONE)
    for _ in range(12):
        house.pass_time(minutes=10)
        while await house.ask_due():
            pass


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=9))
async def test_every_case_hears_the_truth_once_whatever_happens_on_the_way(
    register_town: RegisterHouse, steps: list[tuple[Fault, int, int, int]]
) -> None:
    house, round_ = register_town, str(register_town.now.timestamp())
    people = [await house.bearer(one) for one in (LAI, RIN)]
    house.waiting.told.clear()
    asked: set[int] = set()
    for fault, n, seconds, nodes in steps:
        await house.fault(fault)
        # A case that has its answer does not ask again.
        if f"{round_}-{n}" not in {case for case, _ in house.waiting.told}:
            said = question(LAI) if n % 2 == 0 else question(RIN, name="Đinh Văn Rin Khác")
            await house.inquire(people[n % 2], said, f"{round_}-{n}")
            asked.add(n)
        house.pass_time(seconds=seconds)
        await asyncio.gather(*(house.ask_due() for _ in range(nodes)))
    await settle(house)
    assert Counter(case for case, _ in house.waiting.told) == Counter(f"{round_}-{n}" for n in asked)
    assert {case: answer.verdict for case, answer in house.waiting.told} == {f"{round_}-{n}": TRUTH[n] for n in asked}
