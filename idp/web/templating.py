"""Renders a typed page into a response; the only place that touches Jinja. It knows no flow and no rule."""

import secrets
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, quote

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from starlette.requests import Request
from starlette.responses import HTMLResponse

from idp.kernel.clock import Clock, system_clock
from idp.web import cookies, formats
from idp.web.catalogue import translator
from idp.web.context import PageContext, Service
from idp.web.cookies import CookiePolicy
from idp.web.facts import worth_saying
from idp.web.headers import PagePolicy
from idp.web.hub import Hub
from idp.web.language import LANGUAGES, Wishes, cookie_value, negotiate
from idp.web.pages import Page
from idp.web.pages.logout import FormPost
from idp.web.pages.sign_in import Login
from idp.web.static import Assets

FOLDER = Path(__file__).parent / "templates"


class _Compiled(BytecodeCache):
    """What this process has compiled: a second hub in it (in tests, hundreds) compiles nothing again."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class Pages:
    """The renderer of one hub, made once at the roof and shared by all doors."""

    def __init__(self, hub: Hub, assets: Assets, cookie_policy: CookiePolicy, clock: Clock = system_clock) -> None:
        self.hub = hub
        self.assets = assets
        self.cookies = cookie_policy
        self._clock = clock
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=_COMPILED,
        )
        self._environment.globals.update(hub=hub, asset=assets.url, fmt=formats)
        self._environment.filters["worth_saying"] = worth_saying
        for name in self._environment.list_templates(extensions=["html"]):
            self._environment.get_template(name)
        for lang in LANGUAGES:
            translator(lang)

    def context(
        self,
        request: Request,
        *,
        service: Service | None = None,
        form_targets: tuple[str, ...] = (),
        person: str | None = None,
        shared: bool = False,
        alert: str | None = None,
        ui_locales: tuple[str, ...] = (),
        asked_at: datetime | None = None,
    ) -> PageContext:
        """The frame of a page that answers this request."""
        query = request.scope["query_string"].decode("latin-1")
        chosen = parse_qs(query).get("lang", [None])[-1] if "lang=" in query else None
        seen = cookies.parse(request.headers.get("cookie"))
        wishes = Wishes(
            chosen=chosen,
            remembered=self.cookies.read(seen, cookies.LANGUAGE),
            ui_locales=ui_locales,
            asked_at=asked_at,
        )
        lang = negotiate(wishes)
        return PageContext(
            lang=lang,
            # Never "//host": the language link would lead elsewhere.
            path="/" + quote(request.scope["path"].lstrip("/")),
            query=query,
            service=service,
            form_targets=form_targets,
            person=person,
            shared=shared,
            alert=alert,
            remember=cookie_value(lang, self._clock()) if chosen == lang else None,
        )

    def html(self, page: Page, context: PageContext, nonce: str) -> str:
        """The text of a page."""
        return self._environment.get_template(page.template).render(
            page=page, ctx=context, t=translator(context.lang), lang=context.lang, nonce=nonce
        )

    def render(self, page: Page, context: PageContext, *, status: int | None = None) -> HTMLResponse:
        """The page with its headers: a fresh nonce, a policy for exactly what it loads, never stored."""
        nonce = secrets.token_urlsafe(18)
        service = context.service
        policy = PagePolicy(
            nonce=nonce,
            form_targets=(page.action,) if isinstance(page, FormPost) else context.form_targets,
            images=(service.logo_uri,) if service and service.logo_uri else (),
            isolated=context.person is not None,
            works=isinstance(page, Login) and page.effort is not None,
            names_us_to_target=isinstance(page, FormPost),
        )
        headers = {**policy.headers(), "content-language": context.lang}
        response = HTMLResponse(self.html(page, context, nonce), status or page.status, headers)
        if context.remember:
            self.cookies.set(response, cookies.LANGUAGE, context.remember)
        return response
