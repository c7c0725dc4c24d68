"""SMS through an HTTP gateway: a form with our own id of the message, and the gateway's report of it asked for later.

`POST {url}` with `id`, `to`, `text` and a bearer token: 200, 201 or 202 is accepted, and the same id again is the same
message. `GET {url}/{id}` answers `{"state": "accepted" | "delivered" | "undeliverable"}`.
"""

from enum import StrEnum
from typing import Final

from idp.notify.errors import NotSent
from idp.notify.notice import Notice
from idp.notify.policy import Sender, SmsPolicy
from idp.notify.texts import sms_text
from idp.outgoing import Outgoing, OutgoingFailed, OutgoingRefused

_ACCEPTED: Final = frozenset({200, 201, 202})
# What no repetition will change: a number or a text that the gateway does not take.
_FINAL: Final = frozenset({400, 404, 410, 413, 422})


class Report(StrEnum):
    """What became of an accepted message."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"


class Sms:
    """The gateway is called like every other server: judged address, bounded time and size."""

    def __init__(self, policy: SmsPolicy, sender: Sender, outgoing: Outgoing) -> None:
        self._policy = policy
        self._sender = sender
        self._outgoing = outgoing

    async def send(self, message_id: str, to: str, notice: Notice) -> int:
        """The gateway's status. Raises NotSent."""
        fields = {"id": message_id, "to": to, "text": sms_text(notice, self._sender)}
        try:
            status = await self._outgoing.post_form(self._policy.url, fields, bearer=self._policy.token)
        except OutgoingRefused:
            raise NotSent("address_refused", final=True) from None
        except OutgoingFailed as failure:
            raise NotSent(failure.reason) from None
        if status not in _ACCEPTED:
            raise NotSent(f"status_{status}", final=status in _FINAL)
        return status

    async def report(self, message_id: str) -> Report:
        """Raises NotSent where the gateway does not say."""
        try:
            told = await self._outgoing.get_json(f"{self._policy.url}/{message_id}", bearer=self._policy.token)
        except OutgoingRefused:
            raise NotSent("address_refused", final=True) from None
        except OutgoingFailed as failure:
            raise NotSent(failure.reason) from None
        try:
            return Report(told["state"]) if isinstance(told, dict) else Report("")
        except (KeyError, ValueError):
            raise NotSent("report_unreadable") from None
