"""What a service may have, said by legal basis and purpose, as own pages show it."""

from collections.abc import Collection, Iterable, Mapping

from idp.audit import kinds
from idp.consent.policy import ScopeTerms
from idp.consent.receipt import ReceiptPurpose, purposes_of
from idp.flows.history import Entry
from idp.flows.own_pages import Connection
from idp.protocol.claims import scope_of
from idp.protocol.scope import claims_of
from idp.web.deps import in_language
from idp.web.facts import worth_saying
from idp.web.pages.account import Share

# A code or a token carries nothing by itself: what may be had for it is what was decided.
MAY_RECEIVE = frozenset({kinds.CODE_ISSUED, kinds.TOKENS_ISSUED, kinds.TOKENS_REFRESHED})


def of_connection(connection: Connection, lang: str) -> tuple[Share, ...]:
    """The scopes not refused, and single claims under theirs."""
    decision, terms = connection.decision, connection.registered.terms.scopes
    given: dict[str, set[str]] = {
        scope: set(claims_of((scope,))) for scope in terms if scope in decision.told and scope not in decision.refused
    }
    for claim in decision.claims:
        home = scope_of(claim)
        if home is not None and home in terms:
            given.setdefault(home, set()).add(claim)
    return _together(given, terms, lang)


def of_release(claims: Collection[str], entry: Entry, lang: str) -> tuple[Share, ...]:
    """Claims that went out, in the words of the decision that stood then; where there is none, in those of now."""
    if entry.line.event.kind in MAY_RECEIVE and entry.receipt is not None:
        return of_receipt((one for one in purposes_of(entry.receipt.document) if one.given), lang)
    if entry.receipt is not None:
        purposes = (one for one in purposes_of(entry.receipt.document) if one.given)
        return _said({_words(one, lang): set(claims) & set(one.claims) for one in purposes})
    terms = entry.registered.terms.scopes if entry.registered else {}
    given: dict[str, set[str]] = {}
    for claim in claims:
        home = scope_of(claim)
        if home is not None and home in terms:
            given.setdefault(home, set()).add(claim)
    return _together(given, terms, lang)


def of_receipt(purposes: Iterable[ReceiptPurpose], lang: str) -> tuple[Share, ...]:
    """Everything that a receipt says was given, whether or not the person has a value for it."""
    together: dict[tuple[str, str, str], set[str]] = {}
    for one in purposes:
        together.setdefault(_words(one, lang), set()).update(one.claims)
    return _said(together)


def _words(of: ScopeTerms | ReceiptPurpose, lang: str) -> tuple[str, str, str]:
    return of.basis.value, in_language(of.purpose, lang), in_language(of.legal_reference, lang)


def _together(given: Mapping[str, set[str]], terms: Mapping[str, ScopeTerms], lang: str) -> tuple[Share, ...]:
    together: dict[tuple[str, str, str], set[str]] = {}
    for scope, claims in given.items():
        together.setdefault(_words(terms[scope], lang), set()).update(claims)
    return _said(together)


def _said(together: Mapping[tuple[str, str, str], set[str]]) -> tuple[Share, ...]:
    shares = [Share(basis, tuple(claims), why or None, law or None) for (basis, why, law), claims in together.items()]
    return tuple(share for share in shares if worth_saying(share.sees))
