"""What surrounds a page whatever it says: the language, the service that asks, who is signed in."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

LONGEST_QUERY = 2000
LONGEST_NAME = 44
"""Beyond this a button or headline says "the service"; the strip above names it in full."""


@dataclass(frozen=True, slots=True)
class Service:
    """The client as people know it. `return_uri` leads back to it: an address of ours that cancels, or its own one."""

    name: str
    agency: str = ""
    return_uri: str | None = None
    logo_uri: str | None = None
    client_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None

    @property
    def is_long(self) -> bool:
        return len(self.name) > LONGEST_NAME


@dataclass(frozen=True, slots=True)
class PageContext:
    """Beside the page itself, everything its frame needs. `form_targets` are proven URIs a form here may end at."""

    lang: str
    path: str
    query: str = ""
    service: Service | None = None
    form_targets: tuple[str, ...] = ()
    person: str | None = None
    shared: bool = False
    """Signed in on a public computer: the way out stands on every page."""
    alert: str | None = None
    """Something that the person has to see on each of their own pages; names `account.alert.<alert>`."""
    remember: str | None = None
    """The value of the language cookie to set, where this request chose a language."""

    def here(self) -> str:
        """This page's address again."""
        return f"{self.path}?{self.query}" if self.query and len(self.query) <= LONGEST_QUERY else self.path

    def in_language(self, lang: str) -> str:
        """This page's address in another language; an absurdly long query is dropped, not echoed."""
        kept = parse_qsl(self.query, keep_blank_values=True) if len(self.query) <= LONGEST_QUERY else []
        pairs = [(name, value) for name, value in kept if name != "lang"]
        return f"{self.path}?{urlencode([*pairs, ('lang', lang)])}"
