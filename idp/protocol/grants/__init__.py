"""Grant types with their registry."""
