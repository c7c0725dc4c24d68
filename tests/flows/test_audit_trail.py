"""What administrators and the rotator do stands in the audit trail: who, about whom, what changed, and no more."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from idp.audit import kinds
from idp.crypto.field_encryption import Vault
from idp.crypto.rotation_policy import RotationPolicy
from idp.crypto.signing_keys import KeyRecord, KeyState, generate
from idp.flows import clients_manifest, manage_clients, people
from idp.flows.client_document import read
from idp.flows.person_document import read as read_person
from idp.flows.rewrap import rewrap
from idp.flows.rotate_keys import rotate
from idp.identity.person import PersonState
from idp.protocol.client import ClientState
from idp.storage.events import StoredEvent
from tests.doors.machine_house import House

WHO = "cli:quan-tri"
MANIFEST: dict[str, Any] = {
    "client_id": "dat_dai",
    "client_name": "Hồ sơ đất đai",
    "client_name#en": "Land files",
    "state": "approved",
    "login_policy": "local",
    "token_endpoint_auth_method": "client_secret_basic",
    "redirect_uris": ["https://dat-dai.example.vn/callback"],
    "agency": {"code": "H48.07", "name": "Sở Nông nghiệp và Môi trường", "name#en": "Department of Environment"},
}
PERSON = {
    "name": "Đinh Thị Hiên",
    "national_id": "051190990188",
    "level": "substantial",
    "claims": {"birthdate": "1990-07-05"},
    "password": "tre-lang-1990",
}


async def apply(house: House, document: dict[str, Any]) -> None:
    described = read(document, house.hall.policies.protocol, house.now, source="manifest")
    planned = await clients_manifest.plan(house.hall, [described], {})
    await clients_manifest.apply(house.hall, planned, actor=WHO, now=house.now)


async def trail(house: House) -> list[StoredEvent]:
    async with house.hall.db.read() as tx:
        return list(reversed(await tx.events.page(limit=200)))


async def test_a_service_is_registered_changed_and_disabled(house: House) -> None:
    await apply(house, MANIFEST)
    renamed = {**MANIFEST["agency"], "name": "Sở Tài nguyên"}
    await apply(house, {**MANIFEST, "policy_uri": "https://dat-dai.example.vn/rieng-tu", "agency": renamed})
    await apply(house, {**MANIFEST, "policy_uri": "https://dat-dai.example.vn/rieng-tu", "agency": renamed})
    await manage_clients.set_state(
        house.hall, "dat_dai", ClientState.DISABLED, actor=WHO, reason="hợp đồng đã hết", now=house.now
    )
    events = [stored.event for stored in await trail(house)]
    assert [event.kind for event in events] == [
        *(kinds.AGENCY_CHANGED, kinds.CLIENT_REGISTERED),
        *(kinds.AGENCY_CHANGED, kinds.CLIENT_CHANGED),
        kinds.CLIENT_STATE_CHANGED,
    ]
    assert {event.actor for event in events} == {WHO}
    changed, ended = events[3], events[4]
    assert "policy_uri" in changed.changed["fields"]
    assert (ended.client_id, ended.changed["before"], ended.changed["after"]) == ("dat_dai", "approved", "disabled")
    assert ended.changed["reason"] == "hợp đồng đã hết"


async def test_who_may_register_services_is_written_down_without_the_token(house: House) -> None:
    token = await manage_clients.issue_initial_access_token(
        house.hall, "Trung tâm số", ["no_pkce"], timedelta(days=30), 3, actor=WHO, now=house.now
    )
    [event] = await house.events(kinds.INITIAL_ACCESS_TOKEN_ISSUED)
    assert (event.actor, event.changed["powers"], event.changed["uses"]) == (WHO, ["no_pkce"], 3)
    assert token.reveal() not in str(event)


async def test_a_person_is_added_and_suspended_and_the_trail_knows_no_name(house: House) -> None:
    person_id = await people.add(house.hall, read_person(PERSON, house.now.date()), actor=WHO, now=house.now)
    await people.set_state(
        house.hall, person_id, PersonState.SUSPENDED, actor=WHO, reason="bà Hiên, 051190990188, báo mất", now=house.now
    )
    [added] = await house.events(kinds.PERSON_ADDED)
    [suspended] = await house.events(kinds.PERSON_STATE_CHANGED)
    assert (added.person_id, suspended.person_id) == (person_id, person_id)
    assert "birthdate" in added.changed["claims"]
    assert (suspended.changed["before"], suspended.changed["after"]) == ("active", "suspended")
    told = str(await trail(house))
    assert not [word for word in ("Đinh", "051190990188", "1990-07-05", "tre-lang") if word in told]


async def test_moving_everything_to_a_new_key_encryption_key_is_one_event(house: House) -> None:
    await house.person()
    roots = replace(house.hall.roots, keks={**house.hall.roots.keks, "0002": b"n" * 32}, active_kek="0002")
    hall = replace(house.hall, roots=roots, vault=Vault(roots.keks, roots.active_kek))
    assert any((await rewrap(hall, actor=WHO, now=house.now)).values())
    assert not any((await rewrap(hall, actor=WHO, now=house.now)).values())
    [event] = await house.events(kinds.DATA_REWRAPPED)
    assert (event.actor, event.changed) == (WHO, {"kek": "0002"})


async def test_each_step_of_a_signing_keys_life_is_written_down_with_its_name(house: House) -> None:
    former, retired, archived = [_key(house, state, days) for state, days in _LIVES]
    async with house.hall.db.unaudited_tx() as tx:
        for record in (former, retired, archived):
            assert await tx.keys.add(record)
    await rotate(house.hall.db, house.hall.vault, RotationPolicy(), actor=WHO)
    events = [stored.event for stored in await trail(house)]
    assert {(event.kind, event.changed["kid"]) for event in events} == {
        (kinds.KEY_RETIRED, former.kid),
        (kinds.KEY_ARCHIVED, retired.kid),
        (kinds.KEY_FORGOTTEN, archived.kid),
    }
    assert {event.actor for event in events} == {WHO}


# A signer that the house's own has followed, one that left long enough ago, and one whose history is over.
_LIVES = ((KeyState.ACTIVE, 0), (KeyState.RETIRED, 3), (KeyState.HISTORY, 800))


def _key(house: House, state: KeyState, retired_days_ago: int) -> KeyRecord:
    began = house.now - timedelta(days=retired_days_ago + 30)
    ended = house.now - timedelta(days=retired_days_ago) if retired_days_ago else None
    made = generate("ES256", began, began, house.hall.vault)
    sealed = None if state is KeyState.HISTORY else made.sealed_private
    return replace(made, state=state, retired_at=ended, sealed_private=sealed)
