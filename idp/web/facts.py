"""Claims as lines that people read: labels come from the catalogue, values are written the local way and masked."""

from collections.abc import Iterable, Mapping

from idp.identity import masking, national_id
from idp.protocol.scope import SCOPES
from idp.protocol.verified_claims.delivery import PREFIX
from idp.web.catalogue import Translator
from idp.web.formats import iso_day
from idp.web.pages.consent import Fact

# What people look for first; claims that stand here last come after, by name.
_ORDER = (
    *("name", "qn:pin", "birthdate", "gender", "address", "phone_number", "email"),
    *("family_name", "middle_name", "given_name", "nickname", "preferred_username"),
)
# Of no interest to a person who decides, or said by the full name already.
_QUIET = frozenset(
    (
        *("sub", "acr", "amr", "auth_time", "sid", "updated_at", "locale", "zoneinfo"),
        *("email_verified", "phone_number_verified"),
    )
)
_PARTS_OF_NAME = frozenset({"family_name", "middle_name", "given_name"})


def facts_of(names: Iterable[str], claims: Mapping[str, object], t: Translator) -> tuple[Fact, ...]:
    """The lines for these scopes or claims, in the order people look for them: only what the person has a value for."""
    wanted = (claim for name in names for claim in _claims_of(name))
    held = [claim for claim in wanted if claims.get(claim) not in (None, "", [], {})]
    return tuple(Fact(claim, readable(claim, claims[claim], t)) for claim in worth_saying(held))


def worth_saying(claims: Iterable[str]) -> tuple[str, ...]:
    """Claims as a person wants them listed: ordered, once each, without what another line or nobody needs."""
    kept = dict.fromkeys(claim for claim in claims if claim not in _QUIET)
    if "name" in kept:
        kept = {claim: None for claim in kept if claim not in _PARTS_OF_NAME}
    return tuple(sorted(kept, key=_place))


def _place(claim: str) -> tuple[bool, int, str]:
    """Verified claims stand together, in the same order."""
    base = claim.removeprefix(PREFIX)
    return claim.startswith(PREFIX), _ORDER.index(base) if base in _ORDER else len(_ORDER), claim


def readable(claim: str, value: object, t: Translator) -> str:
    """One value as people write it; total: an unknown claim or odd value is shown as its text."""
    match claim.removeprefix(PREFIX), value:
        case "verified_claims", str():
            return t.first(f"framework.{value}", "framework.other")
        case _, bool():
            return t("value.yes" if value else "value.no")
        case "birthdate", str():
            return iso_day(value)
        case "gender", str():
            return t.first(f"gender.{value}", "gender.other")
        case "phone_number", str():
            return masking.phone(value)
        case "email", str():
            return masking.email(value)
        case "qn:pin" | "qn:national_id", str():
            return national_id.mask(value)
        case "address", Mapping():
            # OpenID Connect Core §5.1.1: `formatted` may hold several lines.
            return str(value.get("formatted") or "\n".join(str(part) for part in value.values())).replace("\n", ", ")
        case _, list() | tuple():
            return ", ".join(str(part) for part in value)
        case _:
            return str(value)


def _claims_of(name: str) -> tuple[str, ...]:
    """A scope stands for its claims; anything else is a claim itself. One name (`address`) is both."""
    return SCOPES[name].claims if name in SCOPES else (name,)
