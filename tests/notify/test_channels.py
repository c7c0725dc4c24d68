"""Both channels against real servers on loopback: the sandbox's inbox, and mail servers that want TLS and a sign-in."""

import asyncio
import contextlib
import email
import re
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from idp.demo import certificates
from idp.kernel.ids import new_id
from idp.kernel.secret import Secret
from idp.notify.email import Email
from idp.notify.errors import NotSent
from idp.notify.policy import EmailPolicy, SmtpServer
from idp.notify.sms import Report
from idp.outgoing import Outgoing, OutgoingPolicy
from tests.notify.test_texts import notice
from tests.stand.inbox import FROM, SENDER, TOKEN, Inbox
from tests.stand.ports import free_port

TO = "hong.nhan@thu.example.vn"
PHONE = "+84900000011"
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
async def outgoing() -> AsyncIterator[Outgoing]:
    async with Outgoing(OutgoingPolicy(sandbox_loopback=True)) as made:
        yield made


async def refused(sending: Any) -> tuple[str, bool]:
    with pytest.raises(NotSent) as failure:
        await sending
    return failure.value.reason, failure.value.final


async def test_an_e_mail_arrives_as_it_was_written(inbox: Inbox) -> None:
    assert await inbox.email().send("m1", TO, notice()) == 250
    [got] = inbox.messages(TO)
    assert (got["channel"], got["to"]) == ("email", TO)
    assert got["subject"] == "Tài khoản của Ông/Bà vừa được đăng nhập trên thiết bị mới"
    assert got["text"].startswith("Kính gửi Ông/Bà Nguyễn Thị Hồng Nhạn,")
    assert "<p>Kính gửi" in got["html"]
    assert got["id"] == "<m1@dangnhap.example>"


async def test_an_e_mail_sent_again_is_the_same_one(inbox: Inbox) -> None:
    for _ in range(2):
        await inbox.email().send("m2", TO, notice())
    assert len(inbox.messages(TO)) == 1


async def test_an_sms_is_accepted_and_reported(inbox: Inbox, outgoing: Outgoing) -> None:
    sms, message = inbox.sms(outgoing), new_id()
    for _ in range(2):
        assert await sms.send(message, PHONE, notice()) == 202
    [got] = inbox.messages(PHONE, "sms")
    assert got["text"].startswith("Ong/Ba Nguyen Thi Hong Nhan")
    assert await sms.report(message) in (Report.ACCEPTED, Report.DELIVERED)
    assert await refused(sms.report(new_id())) == ("status_404", False)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("refuse", ("status_550", True)),
        ("500", ("status_451", False)),
        pytest.param("slow", ("timeout", False), marks=pytest.mark.slow),
    ],
)
async def test_a_mail_server_that_fails_is_told_apart_from_one_that_refuses(
    inbox: Inbox, fault: str, told: tuple[str, bool]
) -> None:
    inbox.fault("email", fault)
    assert await refused(inbox.email(timeout_s=1).send("m3", TO, notice())) == told


async def test_a_mail_server_that_is_away_is_waited_for(inbox: Inbox) -> None:
    assert await refused(inbox.email(smtp_port=free_port()).send("m4", TO, notice())) == ("connection", False)


@pytest.mark.parametrize("to", ["a@b.vn, c@d.vn", "a@b.vn\nBcc: c@d.vn", "a@b.vn>", "", "a", "a b@c.vn"])
async def test_what_is_not_one_address_is_never_sent_to(inbox: Inbox, to: str) -> None:
    assert await refused(inbox.email().send("m5", to, notice())) == ("address_unusable", True)
    assert inbox.messages() == []


@pytest.mark.parametrize(("fault", "told"), [("refuse", ("status_422", True)), ("500", ("status_500", False))])
async def test_a_gateway_that_fails_is_told_apart_from_one_that_refuses(
    inbox: Inbox, outgoing: Outgoing, fault: str, told: tuple[str, bool]
) -> None:
    inbox.fault("sms", fault)
    assert await refused(inbox.sms(outgoing).send("s1", PHONE, notice())) == told


async def test_a_wrong_token_is_ours_to_repair_and_the_message_waits(inbox: Inbox, outgoing: Outgoing) -> None:
    assert await refused(inbox.sms(outgoing, Secret("wrong")).send("s2", PHONE, notice())) == ("status_401", False)


@pytest.mark.slow
async def test_a_slow_gateway_is_given_up_in_time(inbox: Inbox) -> None:
    inbox.fault("sms", "slow")
    async with Outgoing(OutgoingPolicy(sandbox_loopback=True, timeout_s=1)) as hasty:
        assert await refused(inbox.sms(hasty).send("s3", PHONE, notice())) == ("timeout", False)


async def test_production_calls_no_gateway_on_this_machine(inbox: Inbox) -> None:
    async with Outgoing(OutgoingPolicy()) as strict:
        assert await refused(inbox.sms(strict).send("s4", PHONE, notice())) == ("address_refused", True)


class Kept:
    """A mail server's memory: messages, and whether they came over TLS."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.encrypted: list[bool] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.messages.append(envelope.content)
        self.encrypted.append(session.ssl is not None or _is_tls(server))
        return "250 OK"


def _is_tls(server: SMTP) -> bool:
    return server.transport is not None and server.transport.get_extra_info("sslcontext") is not None


def signs_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"hub", "mật khẩu".encode()), handled=False)


@contextlib.asynccontextmanager
async def mail_server(kept: Kept, tls: ssl.SSLContext | None, *, implicit: bool = False) -> AsyncIterator[int]:
    """Wants a sign-in where it speaks TLS."""

    def protocol() -> SMTP:
        return SMTP(
            kept,
            tls_context=None if implicit else tls,
            require_starttls=tls is not None and not implicit,
            authenticator=signs_in,
            auth_required=tls is not None,
            auth_require_tls=not implicit,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if implicit else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    made, certificate, key = certificates.make(
        tmp_path_factory.mktemp("tls"), ["127.0.0.1", "localhost"], datetime.now(UTC)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return made, context


def channel(port: int, ca: Path | None, *, implicit: bool = False, password: str = "mật khẩu") -> Email:
    server = SmtpServer("127.0.0.1", port, implicit, "hub", Secret(password))
    return Email(EmailPolicy(server, FROM, ca_file=ca, timeout_s=5), SENDER)


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "TLS"])
async def test_over_tls_with_a_sign_in(authority: tuple[Path, ssl.SSLContext], implicit: bool) -> None:
    kept = Kept()
    async with mail_server(kept, authority[1], implicit=implicit) as port:
        assert await channel(port, authority[0], implicit=implicit).send("t1", TO, notice()) == 250
        wrong = channel(port, authority[0], implicit=implicit, password="wrong")
        assert await refused(wrong.send("t2", TO, notice())) == ("status_535", False)
        assert await refused(channel(port, None, implicit=implicit).send("t3", TO, notice())) == ("tls", False)
    assert kept.encrypted == [True]
    parsed = email.message_from_bytes(kept.messages[0], policy=default)
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["From"].addresses[0].addr_spec == FROM
    # Python's reader keeps the space between two encoded words in a name.
    assert parsed["From"].addresses[0].display_name.split() == SENDER.names["vi"].split()
    assert all(len(word) <= 75 for word in re.findall(rb"=\?\S+\?=", kept.messages[0]))
    assert parsed["Content-Language"] == "vi"


async def test_where_the_server_offers_no_tls_nothing_is_said() -> None:
    kept = Kept()
    async with mail_server(kept, None) as port:
        reason, final = await refused(channel(port, None).send("t4", TO, notice()))
    assert (kept.messages, final) == ([], False)
    assert reason == "protocol"


def test_the_token_and_the_password_are_never_printed() -> None:
    assert TOKEN.reveal() not in repr(Inbox(1, 2).sms(None)._policy)  # type: ignore[arg-type]
    assert "secret" not in repr(SmtpServer("x", 1, password=Secret("secret")))
