"""OAuth 2.0 and OpenID Connect rules: one noun or parameter per file. Pure: no I/O, no clock, no framework."""
