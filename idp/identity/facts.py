"""What is known of a person as claims: OpenID Connect Core §5.1. Which of them may be told is not decided here."""

from typing import Any

from idp.identity.person import Person
from idp.kernel.clock import epoch


def claim_values(person: Person) -> dict[str, Any]:
    """Claim name to JSON value; `updated_at` is when anything known of the person last changed."""
    values = {claim: fact.value for claim, fact in person.facts.items() if fact.value is not None}
    return {**values, "updated_at": epoch(person.updated_at)}
