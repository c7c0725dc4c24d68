"""What still has to be asked or told, what an answer grants, and when an old answer no longer fits.

PDPL 91/2025/QH15: consent per purpose, nothing pre-ticked; a state agency's task (Art. 19) is told, not asked.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from idp.consent.decision import ConsentDecision
from idp.consent.items import Item
from idp.consent.policy import Basis, ScopeTerms, ServiceTerms

# Where a registration gives no terms for it, `openid` says only that somebody signed in, under a name for this agency.
_OPENID = "openid"
# OpenID Connect Core §11: access while the person is away always needs a yes.
_OFFLINE_ACCESS = "offline_access"


@dataclass(frozen=True, slots=True)
class Pending:
    """What the page shows: released by Allow, offered unticked, and told without a question.

    `changed`: the person decided about some of it before, on other terms.
    """

    necessary: tuple[Item, ...] = ()
    optional: tuple[Item, ...] = ()
    notices: tuple[Item, ...] = ()
    changed: bool = False

    @property
    def shown(self) -> tuple[Item, ...]:
        """Everything that an answer to this page is about."""
        return (*self.necessary, *self.optional, *self.notices)

    @property
    def asks(self) -> bool:
        """A question, not only a notice."""
        return bool(self.necessary or self.optional)


@dataclass(frozen=True, slots=True)
class Granted:
    """What may be released: scopes in the order of the request, and single claims."""

    scopes: tuple[str, ...] = ()
    claims: frozenset[str] = frozenset()


def pending(
    items: Iterable[Item], terms: ServiceTerms, decision: ConsentDecision | None, *, prompt_consent: bool = False
) -> Pending | None:
    """None: nothing to show. With prompt=consent everything is shown anew, even where nothing is left to ask."""
    shown = [
        item for item in items if _is_askable(item, terms) and (prompt_consent or not _is_told(item, terms, decision))
    ]
    if not shown and not prompt_consent:
        return None
    return Pending(
        necessary=tuple(item for item in shown if not _is_notice(item, terms) and not _is_optional(item, terms)),
        optional=tuple(item for item in shown if not _is_notice(item, terms) and _is_optional(item, terms)),
        notices=tuple(item for item in shown if _is_notice(item, terms)),
        changed=any(_is_changed(item, terms, decision) for item in shown),
    )


def wording(waiting: Pending, terms: ServiceTerms) -> str:
    """Names exactly what a page told and asked: an answer to other words is no answer to these."""
    groups = (waiting.necessary, waiting.optional, waiting.notices)
    return "|".join(",".join(f"{item.key}={_fingerprint(item, terms)}" for item in group) for group in groups)


def allow(
    items: Iterable[Item],
    terms: ServiceTerms,
    previous: ConsentDecision | None,
    ticked: Collection[str],
    person_id: str,
    client_id: str,
    now: datetime,
) -> ConsentDecision:
    """The decision after Allow: the items that were shown answered anew, answers to other items of this client kept.

    `ticked` are the values of the boxes that were sent; only optional items among those shown count.
    """
    answered = [item for item in items if _is_askable(item, terms)]
    keys = {item.key for item in answered}
    refused = {item.key for item in answered if _is_optional(item, terms) and item.key not in ticked}
    earlier = previous or ConsentDecision(person_id, client_id, now)
    claims = {item.claim for item in answered if item.claim is not None and item.key not in refused}
    kept_claims = {claim for claim in earlier.claims if f"claim:{claim}" not in keys}
    return ConsentDecision(
        person_id=person_id,
        client_id=client_id,
        decided_at=now,
        told={
            **earlier.told,
            **{item.key: _fingerprint(item, terms) for item in answered if item.scope in terms.scopes},
        },
        claims=frozenset(claims | kept_claims),
        refused=frozenset((earlier.refused - keys) | refused),
    )


def granted(items: Iterable[Item], terms: ServiceTerms, decision: ConsentDecision | None) -> Granted:
    """Only what was told on the present terms and not refused; what the law orders needs no yes."""
    released = [item for item in items if _is_granted(item, terms, decision)]
    return Granted(
        scopes=tuple(item.scope for item in released if item.claim is None),
        claims=frozenset(item.claim for item in released if item.claim is not None),
    )


def _is_granted(item: Item, terms: ServiceTerms, decision: ConsentDecision | None) -> bool:
    if _is_implicit(item, terms):
        return True
    if not _is_askable(item, terms):
        return False
    if _is_notice(item, terms):
        return True
    return decision is not None and _is_told(item, terms, decision) and item.key not in decision.refused


def _is_implicit(item: Item, terms: ServiceTerms) -> bool:
    return item.key == _OPENID and _OPENID not in terms.scopes


def _is_askable(item: Item, terms: ServiceTerms) -> bool:
    """A scope without terms is never shown and never granted: nobody could say what it is for."""
    return item.scope in terms.scopes


def _is_notice(item: Item, terms: ServiceTerms) -> bool:
    """What is told without a question: a task of the agency, in so far as the request does not leave it open."""
    return _terms(item, terms).basis is Basis.TASK and not item.voluntary and item.key != _OFFLINE_ACCESS


def _is_optional(item: Item, terms: ServiceTerms) -> bool:
    if _is_notice(item, terms):
        return False
    return item.voluntary or not _terms(item, terms).necessary


def _is_told(item: Item, terms: ServiceTerms, decision: ConsentDecision | None) -> bool:
    """The person decided about exactly this: same agency, purpose, legal basis, texts and claims."""
    return decision is not None and decision.told.get(item.key) == _fingerprint(item, terms)


def _is_changed(item: Item, terms: ServiceTerms, decision: ConsentDecision | None) -> bool:
    return decision is not None and item.key in decision.told and not _is_told(item, terms, decision)


def _fingerprint(item: Item, terms: ServiceTerms) -> str:
    return terms.digest(item.scope, item.claims, item.purpose)


def _terms(item: Item, terms: ServiceTerms) -> ScopeTerms:
    return terms.scopes[item.scope]
