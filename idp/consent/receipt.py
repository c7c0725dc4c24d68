"""Receipts of what a person decided about a service: fields of Kantara's Consent Receipt and of ISO/IEC TS 27560. Pure.

A receipt repeats the very words that the person was shown, and which of it they agreed to. What proves it is a
signature; that is not made here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from idp.consent.policy import Basis
from idp.kernel.clock import epoch

# Kantara Initiative, Consent Receipt Specification 1.1 §6.
VERSION: Final = "KI-CR-v1.1.0"
TYP: Final = "consent-receipt+jwt"
# ISO/IEC TS 27560:2023 §6.3.7: each event in the life of a consent is told by its kind.
GIVEN, WITHDRAWN = "given", "withdrawn"

_JURISDICTION: Final = "VN"
_METHOD: Final = "web form"
_EXPLICIT, _NOTICE = "EXPLICIT", "NOTICE"


@dataclass(frozen=True, slots=True)
class About:
    """The service as it was registered at that moment; texts map a language to the text."""

    client_id: str
    name: Mapping[str, str]
    agency_id: str
    agency: Mapping[str, str]
    sensitive: bool = False
    policy_uri: str | None = None


@dataclass(frozen=True, slots=True)
class ReceiptPurpose:
    """One purpose: on which basis, for which claims, and whether the person let them go."""

    basis: Basis
    purpose: Mapping[str, str]
    legal_reference: Mapping[str, str]
    claims: tuple[str, ...]
    given: bool = True


def document(
    receipt_id: str,
    kind: str,
    at: datetime,
    about: About,
    purposes: Sequence[ReceiptPurpose],
    *,
    terminate_at: str,
    follows: Sequence[str] = (),
) -> dict[str, Any]:
    """`terminate_at`: where the person takes it back. `follows`: the receipts that this one ends."""
    controller = {**_tagged("piiController", about.agency), "piiControllerId": about.agency_id, "onBehalf": False}
    service = {
        **_tagged("service", about.name),
        "serviceId": about.client_id,
        "purposes": [_purpose(one, terminate_at) for one in purposes],
    }
    return {
        "version": VERSION,
        "jurisdiction": _JURISDICTION,
        "consentTimestamp": epoch(at),
        "collectionMethod": _METHOD,
        "consentReceiptID": receipt_id,
        "language": "vi",
        "piiControllers": [controller],
        "services": [service],
        "sensitive": about.sensitive,
        "spiCat": [],
        "event": {"eventType": kind, "eventTime": epoch(at), "recordIds": list(follows)},
        **({"policyUrl": about.policy_uri} if about.policy_uri else {}),
    }


def purposes_of(document: Mapping[str, Any]) -> tuple[ReceiptPurpose, ...]:
    """Back from a stored document."""
    found = [purpose for service in document["services"] for purpose in service["purposes"]]
    return tuple(
        ReceiptPurpose(
            Basis(one["legalBasis"]),
            _untagged("purpose", one),
            _untagged("legalReference", one),
            tuple(one["piiCategory"]),
            one["given"],
        )
        for one in found
    )


def service_of(document: Mapping[str, Any]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The names of the service and of its agency, as they were then."""
    return _untagged("service", document["services"][0]), _untagged("piiController", document["piiControllers"][0])


def _purpose(one: ReceiptPurpose, terminate_at: str) -> dict[str, Any]:
    return {
        **_tagged("purpose", one.purpose),
        "consentType": _EXPLICIT if one.basis is Basis.CONSENT else _NOTICE,
        "legalBasis": one.basis.value,
        **_tagged("legalReference", one.legal_reference),
        "piiCategory": list(one.claims),
        "given": one.given,
        "primaryPurpose": True,
        "termination": terminate_at,
        "thirdPartyDisclosure": False,
    }


def _tagged(name: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Vietnamese bare, other languages tagged, as RFC 7591 §2.2 writes names."""
    return {name if language == "vi" else f"{name}#{language}": text for language, text in sorted(texts.items())}


def _untagged(name: str, held: Mapping[str, Any]) -> dict[str, str]:
    tags = {key.partition("#")[2] or "vi": str(text) for key, text in held.items() if key.partition("#")[0] == name}
    return tags or {"vi": ""}
