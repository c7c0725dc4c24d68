"""Fields that nobody asked for: whatever a stranger adds to a form or a document sets nothing that others decide.

ZITADEL CVE-2026-54693 and CVE-2026-27946: people and clients said of themselves that they were verified.
"""

from typing import Any

import orjson

from idp.authn.login_policy import LoginPolicy
from idp.crypto import base64url
from idp.kernel.level import Level
from idp.protocol.client import ClientState
from tests.doors.machine_house import AGENCY, House
from tests.doors.people_house import PeopleHouse
from tests.doors.test_registration import WEB, initial_token, register, stored

WISHES: dict[str, Any] = {
    "client_id": "one_stop_shop",
    "client_secret": "b" * 43,
    "secret_digest": "b" * 43,
    "client_id_issued_at": 0,
    "state": "approved",
    "origin": "manifest",
    "agency": {"code": AGENCY.id, "name": "Sở Nội vụ"},
    "agency_id": AGENCY.id,
    "sector": "H48.01",
    "sector_identifier": "H48.01",
    "login_policy": "local",
    "scopes": [{"scope": "profile", "legal_basis": "task", "purpose": "Không hỏi"}],
    "terms": {"profile": {"basis": "task"}},
    "powers": ["administrator", "approve"],
    "resource": ["https://ho-so.example.vn/api"],
    "audience": "https://ho-so.example.vn/api",
    "refresh_grace": 10,
    "sensitive": True,
    "accepts_restricted_factors": True,
}


async def test_a_registration_decides_nothing_about_its_own_standing(small_house: House) -> None:
    await small_house.service("one_stop_shop")
    answer = await register(small_house, await initial_token(small_house), {**WEB, **WISHES})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["client_id"] != WISHES["client_id"]
    assert told["client_secret"] != WISHES["client_secret"]
    registered = await stored(small_house, told["client_id"])
    client = registered.client
    assert client.state is ClientState.DRAFT
    assert (client.resources, client.audience, client.refresh_grace, client.require_pkce) == (
        frozenset(),
        None,
        0,
        True,
    )
    assert not client.sensitive
    assert not client.accepts_restricted_factors
    assert registered.agency.id != AGENCY.id
    assert client.sector != "H48.01"
    assert registered.origin != "manifest"
    assert "task" not in {terms.basis.value for terms in registered.terms.scopes.values()}
    before = await stored(small_house, "one_stop_shop")
    assert before.client.state is ClientState.APPROVED
    assert before.login_policy is LoginPolicy.LOCAL


async def test_the_forms_of_a_sign_in_take_nothing_but_their_own_fields(town: PeopleHouse) -> None:
    lai = await town.citizen(level=Level.LOW)
    rin = await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin")
    wishes = {
        "person_id": rin.person.id,
        "sub": "cua-nguoi-khac",
        "level": "high",
        "acr": "high",
        "amr": "mfa",
        "auth_time": "0",
        "email_verified": "true",
        "state": "active",
        "client_id": "one_stop_shop",
        "redirect_uri": "https://evil.example/",
        "scope": "openid profile email phone address offline_access",
        "decision": "allow",
        "optional": "phone",
    }
    browser, service = town.browser(), await town.register()
    page = await town.ask(browser, service)
    page = await browser.submit(page, "username", username=lai.login, password=lai.password, **wishes)
    if not page.is_answer:
        page = await browser.submit(page, "decision", **{**wishes, "decision": "allow"})
    tokens = await town.exchanged(service, page)
    claims = orjson.loads(base64url.decode(tokens["id_token"].split(".")[1]))
    assert claims["acr"].endswith("/loa/low")
    assert claims["amr"] == ["pwd"]
    assert claims["auth_time"] > 0
    assert tokens["scope"] == "openid"
    assert (await town.userinfo(tokens["access_token"])).json() == {"sub": claims["sub"]}
    assert claims["sub"] != "cua-nguoi-khac"
    assert not await town.events("person_state_changed")
