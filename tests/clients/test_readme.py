"""The README's ten lines, run as they stand there."""

import re
from pathlib import Path
from typing import Any

import httpx

from tests.clients.conftest import BASE_URL
from tests.clients.fake_provider import FakeProvider

README = Path(__file__).parents[2] / "clients" / "sdk" / "README.md"


def _ten_lines() -> str:
    found = re.search(r"## Ten lines.*?```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_there_are_ten_of_them() -> None:
    assert len([line for line in _ten_lines().splitlines() if line.strip()]) <= 10


async def test_they_bring_a_service_aboard(provider: FakeProvider) -> None:
    names: dict[str, Any] = {
        "ISSUER": provider.issuer,
        "CLIENT_ID": "shop",
        "CLIENT_SECRET": "shop-secret",
        "BASE_URL": BASE_URL,
    }
    exec(compile(_ten_lines(), str(README), "exec"), names)  # noqa: S102 (what the README says is what is tested)
    relying_party = names["login"].relying_party
    relying_party.provider.http["transport"] = provider.transport
    async with httpx.AsyncClient(transport=httpx.ASGITransport(names["app"]), base_url=BASE_URL) as browser:
        to_sign_in = await browser.get("/")
        to_provider = await browser.get(to_sign_in.headers["location"])
        answer = provider.authorize(to_provider.headers["location"])
        assert (await browser.get("/sign-in/callback", params=answer)).headers["location"] == "/"
        told = (await browser.get("/")).json()
    assert told == {"sub": "s-lai", "name": "Phạm Thị Lài", "level": "low"}
