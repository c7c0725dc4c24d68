"""A little browser: keeps cookies, follows redirects on our own host, reads the forms and links that a page shows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx

_MOST_REDIRECTS = 10
# What was ticked in a form that came back with an error is not lost; anything else is never ticked beforehand.
_REMEMBERED = frozenset({"shared", "tick", "kept"})
ACCEPT = "text/html,application/xhtml+xml,*/*;q=0.8"


@dataclass(frozen=True, slots=True)
class HtmlForm:
    """One form as it stands: hidden and prefilled fields, the boxes and buttons that could be chosen."""

    action: str
    method: str
    fields: dict[str, str]
    boxes: tuple[tuple[str, str], ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.fields) | {name for name, _ in self.boxes} | {name for name, _ in self.buttons}


@dataclass(slots=True)
class _Open:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Open] = []
        self.links: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.scripts: list[dict[str, str]] = []
        self._inside: _Open | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = _Open(said.get("action", ""), said.get("method", "get").lower())
            self.forms.append(self._inside)
        elif tag == "a" and "href" in said:
            self.links.append((said["href"], said))
        elif tag == "script":
            self.scripts.append(said)
        elif self._inside is not None and tag in ("input", "button"):
            self._control(self._inside, tag, said)

    def _control(self, form: _Open, tag: str, said: dict[str, str]) -> None:
        name, value = said.get("name", ""), said.get("value", "")
        if tag == "button":
            if name:
                form.buttons.append((name, value))
        elif said.get("type") == "radio":
            if "checked" in said:
                form.fields[name] = value
        elif said.get("type") == "checkbox":
            assert "checked" not in said or name in _REMEMBERED, "nothing is ever ticked beforehand"
            form.boxes.append((name, value))
        elif name:
            form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)


class Page:
    """What stands on the screen, or, where the browser left our host, where it went and with which parameters."""

    def __init__(self, response: httpx.Response, left_for: str | None = None) -> None:
        self.response = response
        self.status = response.status_code
        self.url = str(response.url)
        self.left_for = left_for
        reader = _Reader()
        if "text/html" in response.headers.get("content-type", ""):
            reader.feed(response.text)
        self.text = " ".join(" ".join(reader.words).split())
        self.links = reader.links
        self.scripts = reader.scripts
        self.forms = [
            HtmlForm(form.action, form.method, form.fields, tuple(form.boxes), tuple(form.buttons))
            for form in reader.forms
        ]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def step(self) -> str:
        """The last part of the path: login, otp, consent."""
        return self.path.rpartition("/")[2]

    @property
    def answer(self) -> dict[str, str]:
        """What the service gets: by redirect, or by the form that posts itself."""
        if self.left_for is not None:
            return dict(parse_qsl(urlsplit(self.left_for).query, keep_blank_values=True))
        return self.forms[0].fields if self.is_form_post else {}

    @property
    def is_form_post(self) -> bool:
        return len(self.forms) == 1 and urlsplit(self.forms[0].action).netloc not in ("", urlsplit(self.url).netloc)

    @property
    def is_answer(self) -> bool:
        return self.left_for is not None or self.is_form_post

    def form(self, name: str) -> HtmlForm:
        """The first form with a control of this name."""
        return next(form for form in self.forms if name in form.names)

    def has_form(self, name: str) -> bool:
        return any(name in form.names for form in self.forms)

    def link(self, part: str) -> str:
        """The first address that holds these characters."""
        return next(href for href, _ in self.links if part in href)

    def leads_to(self, part: str) -> bool:
        return any(part in href for href, _ in self.links)

    @property
    def language_link(self) -> str:
        return next(href for href, said in self.links if "hreflang" in said)


class Browser:
    """One person's browser. A 5xx is an error of ours unless a test says that it waits for one."""

    def __init__(self, transport: httpx.AsyncBaseTransport, origin: str, headers: dict[str, str] | None = None) -> None:
        self.origin = origin
        self.http = httpx.AsyncClient(
            transport=transport, base_url=origin, headers={"accept": ACCEPT, "user-agent": "Firefox", **(headers or {})}
        )
        self.may_fail = False

    async def get(self, url: str, **parameters: str) -> Page:
        query = f"{'&' if '?' in url else '?'}{urlencode(parameters)}" if parameters else ""
        return await self._follow(await self.http.get(urljoin(self.origin, url + query), follow_redirects=False))

    async def submit(self, page: Page, having: str, *, boxes: Iterable[str] = (), **values: str) -> Page:
        """Fill in and send the form that has this control; a button is a value like any other."""
        form = page.form(having)
        pairs = [*{**form.fields, **values}.items(), *(("optional", box) for box in boxes)]
        return await self.post(urljoin(page.url, form.action), pairs)

    async def post(self, url: str, pairs: Iterable[tuple[str, str]], headers: dict[str, str] | None = None) -> Page:
        """A form of our own pages: same site."""
        sent = {"content-type": "application/x-www-form-urlencoded", "origin": self.origin, **(headers or {})}
        content = urlencode(list(pairs))
        response = await self.http.post(
            urljoin(self.origin, url), content=content, headers=sent, follow_redirects=False
        )
        return await self._follow(response)

    async def send_file(self, url: str, fields: dict[str, str], name: str, content: bytes) -> Page:
        """A form with a file, as a browser sends it."""
        headers = {"origin": self.origin, "sec-fetch-site": "same-origin"}
        files = {name: ("upload.json", content, "application/json")}
        return await self._follow(await self.http.post(url, data=fields, files=files, headers=headers))

    async def post_from_elsewhere(self, url: str, pairs: Iterable[tuple[str, str]]) -> Page:
        """From a page of another site: SameSite=Lax cookies stay at home, cookies in the answer are kept."""
        request = self.http.build_request(
            "POST",
            urljoin(self.origin, url),
            content=urlencode(list(pairs)),
            headers={"content-type": "application/x-www-form-urlencoded", "origin": "https://motcua.example.vn"},
        )
        request.headers.pop("cookie", None)
        return await self._follow(await self.http.send(request, follow_redirects=False))

    def cookie(self, name: str) -> str | None:
        return next((cookie.value for cookie in self.http.cookies.jar if cookie.name.endswith(name)), None)

    def plant(self, name: str, value: str) -> None:
        """A cookie that came from elsewhere: stolen, or put there by somebody."""
        self.http.cookies.set(name, value, domain=urlsplit(self.origin).hostname or "", path="/")

    async def close(self) -> None:
        await self.http.aclose()

    async def _follow(self, response: httpx.Response) -> Page:
        for _ in range(_MOST_REDIRECTS):
            assert self.may_fail or response.status_code < 500, f"{response.status_code} at {response.url.path}"
            if response.status_code != 303:
                assert not response.is_redirect, "every redirect of ours is a 303"
                return Page(response)
            target = urljoin(str(response.url), response.headers["location"])
            if not target.startswith(self.origin + "/"):
                return Page(response, left_for=target)
            response = await self.http.get(target, follow_redirects=False)
        raise AssertionError("redirects without end")
