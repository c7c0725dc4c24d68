"""Consent rules: purposes with their legal basis, what needs asking, what was decided. Pure."""
