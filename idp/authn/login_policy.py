"""Which door a client accepts: VNeID, our own authenticators, or both."""

from enum import StrEnum


class LoginPolicy(StrEnum):
    """A setting of each client (domain: accounts of provincial systems have no validity of their own)."""

    VNEID_ONLY = "vneid_only"
    VNEID_OR_LOCAL = "vneid_or_local"
    LOCAL = "local"
