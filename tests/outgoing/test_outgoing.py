"""What the client does on the wire: it goes where it judged, reads so much, waits so long, and remembers nothing."""

import asyncio
import gzip

import pytest

from idp.outgoing import Outgoing, OutgoingFailed, OutgoingPolicy, OutgoingRefused
from tests.outgoing.conftest import SERVICE, Answer, Authority, listening, sandbox, saying


async def nobody(_host: str, _port: int) -> list[str]:
    raise AssertionError("nothing was to be resolved")


async def loopback(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


async def reason_of(url: str, policy: OutgoingPolicy) -> str:
    async with Outgoing(policy) as outgoing:
        with pytest.raises(OutgoingFailed) as failed:
            await outgoing.get_json(url)
    return failed.value.reason


async def test_json_is_fetched() -> None:
    async with listening(saying("200 OK", b'{"keys": []}')) as site, Outgoing(sandbox(), nobody) as outgoing:
        assert await outgoing.get_json(site.url("/jwks?v=1")) == {"keys": []}
    head = site.heard[0].decode()
    assert head.startswith("GET /jwks?v=1 HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{site.port}\r\n" in head.lower()
    assert "accept-encoding: identity\r\n" in head.lower()


async def test_a_form_is_posted_and_the_status_comes_back() -> None:
    async with listening(saying("204 No Content")) as site, Outgoing(sandbox(), nobody) as outgoing:
        assert await outgoing.post_form(site.url("/logout"), {"logout_token": "a.b.c=", "x": "đ"}) == 204
    assert b"application/x-www-form-urlencoded" in site.heard[0]
    assert site.heard[0].endswith(b"logout_token=a.b.c%3D&x=%C4%91")


async def test_localhost_falls_back_to_the_address_that_listens() -> None:
    async def both(_host: str, _port: int) -> list[str]:
        return ["::1", "127.0.0.1"]

    async with listening(saying("200 OK", b"[]")) as site, Outgoing(sandbox(), both) as outgoing:
        assert await outgoing.get_json(site.url(host="localhost")) == []


async def test_localhost_that_leads_elsewhere_is_refused() -> None:
    async def elsewhere(_host: str, _port: int) -> list[str]:
        return ["8.8.8.8"]

    async with Outgoing(sandbox(), elsewhere) as outgoing:
        with pytest.raises(OutgoingRefused):
            await outgoing.get_json("http://localhost:8101/")


async def test_tls_speaks_of_the_name_while_the_socket_goes_to_the_judged_address(authority: Authority) -> None:
    asked = list[str]()

    async def resolver(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async with listening(saying("200 OK", b"{}"), authority.server(SERVICE)) as site:
        policy = sandbox(ca_file=authority.ca_file, ports=frozenset({site.port}))
        async with Outgoing(policy, resolver) as outgoing:
            assert await outgoing.get_json(site.url(host=SERVICE, scheme="https")) == {}
    assert asked == [SERVICE]  # once: whoever answers otherwise the second time (rebinding) is never asked
    assert site.sni == [SERVICE]
    assert f"host: {SERVICE}:{site.port}".encode() in site.heard[0].lower()


async def test_a_certificate_for_another_name_or_from_nobody_known_is_not_believed(authority: Authority) -> None:
    async with listening(saying("200 OK", b"{}"), authority.server("127.0.0.1", "other.example")) as site:
        policy = sandbox(ca_file=authority.ca_file, ports=frozenset({site.port}))
        for attempt in (policy, sandbox(ports=frozenset({site.port}))):
            async with Outgoing(attempt, loopback) as outgoing:
                with pytest.raises(OutgoingFailed) as failed:
                    await outgoing.get_json(site.url(host=SERVICE, scheme="https"))
                assert failed.value.reason == "tls"
        async with Outgoing(policy, nobody) as outgoing:
            assert await outgoing.get_json(site.url(scheme="https")) == {}
    assert len(site.heard) == 1


async def test_a_public_name_that_leads_inside_is_refused_before_any_connection() -> None:
    async with listening(saying("200 OK", b"{}")) as site:
        for policy in (OutgoingPolicy(ports=frozenset({site.port})),):
            async with Outgoing(policy, loopback) as outgoing:
                with pytest.raises(OutgoingRefused):
                    await outgoing.get_json(site.url(host=SERVICE, scheme="https"))
    assert site.heard == []


async def test_a_name_that_is_unknown_or_silent_is_a_failure_to_be_tried_again() -> None:
    async def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("Name or service not known")

    async def silent(_host: str, _port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    async def empty(_host: str, _port: int) -> list[str]:
        return []

    for resolver, reason in ((unknown, "connection"), (silent, "timeout"), (empty, "connection")):
        async with Outgoing(OutgoingPolicy(timeout_s=0.05), resolver) as outgoing:
            with pytest.raises(OutgoingFailed) as failed:
                await outgoing.get_json(f"https://{SERVICE}/")
            assert failed.value.reason == reason


async def test_a_redirect_is_never_followed() -> None:
    async with (
        listening(saying("200 OK", b"{}")) as inside,
        listening(saying("302 Found", b"", f"Location: {inside.url()}")) as outside,
        Outgoing(sandbox()) as outgoing,
    ):
        with pytest.raises(OutgoingFailed, match="status_302"):
            await outgoing.get_json(outside.url())
        assert await outgoing.post_form(outside.url(), {}) == 302
    assert inside.heard == []


@pytest.mark.parametrize("status", ["201 Created", "204 No Content", "400 Bad Request", "404 Not Found", "500 Oops"])
async def test_any_status_but_200_is_no_json(status: str) -> None:
    async with listening(saying(status, b"{}" if "204" not in status else b"")) as site:
        assert await reason_of(site.url(), sandbox()) == f"status_{status[:3]}"


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"NaN", b"\xff\xfe", b"[" * 5000 + b"]" * 5000])
async def test_what_is_not_json_is_a_failure(body: bytes) -> None:
    async with listening(saying("200 OK", body)) as site:
        assert await reason_of(site.url(), sandbox()) == "not_json"


async def test_an_endless_answer_is_cut() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            await writer.drain()

    async with listening(endless) as site:
        assert await reason_of(site.url(), sandbox(max_bytes=10_000)) == "too_large"


async def test_a_compressed_answer_is_not_unpacked() -> None:
    bomb = gzip.compress(b"0" * 5_000_000)
    async with listening(saying("200 OK", bomb, "Content-Encoding: gzip")) as site:
        assert await reason_of(site.url(), sandbox()) == "encoding"


async def test_a_dripping_answer_ends_at_the_total_time() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with listening(drip) as site:
        assert await reason_of(site.url(), sandbox(timeout_s=0.2)) == "timeout"


async def raw(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)


def bytes_of(data: bytes) -> Answer:
    return lambda writer: raw(writer, data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\x00 not http\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(300)) + b"\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    ],
)
async def test_an_answer_that_is_no_http_is_a_failure_and_nothing_else(data: bytes) -> None:
    async with listening(bytes_of(data)) as site:
        assert await reason_of(site.url(), sandbox()) in {"protocol", "connection"}


async def test_nobody_listening_is_a_failure() -> None:
    async with listening(saying("200 OK")) as site:
        url = site.url()
    assert await reason_of(url, sandbox()) == "connection"


async def test_one_slow_host_takes_no_more_than_its_share() -> None:
    gate, inside, peak = asyncio.Event(), [0], [0]

    async def slow(writer: asyncio.StreamWriter) -> None:
        inside[0] += 1
        peak[0] = max(peak[0], inside[0])
        if inside[0] == 2:
            gate.set()
        await gate.wait()
        inside[0] -= 1
        await saying("200 OK", b"{}")(writer)

    async with listening(slow) as site, Outgoing(sandbox(per_host=2)) as outgoing:
        await asyncio.gather(*(outgoing.get_json(site.url()) for _ in range(8)))
        assert peak == [2]
        assert outgoing._lanes == {}


async def test_cookies_and_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with listening(saying("200 OK", b"{}", "Set-Cookie: a=b; Path=/")) as site, Outgoing(sandbox()) as outgoing:
        for _ in range(2):
            await outgoing.get_json(site.url())
    assert not any(b"cookie" in head.lower() for head in site.heard)


async def test_a_failure_tells_no_address_and_no_url() -> None:
    async with Outgoing(sandbox()) as outgoing:
        with pytest.raises(OutgoingFailed) as failed:
            await outgoing.get_json("http://127.0.0.1:1/secret-path?token=abc")
    assert str(failed.value) == "connection"
    assert failed.value.__cause__ is None
