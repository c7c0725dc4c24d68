"""What an administrator does to people and services, as services and citizens notice it: at once, and everywhere."""

from datetime import timedelta
from typing import Any

import pytest

from idp.audit import kinds
from idp.flows import clients_manifest, manage_clients
from idp.flows import people as acts
from idp.flows.client_document import UnusableClient, read
from idp.flows.people import IdentifierTaken
from idp.flows.person_document import read as read_person
from idp.identity.person import PersonState
from idp.kernel.secret import Secret
from idp.protocol.client import ClientState
from tests.doors.people_house import Citizen, PeopleHouse, terms_of

OFFLINE = terms_of(profile="task", offline_access="consent")
ASKED = {"scope": "openid profile offline_access", "prompt": "consent"}
DOCUMENT = {
    "name": "Kơ̆",
    "national_id": "062 078 990 411",
    "phone_number": "0900 000 013",
    "email": "Ko@Quangngai.example",
    "code_card": "qn-7k3m-9xab",
    "level": "low",
    "password": "măng-đen-1978",
    "claims": {"birthdate": "1978", "gender": "male", "email_verified": True},
}


@pytest.mark.parametrize(
    "login", ["062078990411", "062 078 990 411", "+84900000013", "ko@quangngai.example", "QN7K3M9XAB"]
)
async def test_a_person_who_was_added_signs_in_by_each_identifier(people: PeopleHouse, login: str) -> None:
    house = people
    new = read_person(DOCUMENT, house.now.date())
    person_id = await acts.add(house.hall, new, actor="test", now=house.now)
    async with house.hall.db.read() as tx:
        person = await tx.persons.get(person_id)
    assert person is not None
    citizen = Citizen(person, login, DOCUMENT["password"], None)  # type: ignore[arg-type]
    service = await house.register()
    tokens = await house.tokens_of(house.browser(), service, citizen)
    assert tokens["access_token"]


async def test_an_identifier_belongs_to_one_person(people: PeopleHouse) -> None:
    hall, now = people.hall, people.now
    await acts.add(hall, read_person(DOCUMENT, now.date()), actor="test", now=now)
    other = {"name": "Y Hyêm", "phone_number": "+84 900 000 013"}
    with pytest.raises(IdentifierTaken):
        await acts.add(hall, read_person(other, now.date()), actor="test", now=now)
    [event] = await people.events(kinds.PERSON_ADDED)
    assert event.changed["identifiers"] == ["code_card", "email", "name_word", "national_id", "phone_number"]
    assert "Kơ̆" not in repr(event)
    assert "sandbox" not in repr(event.changed["identifiers"])


@pytest.mark.parametrize("state", [PersonState.SUSPENDED, PersonState.CLOSED])
async def test_a_person_who_is_suspended_loses_everything_at_once(people: PeopleHouse, state: PersonState) -> None:
    house = people
    citizen, service = await house.citizen(), await house.register(terms=OFFLINE)
    tokens = await house.tokens_of(house.browser(), service, citizen, **ASKED)
    assert (await house.introspect(service, tokens["access_token"]))["active"] is True
    person_id = citizen.person.id
    assert await acts.set_state(house.hall, person_id, state, actor="test", reason="x", now=house.now)

    assert (await house.introspect(service, tokens["access_token"]))["active"] is False
    assert (await house.introspect(service, tokens["refresh_token"]))["active"] is False
    assert (await house.userinfo(tokens["access_token"])).status_code == 401
    assert (await house.refresh(service, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    async with house.hall.db.read() as tx:
        assert await tx.sessions.of_person(person_id, house.now) == []
        assert await tx.grants.of_person(person_id) == []
        assert await tx.outbox.depth() == 1
    browser = house.browser()
    page = await house.sign_in(browser, await house.ask(browser, service), citizen)
    assert not page.is_answer
    assert page.step == "login"
    [event] = await house.events(kinds.PERSON_STATE_CHANGED)
    assert (event.changed["before"], event.changed["after"], event.actor) == ("active", state.value, "test")


async def test_restoring_revives_nothing_that_was_ended(people: PeopleHouse) -> None:
    house = people
    citizen, service = await house.citizen(), await house.register(terms=OFFLINE)
    tokens = await house.tokens_of(house.browser(), service, citizen, **ASKED)
    for state in (PersonState.SUSPENDED, PersonState.ACTIVE):
        await acts.set_state(house.hall, citizen.person.id, state, actor="test", reason="x", now=house.now)
    assert (await house.introspect(service, tokens["access_token"]))["active"] is False
    assert (await house.refresh(service, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await house.tokens_of(house.browser(), service, citizen))["access_token"]


async def test_a_client_that_is_disabled_is_refused_at_once_and_may_come_back(people: PeopleHouse) -> None:
    house = people
    citizen, service = await house.citizen(), await house.register()
    tokens = await house.tokens_of(house.browser(), service, citizen)
    client_id = service.client.client_id
    for state, active in ((ClientState.DISABLED, False), (ClientState.APPROVED, True)):
        changed = await manage_clients.set_state(house.hall, client_id, state, actor="test", reason="x", now=house.now)
        assert changed
        answer = await house.post("/introspect", service, {"token": tokens["access_token"]})
        assert (answer.status_code == 200) is active
    assert not await manage_clients.set_state(
        house.hall, client_id, ClientState.APPROVED, actor="test", reason="x", now=house.now
    )


def manifest(client_id: str = "tra_cuu", **changes: Any) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "client_name": "Tra cứu",
        "client_name#en": "Tracking",
        "origin": "https://tracuu.example.vn",
        "redirect_uris": ["/cb"],
        "login_policy": "local",
        "agency": {"code": "H48.07", "name": "Sở Tư pháp", "name#en": "Department of Justice"},
        "scopes": [{"scope": "profile", "legal_basis": "task", "purpose": "Điền tờ khai", "legal_reference": "Điều 9"}],
        **changes,
    }


async def apply(house: PeopleHouse, *documents: dict[str, Any], **secrets: Secret) -> clients_manifest.Plan:
    described = [read(one, house.hall.policies.protocol, house.now, source="manifest") for one in documents]
    planned = await clients_manifest.plan(house.hall, described, secrets)
    await clients_manifest.apply(house.hall, planned, actor="test", now=house.now)
    return planned


async def test_a_manifest_is_applied_once_and_a_change_names_its_fields(town: PeopleHouse) -> None:
    first = await apply(town, manifest())
    assert first.changes[0].secret is not None
    assert (await apply(town, manifest())).changes == ()
    second = await apply(town, manifest(client_uri="/", state="approved"))
    assert second.changes[0].fields == ("client_uri", "state")
    assert second.changes[0].secret is None
    events = await town.events(kinds.CLIENT_CHANGED)
    assert [event.changed["fields"] for event in events] == [["client_uri", "state"]]


async def test_a_given_secret_is_used_and_replaces_another(town: PeopleHouse) -> None:
    given = Secret("x" * 43)
    await apply(town, manifest(), tra_cuu=given)
    assert (await apply(town, manifest(), tra_cuu=given)).changes == ()
    async with town.hall.db.read() as tx:
        registered = await tx.clients.get("tra_cuu")
    assert registered is not None
    assert registered.client.secret_digest == given.digest()
    replaced = await apply(town, manifest(), tra_cuu=Secret("y" * 43))
    assert replaced.changes[0].fields == ("client_secret",)


async def test_a_sector_belongs_to_the_agency_above_its_services_or_to_one_alone(town: PeopleHouse) -> None:
    other = {"code": "H48.08", "name": "Sở Y tế", "name#en": "Department of Health"}
    await apply(town, manifest("one", sector_identifier="H48"), manifest("two", sector_identifier="H48", agency=other))
    await apply(town, manifest("three"))
    with pytest.raises(UnusableClient, match="belongs to another agency"):
        await apply(town, manifest("four", agency=other, sector_identifier="H48.07"))
    foreign = {**other, "code": "H49.01"}
    with pytest.raises(UnusableClient, match="belongs to another agency"):
        await apply(town, manifest("five", agency=foreign, sector_identifier="H48"))
    async with town.hall.db.read() as tx:
        assert {"four", "five"}.isdisjoint({one.client.client_id for one in await tx.clients.all()})


async def test_what_was_disabled_by_hand_stays_so(town: PeopleHouse) -> None:
    await apply(town, manifest(state="approved"))
    await manage_clients.set_state(town.hall, "tra_cuu", ClientState.DISABLED, actor="test", reason="x", now=town.now)
    planned = await apply(town, manifest(state="approved", client_uri="/"))
    assert planned.disabled == ("tra_cuu",)
    async with town.hall.db.read() as tx:
        registered = await tx.clients.get("tra_cuu")
    assert registered is not None
    assert (registered.client.state, registered.client.client_uri) == (
        ClientState.DISABLED,
        "https://tracuu.example.vn/",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "/cb"},
        {"state": "disabled"},
        {"login_policy": "any"},
        {"origin": None},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": ["http://tracuu.example.vn/cb"]},
        {"agency": {"code": "H48.07"}},
        {"agency": "H48.07"},
        {"client_name#fr": "Suivi"},
        {"scopes": [{"scope": "profile", "legal_basis": "law", "purpose": "x", "legal_reference": "y"}]},
        {"scopes": [{"scope": "openid", "legal_basis": "task", "purpose": "x", "legal_reference": "y"}]},
        {"scopes": [{"scope": "secrets", "legal_basis": "task", "purpose": "x", "legal_reference": "y"}]},
        {"scopes": [{"scope": "profile", "legal_basis": "task", "legal_reference": "y"}]},
        {"scopes": "profile"},
        {"refresh_grace": 11},
        {"require_pkce": "no"},
    ],
)
def test_a_mistake_in_a_manifest_is_refused(town: PeopleHouse, changes: dict[str, Any]) -> None:
    with pytest.raises(UnusableClient):
        read(manifest(**changes), town.hall.policies.protocol, town.now, source="manifest")


async def test_an_initial_access_token_is_made_once_and_ends(town: PeopleHouse) -> None:
    async def issue() -> Secret:
        return await manage_clients.issue_initial_access_token(
            town.hall, "x", ["approve"], timedelta(days=1), 1, actor="test", now=town.now, token=Secret("t" * 43)
        )

    assert await issue() == await issue()
    assert len(await town.events(kinds.INITIAL_ACCESS_TOKEN_ISSUED)) == 1
    assert await manage_clients.sandbox_tokens(town.hall, town.now) == []
