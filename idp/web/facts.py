"""Claims as lines that people read: labels come from the catalogue, values are written the local way and masked."""

from collections.abc import Iterable, Mapping

from idp.web.catalogue import Translator
from idp.web.formats import iso_day, masked_email, masked_number, masked_phone
from idp.web.pages.consent import Fact

# OpenID Connect Core §5.4, in the order in which people look for them.
SCOPE_CLAIMS: Mapping[str, tuple[str, ...]] = {
    "profile": (
        "name",
        "family_name",
        "middle_name",
        "given_name",
        "nickname",
        "preferred_username",
        "birthdate",
        "gender",
        "picture",
        "profile",
        "website",
        "locale",
        "zoneinfo",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
}
# Said by another line already, or of no interest to a person who decides.
_QUIET = frozenset(
    (
        *("sub", "acr", "family_name", "middle_name", "given_name", "updated_at"),
        *("email_verified", "phone_number_verified", "locale", "zoneinfo", "picture", "profile"),
    )
)


def facts_of(names: Iterable[str], claims: Mapping[str, object], t: Translator) -> tuple[Fact, ...]:
    """The lines for these scopes or claims: only those that the person has a value for."""
    wanted = dict.fromkeys(claim for name in names for claim in SCOPE_CLAIMS.get(name, (name,)))
    found = []
    for claim in wanted:
        value = claims.get(claim)
        if value is None or value == "" or (claim in _QUIET and "name" in claims):
            continue
        found.append(Fact(claim, readable(claim, value, t)))
    return tuple(found)


def readable(claim: str, value: object, t: Translator) -> str:
    """One value as people write it; total: an unknown claim or odd value is shown as its text."""
    match claim, value:
        case _, bool():
            return t("value.yes" if value else "value.no")
        case "birthdate", str():
            return iso_day(value)
        case "gender", str():
            return t.first(f"gender.{value}", "gender.other")
        case "phone_number", str():
            return masked_phone(value)
        case "email", str():
            return masked_email(value)
        case "qn:pin" | "qn:national_id", str():
            return masked_number(value)
        case "address", Mapping():
            return str(value.get("formatted") or ", ".join(str(part) for part in value.values()))
        case _, list() | tuple():
            return ", ".join(str(part) for part in value)
        case _:
            return str(value)
