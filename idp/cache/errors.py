"""What a store of passing things may answer instead of a value; doors turn it into a sensible page."""


class CacheUnavailable(Exception):
    """The store can't be reached, or is full: nothing is known, so nothing is granted. Trying again later may work.

    The message names the command and the kind of failure, never a key, a value or an address.
    """


class ValueTooLarge(Exception):
    """A record longer than `MAX_VALUE` bytes; nothing was stored."""
