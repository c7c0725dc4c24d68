"""What VNeID changes of itself counts only when two administrators agreed; until then the approved keys go on."""

import secrets

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from idp.audit import kinds
from idp.checks import State, of_upstream
from idp.flows import upstream_pin
from idp.identity.two_hands import NotApproved, Objection
from sandbox.vneid.provider import Simulator
from tests.doors.little_browser import Page
from tests.doors.vneid_house import HO, VneidHouse

AN, BINH = "cli:an", "cli:binh"


async def arrives(house: VneidHouse) -> Page:
    browser, service = house.browser(), await house.service_of()
    return await house.by_vneid(browser, await house.ask(browser, service), HO)


def change_keys(house: VneidHouse) -> None:
    house.simulator.key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(8)})
    house.pass_time(minutes=11)


async def both(house: VneidHouse) -> None:
    proposal = await upstream_pin.propose(house.hall, AN, house.now)
    await upstream_pin.approve(house.hall, proposal.pin.fingerprint, BINH, house.now)


async def test_new_keys_count_when_another_hand_has_agreed_and_not_before(vneid: VneidHouse) -> None:
    assert (await arrives(vneid)).answer["code"]
    change_keys(vneid)
    page = await arrives(vneid)
    assert page.step == "login"
    assert "chưa xác nhận xong" in page.text
    proposal = await upstream_pin.propose(vneid.hall, AN, vneid.now)
    assert (await arrives(vneid)).step == "login", "proposed is not approved"
    with pytest.raises(NotApproved) as told:
        await upstream_pin.approve(vneid.hall, proposal.pin.fingerprint, AN, vneid.now)
    assert told.value.objection is Objection.SAME_HAND
    await upstream_pin.approve(vneid.hall, proposal.pin.fingerprint, BINH, vneid.now)
    assert (await arrives(vneid)).answer["code"]
    events = await vneid.events(kinds.UPSTREAM_APPROVED)
    assert (events[0].actor, events[0].changed["proposed_by"]) == (BINH, AN)
    assert events[0].changed["fingerprint"] == proposal.pin.fingerprint
    assert (await vneid.events(kinds.UPSTREAM_PROPOSED))[0].changed["differs"] == ["thumbprints"]


async def test_a_key_beside_the_approved_one_does_not_disturb_it(
    vneid_town: VneidHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = vneid_town.simulator.key
    change_keys(vneid_town)
    new = vneid_town.simulator.key
    listed = [{**key.as_dict(private=False), "use": "sig", "alg": "ES256"} for key in (new, old)]
    monkeypatch.setattr(Simulator, "jwks", lambda _: {"keys": listed})
    assert (await arrives(vneid_town)).step == "login"
    vneid_town.simulator.key = old
    assert (await arrives(vneid_town)).answer["code"]


async def test_changed_endpoints_are_not_used(vneid_town: VneidHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    told = vneid_town.simulator.discovery()
    moved = dict.fromkeys(("authorization_endpoint", "token_endpoint"), f"{told['issuer']}/elsewhere")
    monkeypatch.setattr(Simulator, "discovery", lambda _: {**told, **moved})
    vneid_town.pass_time(minutes=11)
    assert (await arrives(vneid_town)).answer["code"], "sign-in goes on with what was approved"
    (finding,) = await of_upstream(vneid_town.hall, vneid_town.now)
    assert finding.state is State.WARN
    assert "authorization_endpoint, token_endpoint" in finding.told


async def test_without_any_approval_production_lets_nobody_in_and_the_doctor_says_why(bare_vneid: VneidHouse) -> None:
    service, browser = await bare_vneid.service_of(), bare_vneid.browser()
    page = await bare_vneid.ask(browser, service)
    page = await browser.get(page.link("/vneid?"))
    assert page.step == "login"
    assert "chưa xác nhận xong" in page.text
    (finding,) = await of_upstream(bare_vneid.hall, bare_vneid.now)
    assert (finding.state, "not approved" in finding.told) == (State.WARN, True)
    await both(bare_vneid)
    assert (await arrives(bare_vneid)).answer["code"]
    (finding,) = await of_upstream(bare_vneid.hall, bare_vneid.now)
    assert finding.state is State.OK


async def test_only_the_latest_proposal_can_be_approved_once(vneid_town: VneidHouse) -> None:
    hall = vneid_town.hall
    change_keys(vneid_town)
    older = await upstream_pin.propose(hall, AN, vneid_town.now)
    change_keys(vneid_town)
    newer = await upstream_pin.propose(hall, AN, vneid_town.now)
    for fingerprint, expected in ((older.pin.fingerprint, Objection.UNKNOWN), ("", Objection.UNKNOWN)):
        with pytest.raises(NotApproved) as told:
            await upstream_pin.approve(hall, fingerprint, BINH, vneid_town.now)
        assert told.value.objection is expected
    await upstream_pin.approve(hall, newer.pin.fingerprint, BINH, vneid_town.now)
    with pytest.raises(NotApproved) as told:
        await upstream_pin.approve(hall, newer.pin.fingerprint, "cli:cuc", vneid_town.now)
    assert told.value.objection is Objection.DONE


ACTS = st.lists(st.sampled_from(["change", "propose", "approve", "replay"]), max_size=12)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
async def test_one_hand_alone_changes_nothing_in_any_order(vneid_town: VneidHouse, acts: list[str]) -> None:
    hall, seen = vneid_town.hall, [""]
    before = await upstream_pin.current(hall)
    for act in acts:
        if act == "change":
            change_keys(vneid_town)
        elif act == "propose":
            seen.append((await upstream_pin.propose(hall, AN, vneid_town.now)).pin.fingerprint)
        else:
            with pytest.raises(NotApproved):
                await upstream_pin.approve(hall, seen[-1 if act == "approve" else 0], AN, vneid_town.now)
        assert await upstream_pin.current(hall) == before
