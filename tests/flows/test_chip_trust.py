"""No authority counts before two agreed; a revoked signer takes along what stood on it, in chips to come and past."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.audit import kinds
from idp.crypto.chip import trust
from idp.crypto.chip.result import ChipResult
from idp.crypto.chip.verify import verify
from idp.flows import chip_trust, verify_identity
from idp.flows.chip_trust import Fault, NotImported
from idp.flows.verify_identity import Witnessed
from idp.identity.two_hands import NotApproved, Objection
from idp.identity.verification import Framework, Verification
from idp.kernel.ids import new_id
from idp.kernel.level import Level
from sandbox.chip import authority, signing
from sandbox.chip.issue import Issued, Plan, issue, plan
from sandbox.vneid.people import citizens
from tests.crypto.chip.issuing import STRICT
from tests.doors.people_house import PeopleHouse

AN, BINH = "cli:an", "cli:binh"


def printed(house: PeopleHouse) -> tuple[Plan, Issued]:
    made = plan(citizens()["051090990218"], house.now)
    return made, issue(made)


async def both(house: PeopleHouse, *anchors: bytes) -> None:
    given = [(f"{number}.der", one) for number, one in enumerate(anchors)]
    proposed = await chip_trust.propose(house.hall, given, AN, house.now)
    await chip_trust.approve(house.hall, proposed.proposal.fingerprint, BINH, house.now)


async def read(house: PeopleHouse, issued: Issued) -> ChipResult:
    known = await chip_trust.files(house.hall)
    return verify(issued.document, trust.load(known), STRICT, house.now)


async def record(house: PeopleHouse, result: ChipResult, login: str) -> str:
    """A citizen whose level stands on this chip alone."""
    person = (await house.citizen(login, level=Level.BASIC)).person
    done = Verification(new_id(), person.id, "imported", Level.LOW, Framework.PROVINCE, house.now)
    assert result.document_signer is not None
    async with house.hall.db.tx() as tx:
        await verify_identity.record(tx, house.hall, person, done, Witnessed("cli:test"), house.now)
        signer = result.document_signer
        await chip_trust.remember_signer(tx, done, issuer_sha256=signer.issuer_sha256, serial=signer.serial)
    return person.id


async def level_of(house: PeopleHouse, person_id: str) -> Level:
    async with house.hall.db.read() as tx:
        found = await tx.persons.get(person_id)
    assert found is not None
    return found.level


async def test_an_authority_counts_when_another_hand_has_agreed_and_not_before(people: PeopleHouse) -> None:
    _, issued = printed(people)
    given = [("csca.der", issued.anchors[0]), ("strange", b"\x30\x00")]
    assert (await read(people, issued)).code == "csca_unknown"
    proposed = await chip_trust.propose(people.hall, given, AN, people.now)
    assert [one.name for one in proposed.unusable] == ["strange"]
    assert (await read(people, issued)).code == "csca_unknown", "proposed is not approved"
    fingerprint = proposed.proposal.fingerprint
    with pytest.raises(NotApproved) as told:
        await chip_trust.approve(people.hall, fingerprint, AN, people.now)
    assert told.value.objection is Objection.SAME_HAND
    await chip_trust.approve(people.hall, fingerprint, BINH, people.now)
    assert (await read(people, issued)).accepted
    with pytest.raises(NotApproved):
        await chip_trust.approve(people.hall, fingerprint, BINH, people.now)
    [asked] = await people.events(kinds.TRUST_PROPOSED)
    assert asked.changed == {"fingerprint": fingerprint, "added": 1, "removed": 0}
    [agreed] = await people.events(kinds.TRUST_APPROVED)
    assert (agreed.actor, agreed.changed) == (BINH, {"fingerprint": fingerprint, "proposed_by": AN})


async def test_a_set_replaces_the_one_before(town: PeopleHouse) -> None:
    _, issued = printed(town)
    other = signing.signer("p256", "another state")
    await both(town, *issued.anchors)
    town.pass_time(minutes=1)
    await both(town, authority.authority(town.now, subject="CSCA of another state").written(other, other))
    assert (await read(town, issued)).code == "csca_unknown"
    assert (await town.events(kinds.TRUST_PROPOSED))[0].changed["removed"] == 1


async def test_whoever_may_not_certify_is_no_authority(town: PeopleHouse) -> None:
    made, _ = printed(town)
    leaf = made.dsc.written(made.dsc_key, made.csca_key)
    with pytest.raises(NotImported) as told:
        await chip_trust.propose(town.hall, [("dsc.der", leaf)], AN, town.now)
    assert told.value.fault is Fault.NOTHING_USABLE


async def test_a_revoked_signer_takes_along_what_was_verified_by_it(people: PeopleHouse) -> None:
    made, issued = printed(people)
    await both(people, *issued.anchors)
    reached = await record(people, await read(people, issued), "lai@thu.example.vn")
    other = issue(replace(made, dsc=authority.document_signer(people.now, serial=99)))
    kept = await record(people, await read(people, other), "rin@thu.example.vn")
    assert (await level_of(people, reached), await level_of(people, kept)) == (Level.LOW, Level.LOW)
    people.pass_time(hours=1)
    revoking = authority.revocation_list(made.csca_key, people.now, [made.dsc.serial])
    done = await chip_trust.import_crl(people.hall, revoking, AN, people.now)
    assert (done.name, done.withdrawn) == (f"CN={authority.NAME}, C=VN", 1)
    assert (await level_of(people, reached), await level_of(people, kept)) == (Level.BASIC, Level.LOW)
    assert (await read(people, issued)).code == "dsc_revoked"
    assert (await read(people, other)).crl == "checked"
    [ended] = await people.events(kinds.EVIDENCE_WITHDRAWN)
    assert (ended.actor, ended.person_id, ended.changed["reason"]) == (AN, reached, chip_trust.SIGNER_REVOKED)
    assert len(await people.events(kinds.REVOCATION_LIST_IMPORTED)) == 1
    again = await chip_trust.import_crl(people.hall, revoking, AN, people.now)
    assert again.withdrawn == 0


async def test_a_list_must_be_signed_by_an_authority_of_today_and_no_older_than_the_last(town: PeopleHouse) -> None:
    made, issued = printed(town)
    await both(town, *issued.anchors)
    later = town.now + timedelta(days=2)
    newer = authority.revocation_list(made.csca_key, later)
    await chip_trust.import_crl(town.hall, newer, AN, later)
    stranger = signing.signer("p256", "forger")
    wrong = {
        Fault.UNREADABLE: b"\x30\x00",
        Fault.UNSIGNED: authority.revocation_list(stranger, later),
        Fault.NOT_CURRENT: authority.revocation_list(made.csca_key, later - timedelta(days=60)),
        Fault.OLDER: authority.revocation_list(made.csca_key, town.now),
    }
    for fault, der in wrong.items():
        with pytest.raises(NotImported) as told:
            await chip_trust.import_crl(town.hall, der, AN, later)
        assert told.value.fault is fault
    foreign = authority.revocation_list(stranger, later, whose="CSCA of nobody here")
    with pytest.raises(NotImported) as told:
        await chip_trust.import_crl(town.hall, foreign, AN, later)
    assert told.value.fault is Fault.UNSIGNED
