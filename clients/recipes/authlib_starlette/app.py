"""A Starlette service on Authlib alone: sign-in, refresh, sign-out. A recipe, and a fixture of the tests."""

import asyncio
import html
import os
import secrets
from typing import Any

import uvicorn
from authlib.integrations.starlette_client import OAuth, OAuthError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

ISSUER = os.environ.get("ISSUER", "http://localhost:8000")
HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "8112"))
BASE_URL = os.environ.get("BASE_URL", f"http://{HOST}:{PORT}")
COOKIE = "recipe_authlib"

oauth = OAuth()
oauth.register(
    "hub",
    client_id=os.environ.get("CLIENT_ID", "recipe_authlib_starlette"),
    client_secret=os.environ.get("CLIENT_SECRET"),
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "client_secret_basic",
        "verify": os.environ.get("CA") or True,
    },
)
refreshing = asyncio.Lock()


class ServerSession:
    """`request.session`, kept here; the browser holds a random name for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._sessions: dict[str, dict[str, Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["session"] = self._sessions.get(Request(scope).cookies.get(COOKIE, ""), {})
            scope["keep_session"] = self._keep
        await self._app(scope, receive, send)

    def _keep(self, response: Response, content: dict[str, Any]) -> None:
        """Under a new name each time: a name from before a sign-in must be worth nothing after it."""
        name = secrets.token_urlsafe(32)
        self._sessions = {old: kept for old, kept in self._sessions.items() if kept is not content}
        self._sessions[name] = content
        response.set_cookie(COOKIE, name, httponly=True, samesite="lax", secure=BASE_URL.startswith("https"))


async def hub() -> Any:  # noqa: ANN401 (Authlib makes its client classes at run time)
    """Authlib's client, with the algorithm of ID tokens pinned to what we registered."""
    client: Any = oauth.create_client("hub")  # type: ignore[no-untyped-call]
    metadata = await client.load_server_metadata()
    metadata["id_token_signing_alg_values_supported"] = ["ES256"]
    return client


async def front(request: Request) -> Response:
    """Greets, or offers to sign in."""
    person = request.session.get("person")
    if person is None:
        return page('<p><a id="sign-in" href="/sign-in">Đăng nhập</a></p>')
    name = html.escape(person.get("name") or person["sub"])
    refreshed = request.session.get("refreshed", 0)
    return page(
        f'<p>Xin chào, <b id="signed-in-name">{name}</b></p>'
        f'<form method="post" action="/refresh"><button id="refresh">Làm mới</button> <span id="refreshed">{refreshed}'
        '</span></form><form method="post" action="/sign-out"><button id="sign-out">Đăng xuất</button></form>'
    )


async def sign_in(request: Request) -> Response:
    """OpenID Connect Core §3.1.2.1."""
    client = await hub()
    # The scope is asked for here: among client_kwargs Authlib would repeat it at every refresh, and a person may have
    # granted less.
    response: Response = await client.authorize_redirect(request, f"{BASE_URL}/callback", scope="openid profile")
    request.scope["keep_session"](response, request.session)
    return response


async def callback(request: Request) -> Response:
    """RFC 6749 §4.1.2, RFC 9207."""
    if request.query_params.get("iss") != ISSUER:
        return page("<p>Câu trả lời đến từ nơi khác.</p>", 400)
    client = await hub()
    try:
        token = await client.authorize_access_token(request, leeway=30)
    except OAuthError as error:
        return page(f'<p id="refused">Đăng nhập chưa thành công: <code>{html.escape(str(error.error))}</code></p>', 400)
    told = await client.userinfo(token=token)
    if told["sub"] != token["userinfo"]["sub"]:
        return page("<p>Thông tin nói về một người khác.</p>", 400)
    request.session.update(person={**token["userinfo"], **told}, token=dict(token), refreshed=0)
    response = RedirectResponse("/", 303)
    request.scope["keep_session"](response, request.session)
    return response


async def refresh(request: Request) -> Response:
    """RFC 6749 §6; each refresh token works once, so one request at a time."""
    client = await hub()
    async with refreshing:
        held = request.session.get("token")
        if held is None:
            return RedirectResponse("/", 303)
        try:
            renewed = await client.fetch_access_token(grant_type="refresh_token", refresh_token=held["refresh_token"])
        except OAuthError:
            request.session.clear()
            return RedirectResponse("/", 303)
        request.session["token"] = {**held, **renewed}
        request.session["refreshed"] += 1
    return RedirectResponse("/", 303)


async def sign_out(request: Request) -> Response:
    """OpenID Connect RP-Initiated Logout 1.0 §2."""
    token = request.session.get("token")
    request.session.clear()
    if token is None:
        return RedirectResponse("/", 303)
    answer = await (await hub()).logout_redirect(request, f"{BASE_URL}/", id_token_hint=token["id_token"])
    return RedirectResponse(answer.headers["location"], 303)


def page(body: str, status: int = 200) -> HTMLResponse:
    head = '<!doctype html><html lang="vi"><meta charset="utf-8"><title>Thư viện số</title><h1>Thư viện số</h1>'
    return HTMLResponse(head + body, status, headers={"Cache-Control": "no-store"})


app = Starlette(
    routes=[
        Route("/", front),
        Route("/sign-in", sign_in),
        Route("/callback", callback),
        Route("/refresh", refresh, methods=["POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
    ]
)
app.add_middleware(ServerSession)

if __name__ == "__main__":
    uvicorn.run(app, host=HOST, port=PORT, log_level="warning")
