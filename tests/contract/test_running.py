"""The contract, "Running": what the demo tells, whom it knows, and that it may be told more while it runs."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner

from idp.cli import main
from idp.settings import load, settings_fields
from tests.journeys.demo import Citizen, Demo
from tests.journeys.relying_party import RelyingParty, trust
from tests.journeys.walking import visiting, walk
from tests.stand.node import ROOT

STANDARD_CLAIMS = {
    *("sub", "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile"),
    *("picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"),
    *("email", "email_verified", "address", "phone_number", "phone_number_verified"),
}


def test_sandbox_json_has_the_shape_that_programs_rely_on(demo: Demo) -> None:
    told = demo.sandbox
    assert set(told) == {
        *("issuer", "ca", "people", "officers", "clients", "services"),
        *("initial_access_token", "outbox"),
    }
    assert told["issuer"].startswith("http://localhost:")
    assert told["ca"] is None
    for person in told["people"]:
        assert set(person) == {"login", "password", "name", "acr", "totp_secret"}
        assert person["acr"].startswith(f"{demo.issuer}/loa/")
    members = {
        *("client_id", "client_secret", "token_endpoint_auth_method", "redirect_uris", "post_logout_redirect_uris"),
        *("id_token_signed_response_alg", "require_pkce", "resource"),
    }
    assert all(members <= set(client) for client in told["clients"])
    assert [set(service) for service in told["services"]] == [{"name", "url"}] * 3
    # Another site than the issuer's: cookies of the one never reach the other.
    assert all(service["url"].startswith("http://127.0.0.1:") for service in told["services"])
    assert isinstance(told["officers"], list)


def test_the_file_is_for_its_owner_alone(demo: Demo) -> None:
    assert stat.S_IMODE((demo.folder / "sandbox.json").stat().st_mode) == 0o600


def test_over_tls_it_names_the_authority_to_trust(demo_over_tls: Demo) -> None:
    assert demo_over_tls.issuer.startswith("https://localhost:")
    assert demo_over_tls.ca is not None
    found = httpx.get(
        f"{demo_over_tls.issuer}/.well-known/openid-configuration", verify=trust(demo_over_tls.ca), timeout=30
    )
    assert found.json()["issuer"] == demo_over_tls.issuer


def test_at_least_three_people_need_no_second_factor(demo: Demo) -> None:
    assert sum(person["totp_secret"] is None for person in demo.sandbox["people"]) >= 3


async def test_nothing_interrupts_whoever_has_no_second_factor(demo: Demo) -> None:
    """Sign-in, at most consent, and back at the service: no page that wants them to enrol something."""
    service = demo.register(scope="openid")
    people = [
        Citizen(one["name"], one["login"], one["password"]) for one in demo.sandbox["people"] if not one["totp_secret"]
    ]
    for citizen in people:
        async with visiting(demo) as browser:
            page = await browser.get(service.address(scope="openid"))
            page = await browser.submit(page, "username", username=citizen.login, password=citizen.password)
            assert page.is_answer, citizen.name
            assert page.answer["code"]


async def test_each_person_reaches_the_level_that_the_file_says(demo: Demo) -> None:
    service = demo.register(scope="openid")
    for told in demo.sandbox["people"]:
        citizen = Citizen(told["name"], told["login"], told["password"], told["totp_secret"])
        async with visiting(demo) as browser:
            page = await walk(browser, service.address(scope="openid", acr_values=told["acr"]), citizen)
            claims = service.claims(service.tokens(page.answer)["id_token"])
            assert claims["acr"] == told["acr"], citizen.name


async def test_one_of_them_carries_every_standard_claim(demo: Demo) -> None:
    service = demo.register(scope="openid profile email phone address")
    without = [one for one in demo.sandbox["people"] if not one["totp_secret"]]
    found: list[set[str]] = []
    for told in without:
        async with visiting(demo) as browser:
            citizen = Citizen(told["name"], told["login"], told["password"])
            page = await walk(browser, service.address(scope="openid profile email phone address"), citizen)
            token = service.tokens(page.answer)["access_token"]
            found.append({name for name, value in service.userinfo(token).json().items() if value not in (None, "")})
    assert any(claims >= STANDARD_CLAIMS for claims in found), [STANDARD_CLAIMS - claims for claims in found]


async def test_a_person_who_is_added_while_it_runs_signs_in_at_once(demo: Demo, tmp_path: Path) -> None:
    added = Citizen("Nguyễn Thị Ngọc Ước", "ngoc.uoc@quangngai.example", "lúa chín vàng 1968")
    file = tmp_path / "person.json"
    document = {"name": added.name, "email": added.login, "password": added.password, "level": "low"}
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    demo.idp("people", "add", "--json", str(file))
    async with visiting(demo) as browser:
        page = await walk(browser, demo.register(scope="openid").address(scope="openid"), added)
        assert page.answer["code"]


async def test_commands_find_the_demo_of_their_folder_without_any_setting(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo").symlink_to(demo.folder)
    added = Citizen("Trần Thị Mai", "thi.mai.tran@quangngai.example", "sóng biển Mỹ Khê")
    document = {"name": added.name, "email": added.login, "password": added.password}
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "idp", "people", "add", "--json", "-"]
    subprocess.run(command, cwd=tmp_path, env=bare, input=json.dumps(document).encode(), check=True)
    async with visiting(demo) as browser:
        assert (await walk(browser, demo.register(scope="openid").address(scope="openid"), added)).answer["code"]


async def test_a_client_that_is_added_while_it_runs_works_at_once(demo: Demo, tmp_path: Path) -> None:
    await _added_client_works(demo, tmp_path)


async def test_a_client_added_beside_postgresql_and_redis_works_at_once(demo_on_postgres: Demo, tmp_path: Path) -> None:
    await _added_client_works(demo_on_postgres, tmp_path)


async def _added_client_works(demo: Demo, tmp_path: Path) -> None:
    metadata: dict[str, Any] = {
        "client_id": "a-harness-of-another-team",
        "client_name": "Máy thử của nhóm khác",
        "redirect_uris": ["http://127.0.0.1:8191/callback"],
        "scope": "openid profile",
        "id_token_signed_response_alg": "ES256",
    }
    file = tmp_path / "client.json"
    file.write_text(json.dumps(metadata, ensure_ascii=False), encoding="utf-8")
    # The provider has already been asked for it, and must not go on believing that there is none.
    unknown = httpx.get(f"{demo.issuer}/authorize", params={"client_id": metadata["client_id"]}, timeout=30)
    assert unknown.status_code == 400
    answer = json.loads(demo.idp("clients", "add", "--json", str(file)))
    assert answer["client_id"] == metadata["client_id"]
    service = RelyingParty(demo.issuer, answer, demo.ca)
    async with visiting(demo) as browser:
        page = await walk(browser, service.address(), demo.newcomer())
        assert service.claims(service.tokens(page.answer)["id_token"])["nonce"]


async def test_lenient_throttling_for_loopback(demo: Demo) -> None:
    """A harness may fail often without being made to wait."""
    service, citizen = demo.client("harness-basic"), demo.newcomer()
    wrong = ("harness-basic", "wrong")
    for _ in range(20):
        refused = httpx.post(f"{demo.issuer}/token", data={"grant_type": "client_credentials"}, auth=wrong, timeout=30)
        assert refused.status_code == 401
    assert service.post("/token", grant_type="client_credentials").status_code == 200
    async with visiting(demo) as browser:
        page = await browser.get(demo.register(scope="openid").address(scope="openid"))
        for _ in range(12):
            page = await browser.submit(page, "username", username=citizen.login, password="wrong")
            assert page.has_form("password"), page.text
        page = await browser.submit(page, "username", username=citizen.login, password=citizen.password)
        assert page.answer["code"]


def test_ports_and_settings_have_the_names_and_defaults_of_the_contract() -> None:
    names = {one.metadata["name"] for one in settings_fields()}
    assert {"HOST", "PORT", "TLS", "CA", "DATABASE_URL", "REDIS_URL", "ISSUER"} <= names
    assert (load({}).port, load({}).issuer) == (8000, "http://localhost:8000")
    told = CliRunner().invoke(main, ["demo", "--help"]).output
    assert "8101" in told
    assert "var/demo" in told
