"""The command line as an administrator types it: what it says, what it changes, and the status it ends with."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main
from idp.identity import login_identifier
from sandbox.population_register import certificates as register_certificates
from tests.roof.conftest import Deployment

ROOT = Path(__file__).parents[2]
MANIFESTS = str(ROOT / "clients" / "manifests")
PEOPLE = ROOT / "sandbox" / "people.json"
Idp = Callable[..., Result]


@pytest.fixture
def idp(sandbox: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Idp:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | None = None, **environment: str) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin, env={**sandbox, **environment})

    return run


def written(tmp_path: Path, document: object) -> str:
    file = tmp_path / "document.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_help(command: str) -> None:
    answer = CliRunner().invoke(main, [command, "--help"])
    assert answer.exit_code == 0
    assert len(answer.output.splitlines()) > 4


def test_help_is_instant_because_it_imports_nothing_of_the_provider() -> None:
    code = "import sys, idp.cli; sys.exit(any(n.split('.')[0] in ('sqlalchemy', 'starlette') for n in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_serve_help_lists_every_setting() -> None:
    told = CliRunner().invoke(main, ["serve", "--help"]).output
    for name in ("DATABASE_URL", "REDIS_URL", "ISSUER", "KEYS_DIR", "IDP_TLS_PROXY", "IDP_REFRESH_IDLE"):
        assert name in told


def test_a_deployment_is_made_with_three_commands(tmp_path: Path) -> None:
    environment = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/data/idp.db",
        "KEYS_DIR": f"{tmp_path}/keys",
        "IDP_PROFILE": "production",
    }
    (tmp_path / "data").mkdir()

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=environment)

    assert run("migrate", "--check").exit_code == 1
    assert "applied" in run("migrate").output
    assert "nothing to do" in run("migrate").output
    assert run("migrate", "--check").exit_code == 0
    assert run("keys", "init").exit_code == 0
    again = run("keys", "init")
    assert (again.exit_code, "nothing was changed" in again.stderr) == (1, True)
    assert run("keys", "rotate").exit_code == 0
    assert "ES256  active" in run("keys", "list").output


def test_serve_refuses_with_a_sentence_for_each_danger(idp: Idp) -> None:
    refused = idp("serve", IDP_PROFILE="production", IDP_TLS_PROXY="")
    assert refused.exit_code == 2
    lines = refused.stderr.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["issuer", "tls"]
    assert all("→" in line for line in lines)


def test_a_setting_that_can_t_be_read_is_status_2(idp: Idp) -> None:
    for command in (("serve",), ("doctor",), ("people", "list")):
        answer = idp(*command, PORT="a")
        assert (answer.exit_code, answer.stderr.count("\n")) == (2, 1)


def test_a_code_card_is_printed_once_and_a_number_is_declared_dead(idp: Idp, tmp_path: Path) -> None:
    people = json.loads(PEOPLE.read_text("utf-8"))["people"][:1]
    [person] = idp("people", "add", "--json", written(tmp_path, people)).output.split()
    made = idp("people", "code-card", "051 195 990 342", "--pin-stdin", stdin="704182\n")
    assert made.exit_code == 0, made.stderr
    number, *codes = made.output.splitlines()
    assert login_identifier.canonical_code_card(number)
    assert [line.split()[0] for line in codes] == [str(n) for n in range(1, 41)]
    assert all(re.fullmatch(r" ?\d+  \d{4} \d{4}", line) for line in codes)
    assert json.loads(idp("people", "show", number).output)[0]["id"] == person
    weak = idp("people", "code-card", person, "--pin-stdin", stdin="123456\n")
    assert (weak.exit_code, "run of digits" in weak.stderr) == (2, True)
    assert idp("people", "code-card", "nobody", "--pin-stdin", stdin="704182\n").exit_code == 1
    dead = idp("people", "number-dead", "0900 000 011", "--reason", "recycled")
    assert (dead.exit_code, dead.output) == (0, "recycled: 1 known to have it\n")
    assert idp("people", "number-dead", "0255 3", "--reason", "returned").exit_code == 2
    told = idp("audit", "tail", "--person", person).output
    assert [json.loads(line)["kind"] for line in told.splitlines()].count("contact_dead") == 1
    assert "704182" not in told
    assert number.replace(" ", "") not in told


def test_people_are_added_found_suspended_and_restored(idp: Idp, tmp_path: Path) -> None:
    people = json.loads(PEOPLE.read_text("utf-8"))["people"]
    added = idp("people", "add", "--json", written(tmp_path, people))
    assert added.exit_code == 0, added.stderr
    ids = added.output.split()
    assert len(ids) == len(people)
    assert len(idp("people", "list", "--limit", "3").output.splitlines()) == 3
    for who in (ids[0], "051 195 990 342", "0900000011", "Hong.Nhan@quangngai.example", "nguyen thi hong nhan"):
        [found] = json.loads(idp("people", "show", who).output)
        assert (found["id"], found["facts"]["name"]) == (ids[0], "Nguyễn Thị Hồng Nhạn")
    assert idp("people", "suspend", ids[0], "--reason", "test").exit_code == 0
    assert idp("people", "suspend", ids[0], "--reason", "test").exit_code == 1
    assert json.loads(idp("people", "show", ids[0]).output)[0]["state"] == "suspended"
    assert idp("people", "activate", ids[0], "--reason", "test").exit_code == 0
    assert idp("people", "close", ids[0], "--reason", "test", "--yes").exit_code == 0
    assert idp("people", "activate", ids[0], "--reason", "test").exit_code == 1
    events = [json.loads(line) for line in idp("audit", "tail", "--person", ids[0]).output.splitlines()]
    assert [event["kind"] for event in events] == ["person_added", *["person_state_changed"] * 3]
    assert all(event["actor"].startswith("cli:") for event in events)
    assert "Nhạn" not in idp("audit", "tail", "-n", "100").output


def test_an_entry_of_sandbox_json_is_a_person_too(idp: Idp, tmp_path: Path) -> None:
    entry = {"login": "0900000077", "password": "lúa-chín", "name": "Hồ Thị Ngãi", "totp_secret": None}
    entry |= {"acr": "http://localhost:8000/loa/low"}
    assert idp("people", "add", "--json", written(tmp_path, entry)).exit_code == 0
    [found] = json.loads(idp("people", "show", "+84900000077").output)
    assert found["level"] == "low"


def test_a_password_comes_from_standard_input_and_never_from_an_argument(idp: Idp) -> None:
    added = idp(
        "people", "add", "--name", "Y Hyêm", "--phone-number", "0900000078", "--password", stdin="mat-khau-cua-y\n"
    )
    assert added.exit_code == 0, added.stderr
    assert "mat-khau" not in added.output + added.stderr


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("[", "not JSON"),
        ([1], "JSON object"),
        ({"name": "A Blum"}, "something to sign in with"),
        ({"name": "A Blum", "national_id": "123"}, "national_id"),
        ({"name": "A Blum", "email": "a@b.vn", "email_verfied": True}, "email_verfied"),
        ({"name": "A Blum", "email": "a@b.vn", "password_hash": "{MD5}x"}, "password_hash"),
        ({"name": "A Blum", "email": "a@b.vn", "totp_secret": "abc"}, "totp_secret"),
        ({"name": "A Blum", "email": "a@b.vn", "level": "top"}, "level"),
        ({"name": "A Blum", "email": "a@b.vn", "claims": {"birthdate": "31/12/1990"}}, "birthdate"),
    ],
)
def test_a_mistake_in_a_document_is_told_by_its_member(idp: Idp, tmp_path: Path, document: object, told: str) -> None:
    file = written(tmp_path, document)
    if document == "[":
        Path(file).write_text("[", encoding="utf-8")
    answer = idp("people", "add", "--json", file)
    assert (answer.exit_code, told in answer.stderr) == (1, True), answer.stderr
    assert idp("people", "list").output == ""


def test_older_hashes_are_imported_line_by_line(idp: Idp, tmp_path: Path) -> None:
    bcrypt = "$2b$04$W5pPjB5yoPbnNRgkGRnUTu1fYf9Dyvk1C.1LXmsFQDuZ7fYUtJxpS"
    lines = [
        {"name": f"Người {number}", "email": f"nguoi{number}@quangngai.example", "password_hash": bcrypt}
        for number in range(3)
    ]
    file = tmp_path / "people.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    assert len(idp("people", "import", str(file)).output.split()) == 3


def test_manifests_are_planned_applied_and_then_nothing_is_left_to_change(idp: Idp) -> None:
    planned = idp("clients", "plan", MANIFESTS)
    assert "+ one_stop_shop: would be registered" in planned.output
    applied = idp("clients", "apply", MANIFESTS)
    assert applied.exit_code == 0, applied.stderr
    assert "secret of one_stop_shop, shown this once: " in applied.output
    assert "secret of spa" not in applied.output
    assert idp("clients", "plan", MANIFESTS).output == "nothing to change\n"
    assert idp("clients", "apply", MANIFESTS).output == "nothing to change\n"
    moved = idp("clients", "plan", MANIFESTS, "--origin", "spa=http://127.0.0.1:9999").output
    assert '["http://127.0.0.1:8102/"] → ["http://127.0.0.1:9999/"]' in moved
    shown = json.loads(idp("clients", "show", "spa").output)
    assert (shown["state"], shown["sector_identifier"]) == ("approved", "H48")


def test_a_client_of_json_gets_what_it_says_and_its_secret_once(idp: Idp, tmp_path: Path) -> None:
    document = {"client_id": "harness", "redirect_uris": ["http://127.0.0.1:8190/cb"], "require_pkce": False}
    added = json.loads(idp("clients", "add", "--json", written(tmp_path, document)).output)
    assert added["client_id"] == "harness"
    assert added["require_pkce"] is False
    assert added["id_token_signed_response_alg"] == "RS256"
    assert len(added["client_secret"]) >= 43
    assert "secret" not in idp("clients", "show", "harness").output.replace("client_secret_basic", "")
    again = idp("clients", "add", "--json", written(tmp_path, document))
    assert (again.exit_code, "already" in again.stderr) == (1, True)
    given = {"redirect_uris": ["http://127.0.0.1:8190/cb"], "client_id": "h2", "client_secret": "x" * 43}
    assert json.loads(idp("clients", "add", "--json", written(tmp_path, given)).output)["client_secret"] == "x" * 43


def test_states_act_and_are_told(idp: Idp) -> None:
    idp("clients", "apply", MANIFESTS)
    assert idp("clients", "disable", "spa", "--reason", "incident").exit_code == 0
    assert "disabled" in next(line for line in idp("clients", "list").output.splitlines() if line.startswith("spa "))
    # A file that was written before must not release a brake that was pulled by hand.
    assert "! spa: disabled by hand" in idp("clients", "apply", MANIFESTS).output
    assert idp("clients", "enable", "spa", "--reason", "over").exit_code == 0
    assert idp("clients", "approve", "no-such-client").exit_code == 1


def test_what_no_file_names_is_reported_and_disabled_only_on_demand(idp: Idp, tmp_path: Path) -> None:
    idp("clients", "apply", MANIFESTS)
    kept = tmp_path / "manifests"
    kept.mkdir()
    (kept / "spa.toml").write_text(Path(MANIFESTS, "spa.toml").read_text("utf-8"), encoding="utf-8")
    assert "? api: stands in no file" in idp("clients", "apply", str(kept)).output
    assert "approved" in next(line for line in idp("clients", "list").output.splitlines() if line.startswith("api "))
    assert "- api: disabled" in idp("clients", "apply", str(kept), "--disable-missing").output


def test_a_mistake_in_a_manifest_is_told_with_its_file(idp: Idp, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "a.toml").write_text('client_id = "a"\nredirect_uri = "x"\n', encoding="utf-8")
    answer = idp("clients", "plan", str(tmp_path / "m"))
    assert answer.exit_code == 1
    assert "a.toml" in answer.stderr
    assert "redirect_uri" in answer.stderr


def test_an_initial_access_token_is_shown_once_and_marked_in_the_sandbox(idp: Idp) -> None:
    token = idp("clients", "iat", "create", "--label", "harness", "--power", "approve").output.strip()
    assert len(token) == 43
    assert token not in idp("audit", "tail").output
    assert "sandbox: harness" in idp("audit", "tail").output


def test_the_doctor_tells_what_to_do_and_its_status_says_whether_something_fails(idp: Idp) -> None:
    fine = idp("doctor")
    assert fine.exit_code == 0, fine.output
    told = json.loads(idp("doctor", "--json", IDP_PROFILE="production").output)
    assert told["verdict"] == "fail"
    assert all(one["remedy"] for one in told["findings"] if one["state"] != "ok")
    assert idp("doctor", IDP_PROFILE="production").exit_code == 1


def test_a_new_key_encryption_key_takes_over(idp: Idp, tmp_path: Path) -> None:
    idp("people", "add", "--json", written(tmp_path, {"name": "A Blum", "phone_number": "0900000079"}))
    assert "kek-0002.key" in idp("keys", "add-kek").output
    moved = idp("keys", "rewrap").output
    assert "persons    1 moved" in moved
    assert "kek-0002" in moved
    (tmp_path / "keys" / "kek-0001.key").unlink()
    assert json.loads(idp("people", "show", "0900000079").output)[0]["facts"]["name"] == "A Blum"


def test_keys_of_another_database_are_told_in_a_sentence(idp: Idp, deployment: Deployment, tmp_path: Path) -> None:
    idp("people", "add", "--json", written(tmp_path, {"name": "A Blum", "phone_number": "0900000079"}))
    person = idp("people", "list").output.split()[0]
    for file in (tmp_path / "keys").iterdir():
        file.unlink()
    assert idp("keys", "init").exit_code == 0
    answer = idp("people", "show", person)
    assert (answer.exit_code, "KEYS_DIR" in answer.stderr) == (1, True)


def test_deliveries_to_a_service_are_listed(idp: Idp) -> None:
    assert idp("outbox", "deliveries", "one_stop_shop").output == "none\n"


def test_a_running_demo_is_found_where_nothing_else_is_said(
    sandbox: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "var" / "demo").mkdir(parents=True)
    (tmp_path / "var" / "demo" / "environment.json").write_text(json.dumps(dict(sandbox)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in sandbox:
        monkeypatch.delenv(name, raising=False)
    found = CliRunner().invoke(main, ["people", "list"])
    assert (found.exit_code, "demo" in found.stderr) == (0, True), found.stderr
    assert CliRunner().invoke(main, ["serve"]).exit_code == 2


REGISTER = {
    "POPULATION_REGISTER_URL": "https://127.0.0.1:1",
    "POPULATION_REGISTER_CLIENT_ID": "cua-chung",
}


def test_a_question_to_the_register_is_kept_where_it_is_away_and_refused_where_there_is_none(
    idp: Idp, tmp_path: Path
) -> None:
    folder = register_certificates.make(tmp_path / "register", "127.0.0.1")
    files = {
        "POPULATION_REGISTER_CA": str(folder.ca),
        "POPULATION_REGISTER_CERT": str(folder.client),
        "POPULATION_REGISTER_KEY": str(folder.client_key),
        "POPULATION_REGISTER_SIGNING_KEY": str(folder.signing_key),
    }
    asked = ("register", "ask", "051085990156", "--purpose", "check_connection")
    assert "Nobody here" in idp(*asked).output
    person = {"name": "Trần Quốc Đạt", "national_id": "051085990156", "claims": {"birthdate": "1985-09-21"}}
    assert idp("people", "add", "--json", written(tmp_path, person)).exit_code == 0
    assert "no population register" in idp(*asked).output
    told = json.loads(idp(*asked, **REGISTER, **files).stdout)
    assert (told["state"], told["verdict"], told["evidence"]) == ("waiting", "unavailable", None)
    assert "051085990156" not in json.dumps(told)
    waiting = idp("register", "waiting", **REGISTER, **files).output
    assert re.search(r"1 wait, .*\n\s+unavailable\s+1", waiting)
    assert "belong together" in idp("register", "waiting", **REGISTER).output
    broken = {**files, "POPULATION_REGISTER_KEY": "/nowhere.key"}
    assert "can't be used for TLS" in idp("register", "waiting", **REGISTER, **broken).output
