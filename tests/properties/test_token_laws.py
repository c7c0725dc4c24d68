"""Laws of codes and refresh families, whatever the order in which anybody asks for anything."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.secret import Secret
from tests.doors.conftest import empty_sqlite, no_public_authorities, sqlite_url
from tests.doors.machine_house import VERIFIER, House, Service, open_house

__all__ = ["empty_sqlite", "no_public_authorities", "sqlite_url"]

SCOPES = ("openid", "profile", "email", "phone", "offline_access")

Tokens = dict[str, Any]


class Village:
    """Two services, one with a grace; made once for all examples of a law."""

    def __init__(self, house: House, strict: Service, lenient: Service) -> None:
        self.house = house
        self.strict = strict
        self.lenient = lenient

    async def living(self, service: Service, refresh_tokens: Iterable[str]) -> int:
        """How many of these tokens anybody could still use."""
        told = [await self.house.introspect(service, token) for token in refresh_tokens]
        return sum(answer["active"] for answer in told)


@pytest.fixture
async def village(sqlite_url: str) -> AsyncIterator[Village]:
    async with open_house(sqlite_url, None) as house:
        yield Village(house, await house.service(), await house.service(refresh_grace=5))


ATTEMPTS = st.lists(st.sampled_from(["right", "right", "verifier", "redirect", "client"]), min_size=1, max_size=6)


@given(attempts=ATTEMPTS)
async def test_a_code_redeems_at_most_once_under_any_interleaving(village: Village, attempts: list[str]) -> None:
    code, _ = await village.house.code(village.strict.client)
    answers = await asyncio.gather(*(_attempt(village, code, kind) for kind in attempts))
    succeeded = [answer for answer in answers if answer is not None]
    assert len(succeeded) <= 1
    if attempts == ["right"]:
        assert len(succeeded) == 1
    if len(attempts) > 1:
        # Whoever else tried held a code that was not theirs to use: nothing that it gave is left.
        assert await village.living(village.strict, [tokens["refresh_token"] for tokens in succeeded]) == 0


async def _attempt(village: Village, code: Secret, kind: str) -> Tokens | None:
    changes = {"verifier": {"code_verifier": VERIFIER[::-1]}, "redirect": {"redirect_uri": "https://x.example/"}}
    service = village.lenient if kind == "client" else village.strict
    answer = await village.house.redeem(service, code, **changes.get(kind, {}))
    return answer.json() if answer.status_code == 200 else None


STEPS = st.lists(st.tuples(st.integers(min_value=0), st.integers(min_value=0, max_value=9)), max_size=8)


@given(steps=STEPS, with_grace=st.booleans())
async def test_a_refresh_family_has_at_most_one_living_member(
    village: Village, steps: list[tuple[int, int]], with_grace: bool
) -> None:
    service = village.lenient if with_grace else village.strict
    seen = [(await village.house.tokens(service))["refresh_token"]]
    reused = False
    for choice, seconds in steps:
        village.house.pass_time(seconds=seconds)
        token = seen[choice % len(seen)]
        answer = await village.house.refresh(service, token)
        if answer.status_code == 200:
            assert not reused
            successor = answer.json()["refresh_token"]
            seen += [successor] if successor not in seen else []
        else:
            reused = True
        assert await village.living(service, seen) == (0 if reused else 1)


@given(
    asked=st.lists(st.lists(st.sampled_from(SCOPES), max_size=4), max_size=5), granted=st.sets(st.sampled_from(SCOPES))
)
async def test_scope_never_grows(village: Village, asked: list[list[str]], granted: set[str]) -> None:
    scope = ("openid", *sorted(granted - {"openid"}))
    tokens = await village.house.tokens(village.strict, scope=scope)
    for each in asked:
        more = {"scope": " ".join(each)} if each else {}
        answer = await village.house.refresh(village.strict, tokens["refresh_token"], **more)
        if set(each) <= set(scope):
            tokens = answer.json()
            assert set(tokens["scope"].split()) == set(each or scope)
        else:
            assert answer.json()["error"] == "invalid_scope"
