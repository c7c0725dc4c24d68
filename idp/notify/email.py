"""E-mail over SMTP (RFC 5321): TLS from the first byte or STARTTLS, with a sign-in where the server wants one."""

import asyncio
import base64
import re
import ssl
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate
from typing import Final

import aiosmtplib

from idp.notify.errors import NotSent
from idp.notify.loopback import is_loopback
from idp.notify.notice import Notice
from idp.notify.policy import EmailPolicy, Sender
from idp.notify.texts import email_text

# One address and nothing else: no list, no second header. RFC 5321 §4.1.2, without quoted forms; UTF-8 by RFC 6531.
_MAILBOX: Final = re.compile(r"[^\s@\x00-\x1f\x7f\"(),:;<>\[\]\\]{1,64}@[\w-]+(?:\.[\w-]+)*")
# Octets in one encoded word: short enough to begin beside the name of the header.
_PIECE: Final = 36
# RFC 4954 §6: authentication required, mechanism too weak, credentials invalid, encryption required.
_AUTHENTICATION: Final = frozenset({530, 534, 535, 538})


class Email:
    """One connection a message: nothing is kept open, and nothing of one person lingers for the next."""

    def __init__(self, policy: EmailPolicy, sender: Sender) -> None:
        self._policy = policy
        self._sender = sender
        self._context: ssl.SSLContext | None = None

    async def send(self, message_id: str, to: str, notice: Notice) -> int:
        """The server's reply code. Raises NotSent."""
        if not _MAILBOX.fullmatch(to):
            raise NotSent("address_unusable", final=True)
        message = self._message(message_id, to, notice)
        try:
            async with asyncio.timeout(self._policy.timeout_s):
                return await self._deliver(message, to)
        except TimeoutError:
            raise NotSent("timeout") from None
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _refused(refused.recipients[0].code) from None
        except aiosmtplib.SMTPResponseException as answer:
            raise _refused(answer.code) from None
        except ssl.SSLError:
            raise NotSent("tls") from None
        except (aiosmtplib.SMTPException, OSError) as failure:
            raise NotSent(_reason(failure)) from None

    async def _deliver(self, message: MIMEMultipart, to: str) -> int:
        server = self._policy.server
        plain = self._policy.plain_loopback and is_loopback(server.host)
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password.reveal() if server.password else None,
            use_tls=server.implicit_tls,
            # True demands it: a server that offers no STARTTLS gets nothing, as somebody may have cut the offer out.
            start_tls=None if plain or server.implicit_tls else True,
            tls_context=self._trust(),
            timeout=self._policy.timeout_s,
        )
        async with client:
            refused, _ = await client.send_message(message, sender=self._policy.sender, recipients=[to])
        for code, _ in refused.values():
            raise _refused(code)
        return aiosmtplib.SMTPStatus.completed.value

    def _trust(self) -> ssl.SSLContext:
        """Read once: a bundle of authorities costs more than a message."""
        if self._context is None:
            context = ssl.create_default_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self._policy.ca_file is not None:
                context.load_verify_locations(cafile=self._policy.ca_file)
            self._context = context
        return self._context

    def _message(self, message_id: str, to: str, notice: Notice) -> MIMEMultipart:
        text = email_text(notice, self._sender)
        hub = self._sender.names.get(notice.lang) or ""
        # Not EmailMessage: Python 3.11 loses the space where it breaks a long subject (RFC 2047 §6.2).
        message = MIMEMultipart("alternative")
        message["From"] = f"{_encoded(hub)} <{self._policy.sender}>"
        message["To"] = to
        message["Subject"] = _encoded(text.subject)
        # The same at each attempt: whoever gets it twice sees it once.
        message["Message-ID"] = f"<{message_id}@{self._policy.sender.rpartition('@')[2]}>"
        message["Content-Language"] = notice.lang
        # RFC 3834 §5: holiday answers do not come back.
        message["Auto-Submitted"] = "auto-generated"
        message["Date"] = formatdate()
        message.attach(MIMEText(text.plain, "plain", "utf-8"))
        message.attach(MIMEText(text.html, "html", "utf-8"))
        return message


def _encoded(text: str) -> str:
    """RFC 2047: encoded words of at most 75 characters, broken between words so that no reader ever tears one apart."""
    pieces = [""]
    for word in text.split(" "):
        longer = f"{pieces[-1]} {word}" if pieces != [""] else word
        if len(longer.encode()) <= _PIECE:
            pieces[-1] = longer
        else:
            pieces.append(f" {word}")
    return " ".join(f"=?utf-8?b?{base64.b64encode(piece.encode()).decode()}?=" for piece in pieces if piece)


def _refused(code: int) -> NotSent:
    """RFC 5321 §4.2.1: 5yz is for good. But a refused sign-in (RFC 4954 §6) is ours to repair, not the message's."""
    return NotSent(f"status_{code}", final=code >= 500 and code not in _AUTHENTICATION)


def _reason(failure: Exception) -> str:
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        cause = cause.__cause__ or cause.__context__
    match failure:
        case aiosmtplib.SMTPTimeoutError():
            return "timeout"
        case aiosmtplib.SMTPConnectError() | OSError():
            return "connection"
        case aiosmtplib.SMTPServerDisconnected():
            return "disconnected"
        case _:
            return "protocol"
