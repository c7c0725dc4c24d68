"""Connectors to those who vouch for people: they speak the protocol and judge what comes back, and store nothing."""
