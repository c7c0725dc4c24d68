"""Receipts as their owner gets them: complete, signed, and still to be checked when the keys have gone on."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idp.audit import kinds
from idp.cli import main
from idp.crypto.signing_keys import Archive, KeyState, Retire, generate
from idp.flows.compromise_key import compromise
from tests.doors.little_browser import Browser, Page
from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, terms_of

SCOPE = "openid profile email phone"


@pytest.fixture
async def lai(town: PeopleHouse) -> Citizen:
    return await town.citizen()


@pytest.fixture
async def shop(town: PeopleHouse) -> Service:
    return await town.register(terms=terms_of(profile="task", email="consent", phone="optional"))


async def receipt_of(town: PeopleHouse, browser: Browser) -> Page:
    page = await browser.get("/account/services")
    return await browser.get(page.link("/account/receipts/"))


async def saved(town: PeopleHouse, browser: Browser, page: Page, folder: Path) -> tuple[Path, list[str]]:
    """The receipt as a file, and the keys as somebody keeps them who does not trust us to be there tomorrow."""
    file = await browser.get(page.link("/file"))
    assert file.response.headers["content-type"] == "application/jose"
    assert file.response.headers["cache-control"] == "no-store"
    assert "attachment" in file.response.headers["content-disposition"]
    path = folder / "receipt.jws"
    path.write_text(file.response.text + "\n")
    return path, await keys(town, folder)


async def keys(town: PeopleHouse, folder: Path) -> list[str]:
    told = []
    for name in ("jwks", "jwks/history"):
        answer = await town.http.get(f"/{name}")
        assert answer.status_code == 200, name
        saved_keys = folder / f"{name.replace('/', '-')}.json"
        saved_keys.write_bytes(answer.content)
        told += ["--keys", str(saved_keys)]
    return told


def verify(path: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["receipts", "verify", str(path), *options])


def verdict(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


async def end_signing_key(town: PeopleHouse) -> None:
    """As after months: another key signs, the old one stands in the history alone."""
    kid = town.hall.keys.ring.signer("ES256", town.now).kid
    following = generate("ES256", town.now, town.now, town.hall.vault)
    async with town.hall.db.unaudited_tx() as tx:
        await tx.keys.add(replace(following, state=KeyState.ACTIVE))
        await tx.keys.apply(Retire(kid, town.now))
        await tx.keys.apply(Archive(kid))
    town.pass_time(seconds=5)
    await town.hall.keys.reload(town.now)


async def test_a_receipt_says_what_was_told_agreed_and_refused(
    town: PeopleHouse, lai: Citizen, shop: Service, tmp_path: Path
) -> None:
    browser = town.browser()
    await town.walk(browser, shop, lai, scope=SCOPE)
    page = await receipt_of(town, browser)
    for said in ("Nhiệm vụ theo luật", "Bạn đồng ý", "Email", "Bạn không cho phép", "Số điện thoại", "Điều 9 Luật mẫu"):
        assert said in page.text
    path, known = await saved(town, browser, page, tmp_path)
    done = verify(path, *known)
    assert done.exit_code == 0, done.output
    told = verdict(done)
    assert (told["verdict"], told["iss"]) == ("accepted", town.origin)
    receipt = told["consent_receipt"]
    given = {one["piiCategory"][0]: (one["consentType"], one["given"]) for one in receipt["services"][0]["purposes"]}
    assert given["email"] == ("EXPLICIT", True)
    assert given["phone_number"] == ("EXPLICIT", False)
    assert ("NOTICE", True) in given.values()
    assert receipt["services"][0]["serviceId"] == shop.client.client_id
    assert receipt["piiPrincipalId"], "the name by which the service knows its owner"
    assert lai.person.id not in done.output
    assert lai.name not in done.output


async def test_a_withdrawal_has_a_receipt_that_names_the_one_it_ends(
    town: PeopleHouse, lai: Citizen, shop: Service, tmp_path: Path
) -> None:
    browser = town.browser()
    await town.walk(browser, shop, lai, scope=SCOPE)
    given = (await town.events(kinds.CONSENT_GIVEN))[0].changed["receipt_id"]
    page = await browser.get("/account/services")
    await browser.submit(page, "withdraw", withdraw=shop.client.client_id)
    withdrawn = (await town.events(kinds.CONSENT_WITHDRAWN))[0].changed["receipt_id"]
    page = await browser.get(f"/account/receipts/{withdrawn}")
    assert "Những gì bạn đã rút lại" in page.text
    path, known = await saved(town, browser, page, tmp_path)
    told = verdict(verify(path, *known))["consent_receipt"]
    assert told["event"]["eventType"] == "withdrawn"
    assert told["event"]["recordIds"] == [given]
    history = await browser.get("/account/history?show=changes")
    assert "Bạn rút lại sự đồng ý" in history.text


async def test_a_receipt_is_checked_offline_after_its_key_has_retired(
    town: PeopleHouse, lai: Citizen, shop: Service, tmp_path: Path
) -> None:
    browser = town.browser()
    await town.walk(browser, shop, lai, scope=SCOPE)
    path, before = await saved(town, browser, await receipt_of(town, browser), tmp_path)
    assert verify(path, *before).exit_code == 0
    await end_signing_key(town)
    after = await keys(town, tmp_path)
    assert verify(path, *after).exit_code == 0, "the history knows the key"
    assert verify(path, *after[:2]).exit_code == 1, "the JWKS does not any more"
    again, _ = await saved(town, browser, await receipt_of(town, browser), tmp_path)
    assert verify(again, *after[:2]).exit_code == 0, "a new copy is signed by the new key"


async def test_a_receipt_that_was_touched_forged_or_signed_for_something_else_is_refused(
    town: PeopleHouse, lai: Citizen, shop: Service, tmp_path: Path
) -> None:
    browser = town.browser()
    tokens = await town.tokens_of(browser, shop, lai, scope=SCOPE)
    path, known = await saved(town, browser, await receipt_of(town, browser), tmp_path)
    genuine = path.read_text().strip()
    header, payload, signature = genuine.split(".")
    for odd in (
        f"{header}.{payload[:-3]}AAA.{signature}",
        f"{header}.{payload}.",
        f"{header}.{payload}",
        "",
        "không phải biên nhận",
        "A" * 2_000_000,
        tokens["id_token"],
        tokens["access_token"],
    ):
        path.write_text(odd)
        done = verify(path, *known)
        assert done.exit_code == 1, odd[:40]
        assert verdict(done)["verdict"] == "refused"
    path.write_text(genuine)
    assert verify(path, "--keys", str(path)).exit_code == 2
    assert verify(tmp_path / "none", *known).exit_code == 2


async def test_the_receipts_of_a_compromised_key_are_refused_and_made_anew(
    town: PeopleHouse, lai: Citizen, shop: Service, tmp_path: Path
) -> None:
    browser = town.browser()
    await town.walk(browser, shop, lai, scope=SCOPE)
    path, _ = await saved(town, browser, await receipt_of(town, browser), tmp_path)
    kid = town.hall.keys.ring.signer("ES256", town.now).kid
    hall = town.hall
    assert await compromise(hall.db, hall.vault, hall.policies.rotation, kid, actor="test", reason="lost")
    await hall.keys.reload(town.now)
    done = verify(path, *(await keys(town, tmp_path)))
    assert (done.exit_code, verdict(done)["code"]) == (1, "key_compromised")


async def test_nobody_sees_a_receipt_of_somebody_else(town: PeopleHouse, lai: Citizen, shop: Service) -> None:
    browser, other = town.browser(), town.browser()
    await town.walk(browser, shop, lai, scope=SCOPE)
    rin = await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin", email="rin@thu.example.vn")
    await town.sign_in(other, await other.get("/account"), rin)
    receipt = (await town.events(kinds.CONSENT_GIVEN))[0].changed["receipt_id"]
    for path in (receipt, receipt[:-1], "x" * 3000, "%00"):
        assert (await other.get(f"/account/receipts/{path}")).status == 404
        assert (await other.get(f"/account/receipts/{path}/file")).status == 404
