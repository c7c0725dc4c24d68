"""Calls to other servers: the one HTTP client, behind a guard against server-side request forgery."""

from idp.outgoing.errors import OutgoingError, OutgoingFailed, OutgoingRefused, UnusableCertificate
from idp.outgoing.outgoing import Answered, Outgoing
from idp.outgoing.policy import ClientCertificate, OutgoingPolicy
from idp.outgoing.target import Target, check_url, origin_of

__all__ = [
    "Answered",
    "ClientCertificate",
    "Outgoing",
    "OutgoingError",
    "OutgoingFailed",
    "OutgoingPolicy",
    "OutgoingRefused",
    "Target",
    "UnusableCertificate",
    "check_url",
    "origin_of",
]
