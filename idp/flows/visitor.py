"""Who comes through the door: what the browser carries, and from where it speaks. Never logged as it stands."""

from dataclasses import dataclass

from idp.kernel.secret import Secret


@dataclass(frozen=True, slots=True)
class Visitor:
    """`session` and `browser` are the values of the two cookies; address and user agent are personal data."""

    session: Secret | None = None
    browser: Secret | None = None
    address: str = ""
    user_agent: str = ""
