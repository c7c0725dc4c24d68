"""SQLAlchemy Core: table and repository of one noun in one file; I/O without policy."""
