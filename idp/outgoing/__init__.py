"""The only HTTP client: allow-list, SSRF guard, size and time limits."""
