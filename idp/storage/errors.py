"""What storage may answer instead of a value. Every other exception from these rooms is a bug."""


class StorageUnavailable(Exception):
    """The database does not answer, or not in time: 503 at the door, never a guess about what it would have said."""


class AlreadyExists(Exception):
    """A unique key is taken: an identifier, a cookie or a name that belongs to another row."""
