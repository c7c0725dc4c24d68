"""Why a call to somewhere else has no answer. The reason is one word for logs and metrics; it never holds the URL."""


class OutgoingError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutgoingRefused(OutgoingError):
    """Our policy forbids it; trying again changes nothing."""


class UnusableCertificate(OutgoingRefused):
    """The files that say who we are, or whom we trust, can't be read; `file` is named for the operator."""

    def __init__(self, file: str) -> None:
        super().__init__("certificate")
        self.file = file


class OutgoingFailed(OutgoingError):
    """The other side, or the way there, failed; trying again may help."""
