"""The contract, "Authorization", of clients: dynamic registration, powers, drafts, and terms that change."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.demo import Demo
from tests.journeys.relying_party import RelyingParty
from tests.journeys.walking import sign_in, visiting, walk

CALLBACK = "http://127.0.0.1:8191/callback"


def test_registration_needs_an_initial_access_token(demo: Demo) -> None:
    for headers in ({}, {"authorization": "Bearer made-up"}):
        answer = httpx.post(f"{demo.issuer}/register", json={"redirect_uris": [CALLBACK]}, headers=headers, timeout=30)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_clients_of_the_sandbox_are_let_off_pkce_by_default(demo: Demo) -> None:
    assert demo.register().registration["require_pkce"] is False
    assert demo.register(require_pkce=True).registration["require_pkce"] is True
    assert demo.register(token_endpoint_auth_method="none").registration["require_pkce"] is True
    refused = demo.try_register(redirect_uris=[CALLBACK], token_endpoint_auth_method="none", require_pkce=False)
    assert refused.json()["error"] == "invalid_client_metadata"


def _with_token(demo: Demo, token: str, **metadata: Any) -> httpx.Response:
    return httpx.post(
        f"{demo.issuer}/register", json=metadata, headers={"authorization": f"Bearer {token}"}, timeout=30
    )


def test_only_tokens_with_the_power_let_a_client_off_pkce(demo: Demo) -> None:
    plain = demo.idp("clients", "iat", "create", "--label", "contract").strip()
    powerful = demo.idp("clients", "iat", "create", "--label", "contract", "--power", "no_pkce").strip()
    refused = _with_token(demo, plain, redirect_uris=[CALLBACK], require_pkce=False)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")
    assert _with_token(demo, plain, redirect_uris=[CALLBACK]).json()["require_pkce"] is True
    assert _with_token(demo, powerful, redirect_uris=[CALLBACK], require_pkce=False).json()["require_pkce"] is False


async def test_a_dynamic_client_gets_openid_only_until_it_is_approved(demo: Demo) -> None:
    token = demo.idp("clients", "iat", "create", "--label", "contract").strip()
    answer = _with_token(demo, token, redirect_uris=[CALLBACK], scope="openid profile").json()
    service, citizen = RelyingParty(demo.issuer, answer, demo.ca), demo.newcomer()
    async with visiting(demo) as browser:
        draft = service.tokens((await walk(browser, service.address(), citizen)).answer)
        assert draft["scope"].split() == ["openid"]
        demo.idp("clients", "approve", service.id)
        approved = service.tokens((await walk(browser, service.address(), citizen)).answer)
        assert approved["scope"].split() == ["openid", "profile"]


def test_several_redirect_hosts_need_a_sector(demo: Demo) -> None:
    uris = ["https://mot.quangngai.example/cb", "https://hai.quangngai.example/cb"]
    refused = demo.try_register(redirect_uris=uris, subject_type="pairwise")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "https://mot.quangngai.example/cb#part",
        "https://mot.quangngai.example/cb#",
        "http://mot.quangngai.example/cb",
        "not an address",
        "https://a@b@mot.quangngai.example/cb",
    ],
)
def test_dangerous_addresses_are_refused(demo: Demo, uri: str) -> None:
    refused = demo.try_register(redirect_uris=[uri])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_redirect_uri")
    for field in ("logo_uri", "policy_uri", "tos_uri", "client_uri", "backchannel_logout_uri", "jwks_uri"):
        if uri.lower().startswith(("javascript", "data")):
            refused = demo.try_register(redirect_uris=[CALLBACK], **{field: uri})
            assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata"), field


def test_addresses_on_any_loopback_address_are_allowed_in_the_sandbox(demo: Demo) -> None:
    for uri in ("http://127.0.0.1:9/cb", "http://127.8.7.6:8123/cb", "http://localhost:8123/cb"):
        assert demo.try_register(redirect_uris=[uri]).status_code == 201, uri


async def test_a_native_app_comes_back_to_any_port_of_loopback_and_nobody_else_does(demo: Demo) -> None:
    """RFC 8252 §7.3; everything else is compared letter by letter."""
    async with visiting(demo) as browser:
        for port in (8196, 54321):
            moved = f"http://127.0.0.1:{port}/callback"
            assert (await browser.get(demo.client("harness-native").address(redirect_uri=moved))).step == "login"
        web = demo.client("harness-pkce")
        for other in ("http://127.0.0.1:54321/callback", f"{web.redirect_uri}/", web.redirect_uri.upper()):
            assert "Yêu cầu không hợp lệ" in (await browser.get(web.address(redirect_uri=other))).text


def _document(client_id: str, **changes: Any) -> dict[str, Any]:
    scope = {
        "scope": "profile",
        "legal_basis": "consent",
        "purpose": "Điền sẵn tờ khai",
        "purpose#en": "To fill in the form",
        "legal_reference": "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15",
        **changes,
    }
    return {
        "client_id": client_id,
        "client_name": "Dịch vụ hợp đồng",
        "state": "approved",
        "login_policy": "vneid_or_local",
        "redirect_uris": [CALLBACK],
        "id_token_signed_response_alg": "ES256",
        "sector_identifier": "CONTRACT",
        "agency": {"code": "CONTRACT", "name": "Cơ quan thử"},
        "scopes": [scope],
    }


def _add(demo: Demo, document: dict[str, Any]) -> RelyingParty:
    answer = json.loads(demo.idp("clients", "add", "--json", "-", given=document))
    return RelyingParty(demo.issuer, answer, demo.ca)


def _apply(demo: Demo, document: dict[str, Any], folder: Path) -> None:
    """As an administrator changes a manifest."""
    tables = {"agency": document["agency"]}
    lines = [f"{json.dumps(k)} = {json.dumps(v)}" for k, v in document.items() if k not in ("agency", "scopes")]
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in table.items())]
    for table in document["scopes"]:
        lines += ["[[scopes]]", *(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in table.items())]
    (folder / f"{document['client_id']}.toml").write_text("\n".join(lines), encoding="utf-8")
    demo.idp("clients", "apply", str(folder))


async def test_a_task_is_a_notice_once_and_consent_is_a_question(demo: Demo) -> None:
    citizen = demo.newcomer()
    task = _add(demo, _document("by-task", legal_basis="task"))
    async with visiting(demo) as browser:
        page = await sign_in(browser, await browser.get(task.address()), citizen)
        assert page.step == "consent"
        assert "nhiệm vụ theo pháp luật" in page.text
        page = await browser.submit(page, "decision", decision="allow")
        assert task.userinfo(task.tokens(page.answer)["access_token"]).json()["name"] == citizen.name
        assert (await browser.get(task.address())).answer["code"]


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "Một mục đích khác"},
        {"legal_reference": "Nghị định 118/2025/NĐ-CP"},
        {"agency": {"code": "CONTRACT2", "name": "Cơ quan khác"}, "sector_identifier": "CONTRACT2"},
    ],
    ids=["purpose", "text", "agency"],
)
async def test_changed_terms_ask_again_and_prompt_none_then_fails(
    demo: Demo, changes: dict[str, Any], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    citizen = demo.newcomer()
    before = _document(f"changing-{request.node.callspec.id}")
    service = _add(demo, before)
    async with visiting(demo) as browser:
        await walk(browser, service.address(), citizen)
        assert (await browser.get(service.address(prompt="none"))).answer["code"]
        after = {**before, **{key: value for key, value in changes.items() if key in before}}
        after["scopes"] = [{**before["scopes"][0], **{k: v for k, v in changes.items() if k not in before}}]
        _apply(demo, after, tmp_path)
        assert (await browser.get(service.address(prompt="none"))).answer["error"] == "consent_required"
        page = await browser.get(service.address())
        assert page.step == "consent"
        assert (await browser.submit(page, "decision", decision="allow")).answer["code"]


async def test_a_service_for_vneid_alone_lets_nobody_in_by_password(demo: Demo) -> None:
    service = _add(demo, {**_document("by-vneid"), "login_policy": "vneid_only"})
    async with visiting(demo) as browser:
        page = await browser.get(service.address())
        assert "VNeID" in page.text
        assert 'name="password"' not in page.text


async def test_a_disabled_client_is_refused_at_once(demo: Demo) -> None:
    service, citizen = _add(demo, _document("soon-disabled")), demo.newcomer()
    async with visiting(demo) as browser:
        tokens = service.tokens((await walk(browser, service.address(), citizen)).answer)
        demo.idp("clients", "disable", service.id, "--reason", "contract")
        assert "Yêu cầu không hợp lệ" in (await browser.get(service.address())).text
        assert service.userinfo(tokens["access_token"]).status_code == 401
