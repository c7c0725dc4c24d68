"""Calls to other servers: the one HTTP client, behind a guard against server-side request forgery."""

from idp.outgoing.errors import OutgoingError, OutgoingFailed, OutgoingRefused
from idp.outgoing.outgoing import Outgoing
from idp.outgoing.policy import OutgoingPolicy
from idp.outgoing.target import Target, check_url

__all__ = ["Outgoing", "OutgoingError", "OutgoingFailed", "OutgoingPolicy", "OutgoingRefused", "Target", "check_url"]
