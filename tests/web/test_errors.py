"""What crosses HTTP when something is wrong: the specified error, or a page, and never a trace."""

import logging

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from idp.kernel import errors as kernel
from idp.kernel.errors import (
    InsufficientScope,
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidToken,
    OAuthError,
    PageError,
    Refusal,
    TemporarilyUnavailable,
)
from idp.protocol.request import ResponseMode
from idp.web import errors, forms
from idp.web.headers import BaselineHeaders
from idp.web.responses import answer
from tests.web.client import client
from tests.web.gallery import PAGES

REALM = "https://op.example"
HTML = {"accept": "text/html,application/xhtml+xml"}
SECRET = "mật khẩu của Trần Quốc Đạt"


def _raising(error: Exception) -> httpx.AsyncClient:
    async def door(request: Request) -> Response:
        raise error

    async def form(request: Request) -> Response:
        await forms.body(request)
        return Response()

    routes = [Route("/door/{id}", door), Route("/form", form, methods=["POST"])]
    app = Starlette(routes=routes)
    errors.install(app, PAGES, realm=REALM)
    return client(BaselineHeaders(errors.LastResort(app), tls=False))


@pytest.mark.parametrize(
    ("error", "status", "challenge"),
    [
        (InvalidGrant("the code was redeemed"), 400, None),
        (InvalidClient("client authentication failed"), 401, f'Basic realm="{REALM}", charset="UTF-8"'),
        (InvalidToken("expired"), 401, f'Bearer realm="{REALM}", error="invalid_token", error_description="expired"'),
        (InsufficientScope(""), 403, f'Bearer realm="{REALM}", error="insufficient_scope"'),
        (TemporarilyUnavailable("storage is away"), 503, None),
    ],
)
async def test_an_oauth_error_is_json_with_its_status(error: OAuthError, status: int, challenge: str | None) -> None:
    response = await _raising(error).get("/door/1", headers=HTML)
    assert response.status_code == status
    assert response.json()["error"] == error.code
    assert response.headers.get("www-authenticate") == challenge
    assert response.headers["cache-control"] == "no-store"


def test_every_registered_error_has_a_status() -> None:
    for kind in OAuthError.__subclasses__():
        assert errors.status_of(kind("x")) in (400, 401, 403, 500, 503)
        assert kind.__module__ == kernel.__name__


def test_a_malformed_request_at_a_protected_resource_names_the_scheme() -> None:
    response = errors.oauth_json(InvalidRequest("two tokens"), realm=REALM, challenge="Bearer")
    assert response.status_code == 400
    assert response.headers["www-authenticate"].startswith('Bearer realm="https://op.example", error="invalid_request"')


def test_a_request_without_any_token_learns_only_the_scheme() -> None:
    response = errors.bearer_required(REALM)
    assert (response.status_code, response.headers["www-authenticate"]) == (401, f'Bearer realm="{REALM}"')


async def test_a_page_error_is_a_page_on_our_own_host() -> None:
    response = await _raising(PageError("redirect_uri_mismatch")).get("/door/1", headers=HTML)
    assert response.status_code == 400
    assert "Yêu cầu không hợp lệ" in response.text
    assert "location" not in response.headers


async def test_a_refusal_is_a_page_with_its_sentence() -> None:
    response = await _raising(Refusal("national_id_malformed")).get("/door/1", headers=HTML)
    assert response.status_code == 403
    assert "12 chữ số" in response.text


async def test_an_unreadable_form_is_json_for_programs_and_a_page_for_people() -> None:
    caller = _raising(RuntimeError())
    sent = {"content-type": "application/json"}
    assert (await caller.post("/form", content=b"{}", headers=sent)).json()["error"] == "invalid_request"
    page = await caller.post("/form", content=b"{}", headers={**sent, **HTML})
    assert page.status_code == 400
    assert "Yêu cầu không hợp lệ" in page.text


async def test_a_bug_is_an_incident_and_its_words_stay_inside(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caller = _raising(ValueError(SECRET))
    page = await caller.get("/door/1?code=abc", headers=HTML)
    program = await caller.get("/door/1")
    assert (page.status_code, program.status_code) == (500, 500)
    assert program.json()["error"] == "server_error"
    for text in (page.text, program.text, caplog.text):
        assert SECRET not in text
        assert "Traceback" not in text
    assert "ValueError" in caplog.text
    assert "/door/{id}" in caplog.text
    incident = program.json()["error_description"].removeprefix("incident ")
    assert incident in caplog.text


async def test_a_bug_in_the_middle_of_an_answer_ends_here(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError(SECRET)

    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    await errors.LastResort(broken)({"type": "http"}, nothing, keep)
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert "ValueError" in caplog.text
    assert SECRET not in caplog.text


async def test_unknown_addresses_and_methods_have_pages() -> None:
    caller = _raising(RuntimeError())
    missing = await caller.get("/nowhere", headers=HTML)
    assert (missing.status_code, "Không tìm thấy trang" in missing.text) == (404, True)
    wrong = await caller.get("/form", headers=HTML)
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "POST"
    assert (await caller.get("/nowhere")).json() == {"error": "invalid_request"}


def test_an_answer_by_redirect_is_a_303() -> None:
    context = PAGES.context(Request({"type": "http", "path": "/", "query_string": b"", "headers": []}))
    response = answer("https://rp.example/cb?tenant=a", ResponseMode.QUERY, {"code": "x y"}, PAGES, context)
    assert response.status_code == 303
    assert response.headers["location"].startswith("https://rp.example/cb?tenant=a&code=x")


def test_an_answer_by_form_is_a_page_with_its_fields() -> None:
    context = PAGES.context(Request({"type": "http", "path": "/", "query_string": b"", "headers": []}))
    fields = {"error": "access_denied", "iss": REALM}
    html = bytes(answer("https://rp.example/cb", ResponseMode.FORM_POST, fields, PAGES, context).body).decode()
    assert 'name="error" value="access_denied"' in html
    assert 'name="iss" value="https://op.example"' in html
