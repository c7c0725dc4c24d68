"""The step-up challenge of an API, from the caller's side: RFC 9470 §3, read strictly, and what to ask for then."""

import re
from dataclasses import dataclass

from cua_chung.level import level_of

ERROR = "insufficient_user_authentication"
_MAX_LENGTH = 4_096
_MAX_AGE = re.compile(r"[0-9]{1,10}", re.ASCII)
# RFC 9110 §11.2: name=token or name="quoted string", with commas between.
_PARAMETER = re.compile(r'\s*([A-Za-z_][A-Za-z0-9_\-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)', re.ASCII)


@dataclass(frozen=True, slots=True)
class StepUp:
    """What the API wants of the person: a level of this issuer, a fresh authentication (`max_age` seconds), or both."""

    level: str | None = None
    max_age: int | None = None


def step_up(challenge: str | None, issuer: str) -> StepUp | None:
    """From the `WWW-Authenticate` of a 401; None where it is another challenge, or one that nobody could follow."""
    parameters = _parameters(challenge or "")
    if parameters is None or parameters.get("error") != ERROR:
        return None
    wanted = (level_of(issuer, value) for value in parameters.get("acr_values", "").split())
    level = next((one for one in wanted if one is not None), None)
    age = parameters.get("max_age", "")
    max_age = int(age) if _MAX_AGE.fullmatch(age) else None
    return None if level is None and max_age is None else StepUp(level, max_age)


def _parameters(challenge: str) -> dict[str, str] | None:
    """Of one Bearer challenge; None for another scheme, and where a parameter stands twice or can't be read."""
    scheme, _, rest = challenge.strip().partition(" ")
    if len(challenge) > _MAX_LENGTH or scheme.lower() != "bearer":
        return None
    found: dict[str, str] = {}
    place = 0
    while place < len(rest):
        match = _PARAMETER.match(rest, place)
        if match is None or match[1].lower() in found:
            return None
        found[match[1].lower()] = re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
        place = match.end()
    return found
