"""What keeps production from serving: each danger alone is enough, and the sandbox is only warned of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idp.checks import Finding, State, of_content, of_schema, of_settings
from idp.composition import hall_of
from idp.demo import certificates
from idp.flows import clients_manifest, manage_clients, people
from idp.flows.client_document import read_registration
from idp.flows.hall import Hall
from idp.flows.person_document import read
from idp.health_of_node import examine
from idp.kernel.clock import system_clock
from idp.protocol.client import ClientState
from sandbox.population_register import certificates as register_certificates
from sandbox.population_register.certificates import Folder
from tests.roof.conftest import Deployment

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PERSON = {"name": "Trần Quốc Đạt", "national_id": "051085990156", "password": "cam-thanh-1985"}


def failed(findings: list[Finding]) -> set[str]:
    return {one.name for one in findings if one.state is State.FAIL}


def warned(findings: list[Finding]) -> set[str]:
    return {one.name for one in findings if one.state is State.WARN}


def test_a_sound_deployment_is_refused_nothing(deployment: Deployment) -> None:
    settings = deployment.settings()
    assert failed([*of_settings(settings, NOW), *of_schema(settings)]) == set()


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"ISSUER": "http://dangnhap.example.vn"}, "issuer"),
        ({"IDP_TLS_PROXY": ""}, "tls"),
        ({"TLS": "1"}, "tls"),
        ({"IDP_WORKERS": "2"}, "workers"),
        ({"IDP_WORKERS": "2", "DATABASE_URL": "postgresql://127.0.0.1/none"}, "workers"),
        ({"KEYS_DIR": "/nowhere/at/all"}, "keys"),
        ({"IDP_ACCESS_TOKEN_LIFETIME": "24h"}, "keys"),
    ],
)
def test_each_danger_is_refused_with_what_to_do(deployment: Deployment, changed: dict[str, str], refused: str) -> None:
    findings = list(of_settings(deployment.settings(**changed), NOW))
    assert failed(findings) == {refused}
    assert all(one.remedy for one in findings if one.state is not State.OK)


def test_production_without_channels_serves_and_is_warned(deployment: Deployment) -> None:
    assert {"e-mail", "sms"} <= warned(list(of_settings(deployment.settings(), NOW)))
    channels = {"SMTP_URL": "smtps://mail.example.vn", "MAIL_FROM": "khong-tra-loi@example.vn"}
    channels |= {"SMS_GATEWAY_URL": "https://sms.example.vn/messages", "SMS_GATEWAY_TOKEN": "x"}
    assert not {"e-mail", "sms"} & warned(list(of_settings(deployment.settings(**channels), NOW)))
    plain = channels | {"SMS_GATEWAY_URL": "http://sms.example.vn/messages"}
    assert failed(list(of_settings(deployment.settings(**plain), NOW))) == {"sms"}


def test_the_sandbox_may_do_what_only_production_refuses(deployment: Deployment) -> None:
    settings = deployment.settings(IDP_PROFILE="sandbox", ISSUER="http://localhost:8000", IDP_TLS_PROXY="")
    findings = list(of_settings(settings, NOW))
    assert failed(findings) == set()
    assert "profile" in warned(findings)


@pytest.mark.parametrize("place", ["data/keys", "data", "."])
def test_keys_beside_the_database_are_refused(deployment: Deployment, place: str) -> None:
    target = deployment.folder / place
    if place != ".":
        target.mkdir(exist_ok=True)
    target.chmod(0o700)
    for file in (deployment.folder / "keys").iterdir():
        file.rename(target / file.name)
    settings = deployment.settings(KEYS_DIR=str(target))
    assert failed(list(of_settings(settings, NOW))) == {"keys"}


@pytest.mark.parametrize("name", ["", "kek-0001.key", "server.key"])
def test_keys_that_others_can_read_are_refused(deployment: Deployment, name: str) -> None:
    (deployment.folder / "keys" / name).chmod(0o755 if not name else 0o644)
    assert failed(list(of_settings(deployment.settings(), NOW))) == {"keys"}


def test_a_certificate_that_ends_is_told_before_and_refused_after(deployment: Deployment, tmp_path: Path) -> None:
    _, certificate, key = certificates.make(tmp_path / "tls", ["dangnhap.example.vn"], NOW)
    settings = deployment.settings(TLS="1", IDP_TLS_CERT=str(certificate), IDP_TLS_KEY=str(key))
    assert "tls" not in failed(list(of_settings(settings, NOW))) | warned(list(of_settings(settings, NOW)))
    assert "tls" in warned(list(of_settings(settings, NOW + timedelta(days=360))))
    assert failed(list(of_settings(settings, NOW + timedelta(days=366)))) == {"tls"}


def register_settings(folder: Folder, **changed: str) -> dict[str, str]:
    return {
        "POPULATION_REGISTER_URL": "https://dancu.example.vn",
        "POPULATION_REGISTER_CLIENT_ID": "quang-ngai",
        "POPULATION_REGISTER_CA": str(folder.ca),
        "POPULATION_REGISTER_CERT": str(folder.client),
        "POPULATION_REGISTER_KEY": str(folder.client_key),
        "POPULATION_REGISTER_SIGNING_KEY": str(folder.signing_key),
        **changed,
    }


def test_a_register_whose_files_can_not_be_used_is_refused_and_one_that_ends_is_told(
    deployment: Deployment, tmp_path: Path
) -> None:
    folder = register_certificates.make(tmp_path / "register", "dancu.example.vn", NOW)
    sound = deployment.settings(**register_settings(folder))
    assert "population_register" not in failed(list(of_settings(sound, NOW))) | warned(list(of_settings(sound, NOW)))
    for moment in (NOW + timedelta(days=360), NOW + timedelta(days=400)):
        findings = list(of_settings(sound, moment))
        assert "population_register" in warned(findings), "its end makes questions wait, and stops nobody's sign-in"
        assert failed(findings) == set()
    for name in ("CA", "CERT", "KEY", "SIGNING_KEY"):
        broken = deployment.settings(**register_settings(folder, **{f"POPULATION_REGISTER_{name}": "/nowhere.pem"}))
        assert failed(list(of_settings(broken, NOW))) == {"population_register"}
    for key in (folder.client_key, folder.signing_key):
        key.chmod(0o640)
        assert failed(list(of_settings(sound, NOW))) == {"population_register"}
        key.chmod(0o600)


async def test_the_hall_has_a_register_where_the_settings_name_one(deployment: Deployment, tmp_path: Path) -> None:
    folder = register_certificates.make(tmp_path / "register", "dancu.example.vn")
    async with hall_of(deployment.settings(**register_settings(folder)), system_clock) as hall:
        assert hall.population_register is not None
        assert hall.population_register.issuer == "https://dancu.example.vn"


def test_a_database_without_this_schema_is_refused(deployment: Deployment) -> None:
    assert failed(list(of_schema(deployment.settings(DATABASE_URL="sqlite:////nowhere/idp.db")))) == {"database"}
    assert failed(list(of_schema(deployment.settings(DATABASE_URL="mysql://x/y")))) == {"database"}
    dead = deployment.settings(DATABASE_URL="postgresql://postgres@127.0.0.1:1/none")
    assert failed(list(of_schema(dead))) == {"database"}


async def test_people_tokens_and_addresses_of_a_sandbox_are_refused_in_production(
    sandbox_hall: Hall, hall: Hall
) -> None:
    assert failed(await of_content(hall, NOW)) == set()
    await people.add(sandbox_hall, read(PERSON, NOW.date()), actor="test", now=NOW)
    await manage_clients.issue_initial_access_token(
        sandbox_hall, "harness", ["approve"], timedelta(days=1), None, actor="test", now=NOW
    )
    document = {"redirect_uris": ["http://127.0.0.1:8190/callback"]}
    described = read_registration(document, sandbox_hall.policies.protocol, NOW, "harness")
    planned = await clients_manifest.plan(sandbox_hall, [described], {})
    await clients_manifest.apply(sandbox_hall, planned, actor="test", now=NOW)

    assert failed(await of_content(hall, NOW)) == {"people", "initial access tokens", "clients"}
    assert failed(await of_content(sandbox_hall, NOW)) == set()
    assert warned(await of_content(sandbox_hall, NOW)) == {"people", "initial access tokens", "clients"}
    await manage_clients.set_state(hall, "harness", ClientState.DISABLED, actor="test", reason="x", now=NOW)
    later = NOW + timedelta(days=2)
    assert failed(await of_content(hall, later)) == {"people"}


async def test_a_native_app_may_have_its_loopback_in_production(hall: Hall) -> None:
    document = {"redirect_uris": ["http://127.0.0.1/callback"], "application_type": "native"}
    document |= {"token_endpoint_auth_method": "none"}
    described = read_registration(document, hall.policies.protocol, NOW, "native")
    await clients_manifest.apply(hall, await clients_manifest.plan(hall, [described], {}), actor="test", now=NOW)
    assert failed(await of_content(hall, NOW)) == set()


async def test_people_of_production_are_no_people_of_a_sandbox(hall: Hall) -> None:
    await people.add(hall, read(PERSON, NOW.date()), actor="test", now=NOW)
    assert failed(await of_content(hall, NOW)) == set()


async def test_the_doctor_looks_at_every_part(hall: Hall, deployment: Deployment) -> None:
    findings = await examine(hall, deployment.settings(), system_clock)
    assert {one.name for one in findings} == {"clock", "signing keys", "ephemeral state", "outbox", "disk"}
    assert failed(findings) == set()
    ahead = await examine(hall, deployment.settings(), lambda: system_clock() + timedelta(minutes=5))
    assert failed(ahead) == {"clock"}
