"""The channels of this deployment, by the name under which the outbox knows them: one line for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from idp.notify.email import Email
from idp.notify.notice import Notice
from idp.notify.sms import Sms

EMAIL: Final = "email"
SMS: Final = "sms"


class Channel(Protocol):
    """What every channel can do."""

    async def send(self, message_id: str, to: str, notice: Notice) -> int:
        """The other side's status. Raises NotSent."""


@dataclass(frozen=True, slots=True)
class Channels:
    """None: not set up, and nothing is sent that way."""

    email: Email | None = None
    sms: Sms | None = None

    def all(self) -> Mapping[str, Channel]:
        """Those that are set up."""
        found: dict[str, Channel | None] = {EMAIL: self.email, SMS: self.sms}
        return {name: channel for name, channel in found.items() if channel is not None}
