"""The demo's pieces: what is in the way is said in a sentence, secrets stay the same, what falls is begun again."""

import json
import os
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idp.demo import certificates, secrets_file
from idp.demo.children import Child, Children, program
from idp.demo.places import DemoFailed, check, defaults, manifests, places, simulators_beside
from idp.flows.person_document import read
from idp.listening import listen
from idp.settings import load
from tests.stand.ports import free_port

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PEOPLE = json.loads((Path(__file__).parents[2] / "sandbox" / "people.json").read_text("utf-8"))["people"]


def ports() -> int:
    """The first of three that are free."""
    return free_port()


def test_a_busy_port_is_told_with_what_to_type_instead(tmp_path: Path) -> None:
    port = free_port()
    taken = listen("127.0.0.1", port)
    try:
        settings = load({"PORT": str(port)}, defaults(tmp_path, {}))
        with pytest.raises(DemoFailed, match=rf"Port {port} is busy.*make demo PORT={port + 1000}"):
            check(settings, places(settings, tmp_path, ports(), ports()))
        settings = load({"PORT": str(free_port())}, defaults(tmp_path, {}))
        with pytest.raises(DemoFailed, match="SERVICES_PORT"):
            check(settings, places(settings, tmp_path, port, ports()))
        with pytest.raises(DemoFailed, match="SIMULATORS_PORT"):
            check(settings, places(settings, tmp_path, ports(), port))
    finally:
        for one in taken:
            one.close()


def test_a_folder_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = load({"PORT": str(free_port())}, defaults(tmp_path, {}))
    with pytest.raises(DemoFailed, match="not writable"):
        check(settings, places(settings, tmp_path / "file" / "demo", ports()))


@pytest.mark.slow
def test_the_command_itself_says_it_in_one_line_and_ends(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "idp", "demo", "--folder", str(tmp_path / "file" / "demo")]
    environment = {**os.environ, "PORT": str(free_port())}
    ended = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60)
    assert ended.returncode == 1
    assert (len(ended.stderr.splitlines()), ended.stdout) == (1, "")


def test_services_never_share_the_site_of_the_provider(tmp_path: Path) -> None:
    for issuer, host in (("http://localhost:8000", "127.0.0.1"), ("http://127.0.0.1:8000", "127.0.0.2")):
        found = places(load({"ISSUER": issuer}, defaults(tmp_path, {})), tmp_path)
        assert {service.host for service in found.services} == {host}
        assert [service.port for service in found.services] == [8101, 8102, 8103]


def test_messages_of_the_demo_end_in_its_own_inbox(tmp_path: Path) -> None:
    settings = load({}, defaults(tmp_path, {}, 9201))
    inbox = places(settings, tmp_path, 9101, 9201).inbox
    assert settings.sms_gateway == f"{inbox.url}/sms" == "http://127.0.0.1:9201/sms"
    assert settings.smtp is not None
    assert (settings.smtp.host, settings.smtp.port) == (inbox.host, inbox.smtp_port)
    assert simulators_beside(8101) == 8201
    assert simulators_beside(9101) == 9201
    assert simulators_beside(65533) + 4 <= 65535


def test_secrets_are_made_once_and_are_for_their_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    first = secrets_file.load_or_make(file, ["a", "b"])
    assert secrets_file.load_or_make(file, ["a", "b"]) == first
    assert secrets_file.load_or_make(file, ["b", "c"])["b"] == first["b"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("{", encoding="utf-8")
    assert secrets_file.load_or_make(file, ["a"])["a"] != first["a"]


def test_the_certificate_is_believed_by_whoever_trusts_the_authority(tmp_path: Path) -> None:
    authority, certificate, key = certificates.make(tmp_path / "tls", ["localhost", "127.0.0.1"], NOW)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    verified = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-no_check_time", "-CAfile", str(authority), str(certificate)],
        check=False,
        capture_output=True,
    )
    assert verified.returncode == 0, verified.stdout
    ssl.create_default_context(cafile=str(authority))
    before = certificate.read_bytes()
    certificates.make(tmp_path / "tls", ["localhost"], NOW)
    assert certificate.read_bytes() == before
    certificates.make(tmp_path / "tls", ["localhost", "hub.example"], NOW)
    assert certificate.read_bytes() != before
    before = certificate.read_bytes()
    certificates.make(tmp_path / "tls", ["localhost"], NOW + timedelta(days=364))
    assert certificate.read_bytes() != before


@pytest.mark.parametrize("document", PEOPLE, ids=lambda document: document["name"])
def test_every_person_of_the_demo_is_well_formed_and_fictional(document: dict[str, object]) -> None:
    person = read(document, NOW.date())
    assert person.source == "sandbox"
    assert person.password is not None
    assert all(
        "quangngai.example" in str(person.claims[claim]) for claim in ("email", "website") if claim in person.claims
    )


def test_the_people_are_those_whom_the_easy_path_forgets() -> None:
    names = [str(document["name"]) for document in PEOPLE]
    assert any(" " not in name for name in names)
    assert any(document["claims"]["birthdate"] < "1970" for document in PEOPLE)
    assert sum("totp_secret" not in document for document in PEOPLE) >= 3
    assert len({path.stem for path in manifests()}) == len(manifests())


@pytest.fixture
def children() -> Iterator[Children]:
    started = Children()
    yield started
    started.stop(patience=2)


def sleeper(tmp_path: Path, name: str = "sleeper") -> Child:
    return Child(name, program("-c", "import time; time.sleep(600)"), dict(os.environ), tmp_path / f"{name}.log")


def until(true: object, patience: float = 10) -> None:
    deadline = time.monotonic() + patience
    while not true() and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.02)
    assert true()  # type: ignore[operator]


def test_what_falls_is_begun_again(children: Children, tmp_path: Path) -> None:
    child = children.start(sleeper(tmp_path))
    assert children.mend() == []
    first = child.process
    assert first is not None
    first.kill()
    until(lambda: not child.is_running())
    assert children.mend() == ["sleeper"]
    assert child.is_running()


def test_what_keeps_falling_is_told_with_its_last_words(children: Children, tmp_path: Path) -> None:
    words = "import sys; sys.exit('no space left')"
    child = children.start(Child("short", program("-c", words), dict(os.environ), tmp_path / "short.log"))

    def fall() -> None:
        for _ in range(10):
            until(lambda: not child.is_running())
            children.mend()

    with pytest.raises(DemoFailed, match=r"short keeps falling .*no space left"):
        fall()


def test_what_does_not_start_is_told_at_once(children: Children, tmp_path: Path) -> None:
    child = children.start(Child("short", program("-c", "exit('oh')"), dict(os.environ), tmp_path / "short.log"))
    with pytest.raises(DemoFailed, match="short did not start"):
        children.wait_until_answering(child, f"http://127.0.0.1:{free_port()}/", None, patience=20)


def test_stopping_ends_all_of_them_even_those_that_do_not_listen(tmp_path: Path) -> None:
    started = Children()
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    one = started.start(sleeper(tmp_path))
    other = started.start(Child("deaf", program("-c", deaf), dict(os.environ), tmp_path / "deaf.log"))
    until(lambda: (tmp_path / "deaf.log").exists() and "deaf" in (tmp_path / "deaf.log").read_text())
    started.stop(patience=0.5)
    assert not one.is_running()
    assert not other.is_running()
