"""Authentication rules: authenticators, what they are worth, the single sign-on session. Pure."""
