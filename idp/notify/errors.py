"""Why a message did not leave. The reason is one word for the delivery record; it never holds an address or a text."""


class NotSent(Exception):
    """`final`: trying again changes nothing."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final
