"""Doors of the protocol: one file per endpoint."""
