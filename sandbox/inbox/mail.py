"""The mail server: takes everything for everybody, unless a fault is switched on."""

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.inbox.box import Box, Channel, Fault, Message, clock

_SLOW_SECONDS = 30
_LARGEST = 1_000_000


class Handler:
    """aiosmtpd calls these by name."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        match self._box.faults[Channel.EMAIL]:
            case Fault.REFUSE:
                return "550 5.1.1 no such mailbox"
            case Fault.ERROR:
                return "451 4.3.0 try again later"
            case Fault.SLOW:
                await asyncio.sleep(_SLOW_SECONDS)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - so is this
        content = envelope.content or b""
        parsed = message_from_bytes(content if isinstance(content, bytes) else content.encode(), policy=default)
        for address in envelope.rcpt_tos:
            self._box.put(
                Message(
                    id=str(parsed["Message-ID"] or f"<{clock().timestamp()}>"),
                    channel=Channel.EMAIL,
                    to=address,
                    subject=str(parsed["Subject"] or ""),
                    text=_body(parsed, "plain"),
                    html=_body(parsed, "html"),
                    at=clock(),
                )
            )
        return "250 2.0.0 kept"


async def serve(box: Box, host: str, port: int) -> asyncio.Server:
    """Listens until it is closed."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(Handler(box), data_size_limit=_LARGEST, enable_SMTPUTF8=True), host, port
    )


def _body(message: EmailMessage, form: str) -> str:
    part = message.get_body((form,))
    return str(part.get_content()) if part is not None else ""
