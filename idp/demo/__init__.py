"""The demo: everything on one machine with fictional people. For trying out and for tests, never for real people."""
