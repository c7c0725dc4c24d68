"""A receipt as people read it; what machines read is the signed file beside it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from idp.web.pages.account import Share


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """`kind` is `given` or `withdrawn`; `hidden`: of a sensitive service, of which nothing else is said here."""

    template: ClassVar[str] = "account_receipt.html"
    status: ClassVar[int] = 200
    tab: ClassVar[str] = "services"

    id: str
    kind: str = "given"
    at: datetime | None = None
    service: str = ""
    agency: str = ""
    shares: tuple[Share, ...] = ()
    refused: tuple[Share, ...] = ()
    file_uri: str | None = None
    keys_uri: str = ""
    past_keys_uri: str = ""
    prove_uri: str | None = None
    logout_uri: str = "/logout"

    @property
    def hidden(self) -> bool:
        return self.prove_uri is not None
