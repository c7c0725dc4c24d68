"""Doors met on the way to a code: sign-in, step-up, consent."""
