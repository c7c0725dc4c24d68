"""Ground: time, identifiers, secrets, levels and errors. A closed list; it imports nothing of ours."""
