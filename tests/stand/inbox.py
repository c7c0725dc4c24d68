"""The sandbox's inbox as a process of its own: what was sent to it, and the faults that a test switches on."""

import contextlib
import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from idp.kernel.secret import Secret
from idp.notify.channels import Channels
from idp.notify.email import Email
from idp.notify.policy import EmailPolicy, Sender, SmsPolicy, SmtpServer
from idp.notify.sms import Sms
from idp.outgoing import Outgoing
from tests.stand.ports import free_port, is_listening
from tests.stand.process import private_folder, running

TOKEN = Secret("a token of this test run")
SENDER = Sender(
    {"vi": "Hệ thống đăng nhập dùng chung tỉnh Quảng Ngãi", "en": "Shared Sign-in of Quảng Ngãi Province"},
    "https://dangnhap.example.vn",
    "1022",
)
FROM = "khong-tra-loi@dangnhap.example"


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where it listens, and what it got."""

    port: int
    smtp_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def messages(self, to: str | None = None, channel: str | None = None) -> list[dict[str, Any]]:
        asked: Mapping[str, str] = {k: v for k, v in (("to", to), ("channel", channel)) if v is not None}
        found: list[dict[str, Any]] = _call("GET", f"{self.url}/messages", params=asked).json()["messages"]
        return found

    def fault(self, channel: str, fault: str) -> None:
        assert _call("POST", f"{self.url}/faults", data={"channel": channel, "fault": fault}).status_code == 204

    def forget(self) -> None:
        """As after its start."""
        _call("DELETE", f"{self.url}/messages")
        for channel in ("email", "sms"):
            self.fault(channel, "none")

    def email(self, timeout_s: float = 8.0, smtp_port: int | None = None) -> Email:
        server = SmtpServer("127.0.0.1", smtp_port or self.smtp_port)
        return Email(EmailPolicy(server, FROM, plain_loopback=True, timeout_s=timeout_s), SENDER)

    def sms(self, outgoing: Outgoing, token: Secret = TOKEN) -> Sms:
        return Sms(SmsPolicy(f"{self.url}/sms", token), SENDER, outgoing)

    def channels(self, outgoing: Outgoing) -> Channels:
        return Channels(self.email(), self.sms(outgoing))


def _call(method: str, url: str, **asked: Any) -> httpx.Response:
    # Plain http on loopback: no authority is read for it.
    with httpx.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as http:
        return http.request(method, url, **asked)


@contextlib.contextmanager
def private_inbox() -> Iterator[Inbox]:
    """Gone with the block."""
    inbox = Inbox(free_port(), free_port())
    told = {"PORT": str(inbox.port), "SMTP_PORT": str(inbox.smtp_port), "TOKEN": TOKEN.reveal()}
    with (
        private_folder("inbox") as folder,
        running(
            ["setpriv", "--pdeathsig=TERM", sys.executable, "-m", "sandbox.inbox"],
            ready=lambda: is_listening(inbox.port) and is_listening(inbox.smtp_port),
            log=folder / "inbox.log",
            env=told,
        ),
    ):
        yield inbox
