"""What a door is handed at the roof, and what it reads of a request before it calls a flow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from idp.flows.hall import Hall
from idp.flows.visitor import Visitor
from idp.identity.person import Person
from idp.kernel.clock import Clock
from idp.kernel.secret import Secret, new_secret
from idp.protocol import redirect_uri
from idp.protocol.client import ClientState
from idp.storage.clients import RegisteredClient
from idp.web import cookies
from idp.web.context import Service
from idp.web.templating import Pages

# Binds interactions to a browser; it says nothing about who sits there.
_BROWSER_KEPT = timedelta(days=365)
_LONGEST_COOKIE = 200
_LONGEST_AGENT = 400


@dataclass(frozen=True, slots=True)
class Door:
    """Shared by every page of the hub."""

    hall: Hall
    pages: Pages
    clock: Clock

    def now(self) -> datetime:
        return self.clock()

    def visitor(self, request: Request) -> Visitor:
        """Total: odd cookies are no cookies."""
        seen = cookies.parse(request.headers.get("cookie"))
        return Visitor(
            session=_secret(self.pages.cookies.read(seen, cookies.SESSION)),
            browser=_secret(self.pages.cookies.read(seen, cookies.BROWSER)),
            address=request.client.host if request.client else "",
            user_agent=request.headers.get("user-agent", "")[:_LONGEST_AGENT],
        )

    def remember_browser(self, response: Response, visitor: Visitor, browser: Secret) -> None:
        if visitor.browser is None:
            self.pages.cookies.set(response, cookies.BROWSER, browser.reveal(), max_age=_BROWSER_KEPT)

    def set_session(self, response: Response, cookie: Secret) -> None:
        """Ends with the browser; how long the session itself lives is the store's to say."""
        self.pages.cookies.set(response, cookies.SESSION, cookie.reveal())

    def leave_nothing(self, response: Response) -> None:
        """Of a public computer: pages and cookies of ours, and what binds the browser to whoever sat there.

        Clear Site Data §3.1: not "cookies", which would take those of every other site of the province with them.
        """
        response.headers["clear-site-data"] = '"cache", "storage"'
        for name in (cookies.SESSION, cookies.BROWSER, cookies.LANGUAGE):
            self.pages.cookies.clear(response, name)

    def clear_session(self, response: Response) -> None:
        self.pages.cookies.clear(response, cookies.SESSION)


def browser_of(visitor: Visitor) -> Secret:
    return visitor.browser or new_secret()


def service_of(registered: RegisteredClient, lang: str, return_uri: str | None = None) -> Service:
    """The client as people know it, in their language where it has a name in it."""
    client = registered.client
    return Service(
        name=in_language(client.client_name, lang) or client.client_id,
        agency=in_language(registered.agency.name, lang),
        return_uri=return_uri or home_of(registered),
        logo_uri=client.logo_uri,
        client_uri=client.client_uri,
        policy_uri=client.policy_uri,
        tos_uri=client.tos_uri,
    )


def home_of(registered: RegisteredClient) -> str | None:
    """Where a person can begin again at the service: only addresses that it registered itself."""
    client = registered.client
    hosts = (redirect_uri.origin(uri) for uri in client.redirect_uris)
    host = next((f"{found}/" for found in hosts if found is not None and "://" in found), None)
    return client.initiate_login_uri or client.client_uri or host


def leads_back_to(registered: RegisteredClient | None) -> bool:
    """Whether a page of ours may lead there on the word of an address alone: only to services that we approved."""
    return registered is not None and registered.client.state is ClientState.APPROVED


def in_language(texts: Mapping[str, str], lang: str) -> str:
    """The text in this language, else in Vietnamese, else in any."""
    return texts.get(lang) or texts.get("vi") or next(iter(texts.values()), "")


def name_of(person: Person) -> str:
    """What the person is called on their own screen."""
    name = person.facts.get("name")
    return str(name.value) if name is not None else ""


def _secret(value: str | None) -> Secret | None:
    return Secret(value) if value is not None and len(value) <= _LONGEST_COOKIE else None
