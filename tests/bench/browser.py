"""A sign-in from a fresh browser on a raw connection: cookies, redirects, and the one form that a page shows."""

import html
import re
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.bench.connection import Answer, Connection, request

_FORM = re.compile(rb'<form[^>]* action="([^"]+)"')
_TRANSITION = re.compile(rb'name="transition" value="([^"]+)"')
_MOST_PAGES = 12


class Browser:
    """Met nobody yet."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cookies: dict[str, str] = {}

    async def get(self, path: str) -> Answer:
        return await self._ask(request("GET", path, headers=self._headers()))

    async def submit(self, page: Answer, **fields: str) -> Answer:
        """The first form that has a transition token."""
        action, transition = _FORM.search(page.body), _TRANSITION.search(page.body)
        assert action is not None, page.body
        assert transition is not None, page.body
        body = urlencode({"transition": html.unescape(transition[1].decode()), **fields})
        path = html.unescape(action[1].decode())
        return await self._ask(request("POST", path, body=body, headers=self._headers()))

    async def _ask(self, sent: bytes) -> Answer:
        answer = await self._connection.ask(sent)
        for line in answer.header(b"set-cookie"):
            name, _, value = line.decode().partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer

    def _headers(self) -> dict[str, str]:
        told = {
            "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "accept-language": "vi,en;q=0.5",
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        }
        if self._cookies:
            told["cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return told


async def sign_in(connection: Connection, begin: str, login: str, password: str) -> str:
    """From the service's redirect to the code that it gets; whatever page is shown is answered."""
    browser = Browser(connection)
    answer = await browser.get(begin)
    for _ in range(_MOST_PAGES):
        if answer.status == 303:
            location = answer.header(b"location")[0].decode()
            if not location.startswith("/"):
                return parse_qs(urlsplit(location).query)["code"][0]
            answer = await browser.get(location)
        elif b'name="password"' in answer.body:
            answer = await browser.submit(answer, username=login, password=password)
        elif b'name="decision"' in answer.body:
            answer = await browser.submit(answer, decision="allow")
        else:
            break
    raise AssertionError(f"{answer.status} {answer.head!r} {answer.body!r}")
