"""Passwords that every guesser tries first: a shipped list of truncated hashes, looked up without asking anybody.

`tools/password_list.py` makes the file; what it holds is written there.
"""

import hashlib
from bisect import bisect_left
from functools import lru_cache
from importlib import resources

WIDTH = 5


def is_common(folded: str) -> bool:
    """Whether the list holds this word (lower case, without marks). By chance one word in ten million is taken too."""
    wanted, content = digest(folded), _content()
    index = bisect_left(range(len(content) // WIDTH), wanted, key=lambda at: content[at * WIDTH : (at + 1) * WIDTH])
    return content[index * WIDTH : (index + 1) * WIDTH] == wanted


def digest(folded: str) -> bytes:
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).digest()[:WIDTH]


@lru_cache(maxsize=1)
def _content() -> bytes:
    """Read at the first change of a password: signing in needs none of it."""
    return (resources.files("idp.crypto") / "common_passwords.bin").read_bytes()
