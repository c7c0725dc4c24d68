"""People of a demo who get codes: with a telephone, with a card, and what arrived in the demo's inbox for them."""

import itertools
import re
import time
from dataclasses import dataclass

import httpx
from playwright.async_api import Page

from tests.journeys.demo import PASSWORD, Citizen, Demo
from tests.journeys.relying_party import trust
from tests.journeys.screens import SUBMIT, sign_in

PIN = "704182"
_NUMBERS = itertools.count(1)
_PATIENCE_S = 15
# A sandbox sends the next code to a person after two seconds.
NEXT_CODE_MS = 2100


@dataclass(frozen=True, slots=True)
class Reached(Citizen):
    """A citizen who is reached by `phone` and by e-mail, which is also how they call themselves."""

    phone: str = ""


def reached(demo: Demo) -> Reached:
    """Somebody new, whose telephone and mailbox were proven to be theirs."""
    n = next(_NUMBERS)
    one = Reached("Triệu Thị Nga", f"nga-{n}@trieu.example", PASSWORD, phone=f"+8490577{n:04d}")
    document = {
        "name": one.name,
        "email": one.login,
        "phone_number": one.phone,
        "level": "substantial",
        "password": one.password,
        "claims": {"birthdate": "1977-11-04", "email_verified": True, "phone_number_verified": True},
    }
    demo.idp("people", "add", "--json", "-", given=[document])
    return one


def code_for(demo: Demo, to: str, *, other_than: str = "") -> str:
    """The newest code that arrived there, as soon as it is another one than the last."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        asked = httpx.get(f"{demo.sandbox['outbox']}/messages", params={"to": to}, verify=trust(demo.ca), timeout=10)
        codes = [found[1] for one in asked.json()["messages"] if (found := re.search(r"\b(\d{6})\b", one["text"]))]
        if codes and codes[0] != other_than:
            return codes[0]
        time.sleep(0.1)
    raise AssertionError(f"no code arrived at {to}")


def card_for(demo: Demo, one: Citizen) -> tuple[str, list[str]]:
    """Its number and its codes, as printed at the counter."""
    number, *lines = demo.idp("people", "code-card", one.login, "--pin-stdin", given=int(PIN)).splitlines()
    return number, [line.split(maxsplit=1)[1] for line in lines]


async def switch_on(page: Page, demo: Demo, one: Reached) -> str:
    """Codes by SMS, on one's own pages; the code that was used up."""
    await page.goto(f"{demo.issuer}/account/security/sms-code")
    await sign_in(page, one)
    await page.wait_for_url("**/account/security/sms-code")
    await page.click("button[name=act]")
    code = code_for(demo, one.phone)
    await page.fill("input[name=otp]", code)
    await page.click(SUBMIT)
    await page.wait_for_url("**/account/security?done=added")
    return code


async def asked_number(page: Page) -> int:
    """Which code of the card the page asks for."""
    label = await page.locator("label[for=card_code]").inner_text()
    return int("".join(filter(str.isdigit, label)))
