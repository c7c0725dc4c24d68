"""The heart: the one place that sees protocol, identity, authentication and consent together. Pure."""
