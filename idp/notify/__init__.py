"""Messages to people outside their browser: by e-mail and by SMS. When they are sent is decided in flows."""
