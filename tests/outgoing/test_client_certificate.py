"""Mutual TLS: our certificate is shown to the one destination it is for, which its own authority alone vouches for."""

import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from idp.outgoing import (
    ClientCertificate,
    Outgoing,
    OutgoingFailed,
    OutgoingPolicy,
    OutgoingRefused,
    UnusableCertificate,
    origin_of,
)
from sandbox.population_register import certificates
from sandbox.population_register.certificates import Folder
from tests.outgoing.conftest import Site, listening, sandbox, saying

MEDIA = "application/jose"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return certificates.make(tmp_path / "register", "127.0.0.1")


def server_side(folder: Folder, chain: Path | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(chain or folder.server, folder.server_key)
    return context


def known_there(folder: Folder, site: Site) -> OutgoingPolicy:
    return sandbox(
        ca_file=folder.ca,
        system_authorities=False,
        only=f"https://127.0.0.1:{site.port}",
        client_certificate=ClientCertificate(folder.client, folder.client_key),
    )


async def test_octets_are_posted_under_our_certificate_and_the_answer_comes_back(folder: Folder) -> None:
    async with (
        listening(saying("200 OK", b"a.b.c"), server_side(folder)) as site,
        Outgoing(known_there(folder, site)) as outgoing,
    ):
        answered = await outgoing.post(site.url("/questions", scheme="https"), b"x.y.z", MEDIA)
    assert (answered.status, answered.body, answered.retry_after) == (200, b"a.b.c", None)
    assert site.heard[0].endswith(b"\r\n\r\nx.y.z")
    assert b"content-type: application/jose\r\n" in site.heard[0].lower()


async def test_of_any_other_status_the_body_is_not_read_and_when_to_come_back_is(folder: Folder) -> None:
    busy = saying("429 Too Many Requests", b"x" * 100_000, "Retry-After: 7")
    async with listening(busy, server_side(folder)) as site, Outgoing(known_there(folder, site)) as outgoing:
        answered = await outgoing.post(site.url("/questions", scheme="https"), b"x", MEDIA)
    assert (answered.status, answered.body, answered.retry_after) == (429, b"", "7")


async def test_without_our_certificate_nobody_answers(folder: Folder) -> None:
    async with listening(saying("200 OK", b"{}"), server_side(folder)) as site:
        bare = replace(known_there(folder, site), client_certificate=None)
        async with Outgoing(bare) as outgoing:
            with pytest.raises(OutgoingFailed):
                await outgoing.get_json(site.url(scheme="https"))
    assert site.heard == []


async def test_no_other_origin_is_called_at_all(folder: Folder) -> None:
    async with (
        listening(saying("200 OK", b"{}"), server_side(folder)) as site,
        listening(saying("200 OK", b"{}"), server_side(folder)) as other,
        Outgoing(known_there(folder, site)) as outgoing,
    ):
        for url in (other.url(scheme="https"), site.url(), "https://localhost/", "https://register.example.vn/"):
            with pytest.raises(OutgoingRefused):
                await outgoing.get_json(url)
        assert await outgoing.get_json(site.url(scheme="https")) == {}
    assert other.heard == []


@pytest.mark.parametrize("wrong", ["expired", "stranger"])
async def test_an_ended_certificate_and_another_authoritys_are_not_believed(
    folder: Folder, tmp_path: Path, wrong: str
) -> None:
    stranger = certificates.make(tmp_path / "stranger", "127.0.0.1")
    side = server_side(folder, folder.expired) if wrong == "expired" else server_side(stranger)
    async with listening(saying("200 OK", b"{}"), side) as site, Outgoing(known_there(folder, site)) as outgoing:
        with pytest.raises(OutgoingFailed) as failed:
            await outgoing.get_json(site.url(scheme="https"))
    assert failed.value.reason == "tls"


@pytest.mark.parametrize("broken", ["ca_file", "chain", "key", "other_key"])
def test_files_that_can_not_be_used_are_named_at_once(folder: Folder, tmp_path: Path, broken: str) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    files = {"chain": folder.client, "key": folder.client_key}
    if broken == "other_key":
        files["key"] = folder.server_key
    elif broken in files:
        files[broken] = tmp_path / "no.pem"
    ca = tmp_path / "nowhere.pem" if broken == "ca_file" else folder.ca
    policy = OutgoingPolicy(
        ca_file=ca,
        system_authorities=False,
        only="https://127.0.0.1:1",
        client_certificate=ClientCertificate(files["chain"], files["key"]),
    )
    with pytest.raises(UnusableCertificate) as named:
        Outgoing(policy)
    assert named.value.file in {str(ca), str(files["chain"])}


def test_a_certificate_without_its_destination_and_trust_without_an_authority_are_mistakes(folder: Folder) -> None:
    with pytest.raises(ValueError, match="one origin"):
        OutgoingPolicy(client_certificate=ClientCertificate(folder.client, folder.client_key))
    with pytest.raises(ValueError, match="authorities"):
        OutgoingPolicy(system_authorities=False)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Register.example.vn/v1", "https://register.example.vn:443"),
        ("https://10.1.2.3:8443", "https://10.1.2.3:8443"),
        ("https://[2001:DB8::1]/", "https://[2001:db8::1]:443"),
    ],
)
def test_an_origin_is_written_in_one_way(url: str, origin: str) -> None:
    assert origin_of(url) == origin
