"""Doors for operators: health, readiness, metrics."""
