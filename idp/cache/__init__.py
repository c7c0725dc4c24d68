"""Redis and its in-process twin: what may vanish with, at worst, a repeated sign-in page."""
