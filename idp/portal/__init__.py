"""Doors to a person's own pages: profile, sessions, services."""
