"""`verified_claims`: OpenID Connect for Identity Assurance 1.0, from the request to what is delivered.

A request is read in asked.py by the shapes of shapes.py; delivery.py answers it from what was attested. Who agreed to
it, and what a verification is, is not known here.
"""
