"""Audit rules: the kinds of events, what each may hold, and what is never written. Pure."""
