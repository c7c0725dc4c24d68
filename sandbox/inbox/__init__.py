"""Where the messages of a sandbox end up: a mail server and an SMS gateway, both read on one page."""
