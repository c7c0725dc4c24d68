"""Verifies the upload of a chip: passive authentication, agreement of its parts, and active authentication where asked.

Total: whatever is uploaded gets a ChipResult; the first rule that is broken names the refusal. Nothing is stored.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from idp.crypto.chip import (
    active_authentication,
    chain,
    crl,
    data_groups,
    face,
    keys,
    lds,
    names,
    signature,
    sod,
    upload,
)
from idp.crypto.chip.certificates import Certificate
from idp.crypto.chip.lds import LdsSecurityObject
from idp.crypto.chip.policy import DG1, DG2, DG13, ChipPolicy
from idp.crypto.chip.result import CHECKED, UNCHECKED, Check, ChipResult, CloneCheck, Signer
from idp.crypto.chip.sod import Attributes, SignedData
from idp.crypto.chip.trust import Anchor, Trust
from idp.crypto.chip.upload import Upload
from idp.identity import citizen_card, mrz
from idp.identity.chip_refusal import ChipRefused, Code
from idp.identity.citizen_card import CardText
from idp.kernel.clock import day_of

_T = TypeVar("_T")

_ALWAYS_REQUIRED: Final = frozenset({DG1})


def verify(document: bytes, trust: Trust, policy: ChipPolicy, now: datetime) -> ChipResult:
    """`now` dates certificates and the card; it is aware."""
    run = _Run(trust, policy, now)
    try:
        run.through(document)
    except ChipRefused as refused:
        return run.refused(refused)
    except Exception as bug:  # noqa: BLE001 - a reader of hostile bytes that nobody foresaw refuses, it does not crash
        return run.refused(ChipRefused(Code.MALFORMED, f"unforeseen {type(bug).__name__}"))
    return run.result


class _Run:
    """One verification; `result` grows from step to step. Each step returns what to say of it, None for nothing."""

    def __init__(self, trust: Trust, policy: ChipPolicy, now: datetime) -> None:
        self._trust, self._policy, self._now = trust, policy, now
        self._step = ""
        self.result = ChipResult(None)

    def through(self, document: bytes) -> None:
        given = self._take("upload", lambda: upload.parse(document))
        self._learn(sod_sha256=hashlib.sha256(given.sod).hexdigest())
        allow_ber = self._policy.allow_ber
        inner = self._take("container", lambda: sod.unwrap(given.sod, allow_ber=allow_ber))
        signed = self._take("signed_data", lambda: sod.read(inner))
        listed = self._passive_authentication(signed, given)
        self._card(given)
        self._active_authentication(given, listed)

    def refused(self, why: ChipRefused) -> ChipResult:
        checks = (*self.result.checks, Check(self._step, "refused", why.reason))
        return replace(
            self.result, code=why.code, reason=why.reason, checks=checks, identity=None, face=None, doubts=()
        )

    def _passive_authentication(self, signed: SignedData, given: Upload) -> Mapping[int, bytes]:
        """Doc 9303-11 §5.1."""
        signer = self._take("document_signer", lambda: sod.document_signer(signed))
        self._learn(document_signer=_named(signer))
        lawful = self._take("signing_authority", lambda: chain.authorities(signer, self._trust))
        self._learn(authority=_named(lawful[0].certificate))
        self._take("signer_usage", lambda: chain.check_signer(signer))
        key = self._take("strength", lambda: _strength(signed, signer, lawful))
        told = self._take("signed_attributes", lambda: _attributes(signed))
        self._take("signature", lambda: sod.check_signature(signed, told, key))
        self._learn(signed_at=told.signing_time)
        authority = self._take("validity", lambda: self._validity(signer, told, lawful))
        self._learn(authority=_named(authority.certificate))
        self._revocation(signer)
        return self._data_groups(signed, given)

    def _validity(self, signer: Certificate, told: Attributes, lawful: tuple[Anchor, ...]) -> Anchor:
        chain.check_signing_time(signer, told.signing_time, self._now)
        return chain.check_validity(signer, lawful, self._now)

    def _revocation(self, signer: Certificate) -> None:
        self._step = "revocation"
        if self._trust.unreadable_crls:
            raise ChipRefused(Code.CRL_INVALID, "unreadable")
        named = chain.lawful(self._trust.anchors.get(signer.issuer, ()))
        try:
            checked = crl.check(self._trust.crls, signer, named, self._now)
        except crl.Stale:
            if not self._policy.allow_stale_crl:
                raise ChipRefused(Code.CRL_INVALID, "not of today") from None
            self._note("skipped", "not of today")
            return
        self._learn(crl=CHECKED if checked else UNCHECKED)
        self._note("passed" if checked else "skipped", "" if checked else "no list of this authority")

    def _data_groups(self, signed: SignedData, given: Upload) -> Mapping[int, bytes]:
        self._step = "data_groups"
        lds_object = lds.read(signed.content)
        listed = lds.check(lds_object, given.groups)
        missing = sorted(self._required() - given.groups.keys())
        if missing:
            raise ChipRefused(Code.DG_MISSING, ", ".join(f"DG{number}" for number in missing))
        self._learn(
            hash_algorithm=lds_object.hash.name,
            hashes={number: listed[number].hex() for number in sorted(listed)},
            not_uploaded=tuple(sorted(listed.keys() - given.groups.keys())),
        )
        self._note("passed")
        return listed

    def _required(self) -> frozenset[int]:
        since, signed_at = self._policy.dg13_optional_since, self.result.signed_at
        of_that_generation = since is not None and signed_at is not None and day_of(signed_at) >= since
        return (self._policy.required | _ALWAYS_REQUIRED) - ({DG13} if of_that_generation else frozenset())

    def _card(self, given: Upload) -> None:
        """What the signed groups say, and whether they say the same."""
        zone = self._take("mrz", lambda: mrz.parse(data_groups.mrz_text(given.groups)))
        self._take("document", lambda: citizen_card.check_document(zone))
        text: CardText | None = None
        if DG13 in given.groups:
            text = self._take("details", lambda: citizen_card.card_text(data_groups.items(given.groups)))
            self._take("agreement", partial(citizen_card.check_agreement, zone, text))
        else:
            self._skip("details", "no DG13")
            self._skip("agreement", "no DG13")
        today, strict = day_of(self._now), self._policy.refuse_doubts
        judged = self._take("number", lambda: citizen_card.judge(zone, text, today, refuse_doubts=strict))
        self._learn(identity=judged.identity, doubts=judged.doubts)
        if DG2 in given.groups:
            self._learn(face=self._take("face", lambda: face.read(given.groups, show=self._policy.show_face)))
        else:
            self._skip("face", "no DG2")

    def _active_authentication(self, given: Upload, listed: Mapping[int, bytes]) -> None:
        self._step = "active_authentication"
        demand = self._policy.active_authentication
        outcome, kind = active_authentication.check(given, listed, demand)
        passed = outcome is CloneCheck.PASSED
        self._learn(clone_check=outcome, challenge_bound=passed and not demand.any_challenge)
        self._note("passed" if passed else "skipped", kind if passed else outcome.value)

    def _take(self, step: str, act: Callable[[], _T]) -> _T:
        self._step = step
        taken = act()
        self._note("passed")
        return taken

    def _skip(self, step: str, reason: str) -> None:
        self._step = step
        self._note("skipped", reason)

    def _note(self, outcome: str, reason: str = "") -> None:
        self._learn(checks=(*self.result.checks, Check(self._step, outcome, reason)))

    def _learn(self, **known: Any) -> None:  # noqa: ANN401 - fields of ChipResult
        self.result = replace(self.result, **known)


def _named(certificate: Certificate) -> Signer:
    return Signer(certificate.name, names.digest(certificate.issuer), f"{certificate.serial:x}", certificate.sha256)


def _strength(signed: SignedData, signer: Certificate, lawful: tuple[Anchor, ...]) -> keys.PublicKey:
    """Hashes first, of the object, of its signature, of the certificate; then both keys."""
    known = _legible(signed.content)
    signature.check_hashes(*(() if known is None else (known.hash,)), signed.digest)
    signature.check_hashes(*signed.scheme.hashes)
    chain.check_hashes_of(signer)
    key = keys.public_key(signer.key)
    chain.check_keys(key, lawful)
    return key


def _legible(content: bytes) -> LdsSecurityObject | None:
    """An object that can't be read is refused where it is used: before that, its digest has to be right."""
    try:
        return lds.read(content)
    except ChipRefused as refused:
        if refused.code is Code.MALFORMED:
            return None
        raise


def _attributes(signed: SignedData) -> Attributes:
    told = sod.attributes(signed)
    sod.check_digest(signed, told)
    return told
