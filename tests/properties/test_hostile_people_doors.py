"""Whatever octets arrive at the people's doors: a page or the specified error, never a 500, never a way elsewhere."""

from collections.abc import AsyncIterator
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authn.throttle import ThrottlePolicy
from tests.doors.conftest import empty_sqlite, no_public_authorities, sqlite_url
from tests.doors.little_browser import Browser
from tests.doors.machine_house import Service
from tests.doors.people_house import Citizen, PeopleHouse, open_people_house, terms_of
from tests.doors.raw_request import FORM, RawAnswer, send_raw

__all__ = ["empty_sqlite", "no_public_authorities", "sqlite_url"]

PATHS = [
    *("/authorize", "/logout", "/logout/confirm", "/account", "/account/sessions", "/account/services", "/", "/help"),
    *("/i/{id}", "/i/{id}/login", "/i/{id}/otp", "/i/{id}/consent", "/i/{id}/switch", "/i/{id}/cancel", "/i/nobody"),
    *("/i/{id}/by-code", "/i/{id}/sms-code", "/i/{id}/email-code", "/i/{id}/code-card"),
    *("/account/security/sms-code", "/account/security/ways"),
    *("/i/\x00/login", "/i/%2e%2e/login", "/i/ế\n/login", "//evil.example/i", "/static/../x", "/i//login"),
]
NAMES = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "claims",
    "lang",
    "acr_values",
    "ui_locales",
    "claims_locales",
    "id_token_hint",
    "login_hint",
    "request_uri",
    "request",
    "resource",
    "response_mode",
    "code_challenge",
    "code_challenge_method",
    "display",
    "service",
    "done",
    "transition",
    "username",
    "password",
    "otp",
    "way",
    "act",
    "card_code",
    "pin",
    "off",
    "sent",
    "wait",
    "decision",
    "optional",
    "logout",
    "csrf",
    "session",
    "withdraw",
    "everywhere",
    "post_logout_redirect_uri",
    "logout_hint",
]
METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "X"]
VALUES = [
    *(
        "own-pages",
        "code",
        "none",
        "login",
        "consent",
        "allow",
        "yes",
        "0",
        "-1",
        "9" * 400,
        "1e999",
        "{}",
        "[]",
        "null",
    ),
    *(
        "urn:ietf:params:oauth:request_uri:" + "A" * 43,
        "a.b.c",
        "eyJhbGciOiJub25lIn0.e30.",
        "x" * 70_000,
        "' OR 1=1 --",
    ),
    *('{"userinfo":{"email":{"essential":1}}}', '{"id_token":{"sub":{"value":"\\ud800"}}}', "[" * 3000, "{{7*7}}"),
]

odd = st.one_of(
    st.binary(max_size=30).map(quote_from_bytes),
    st.sampled_from(
        ["%", "%zz", "%00", "%ed%a0%80", "%f4%90%80%80", "\u202e", "+", "=", "%0d%0aset-cookie:%20a=b", ""]
    ),
    st.sampled_from(VALUES).map(lambda value: quote_from_bytes(value.encode("utf-8", "surrogatepass"))),
)
pairs = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), st.just("x[]"), odd), odd), max_size=8)
texts = pairs.map(lambda found: "&".join(f"{name}={value}" for name, value in found).encode("utf-8"))
COOKIES = [b"__Host-cuachung_session=" + b"\xff" * 50, b"a=b; " * 1500, b"__Host-cuachung_lang=vi.99"]
headers = st.lists(
    st.tuples(
        st.sampled_from([b"cookie", b"accept", b"accept-language", b"origin", b"sec-fetch-site", b"x-forwarded-for"]),
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(
                [b"__Host-cuachung_session=" + b"\xff" * 50, b"a=b; " * 1500, b"__Host-cuachung_lang=vi.99"]
            ),
        ),
    ),
    max_size=4,
)
content_types = st.sampled_from(
    [FORM, FORM, FORM + b"; charset=latin-1", b"application/json", b"multipart/form-data", b"\xff", b""]
)


class Place:
    """One service, one citizen with every page open: made once for all examples."""

    def __init__(self, house: PeopleHouse, service: Service, lai: Citizen, browser: Browser) -> None:
        self.house, self.service, self.lai, self.browser = house, service, lai, browser
        self.cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.http.cookies.jar)
        self.pages: dict[str, str] = {}

    async def open(self) -> None:
        begun = await self.house.ask(self.browser, self.service, prompt="login consent", scope="openid profile")
        self.pages = dict(begun.form("username").fields)
        self.interaction = begun.path.split("/")[2]

    def sound_query(self) -> bytes:
        return urlencode(self.house.request(self.service)).encode() + b"&"

    async def send(
        self,
        method: str,
        path: str,
        query: bytes,
        more: list[tuple[bytes, bytes]],
        kind: bytes,
        body: bytes,
        *,
        known: bool,
    ) -> RawAnswer:
        own = [(b"cookie", self.cookies.encode())] if known else []
        where = path.replace("{id}", self.interaction)
        return await send_raw(self.house.app, method, where, query, [*own, (b"content-type", kind), *more], body)


@pytest.fixture
async def place(sqlite_url: str) -> AsyncIterator[Place]:
    async with open_people_house(sqlite_url, throttle=ThrottlePolicy.lenient()) as house:
        service = await house.register(terms=terms_of(profile="consent", email="optional"))
        lai, browser = await house.citizen(), house.browser()
        await house.walk(browser, service, lai)
        made = Place(house, service, lai, browser)
        await made.open()
        yield made


@given(
    st.sampled_from(METHODS), st.sampled_from(PATHS), texts, texts, headers, content_types, st.booleans(), st.booleans()
)
async def test_every_door_stands(
    place: Place,
    method: str,
    path: str,
    query: bytes,
    body: bytes,
    more: list[tuple[bytes, bytes]],
    kind: bytes,
    known: bool,
    begin_sound: bool,
) -> None:
    if begin_sound:  # so that what lies behind the first check is reached too
        query, body = place.sound_query() + query, place.sound_query() + body
    answer = await place.send(method, path, query, more, kind, body, known=known)
    assert answer.status < 500, (answer.status, answer.body[:300])
    location = answer.headers.get(b"location", b"")
    assert b"\r" not in location
    assert b"\n" not in location
    assert not location or location.startswith((b"/", b"https://motcua.example.vn/callback?"))
    assert not location.startswith(b"//")
    for name, value in answer.headers.items():
        assert b"\n" not in value, name
    assert b"Traceback" not in answer.body


@given(
    st.dictionaries(st.sampled_from(NAMES), st.text(max_size=60), max_size=5),
    st.sampled_from(["login", "otp", "consent", "by-code", "sms-code", "code-card"]),
)
async def test_forms_of_an_open_interaction_take_any_text(place: Place, fields: dict[str, str], step: str) -> None:
    """With the right token, the right browser and nonsense in every field."""
    await place.open()
    body = urlencode({**place.pages, **fields}, errors="surrogatepass").encode()
    address = f"/i/{place.interaction}/{step}"
    answer = await place.send("POST", address, b"", [(b"accept", b"text/html")], FORM, body, known=True)
    assert answer.status < 500


@pytest.mark.parametrize("path", ["/authorize", "/i/{id}/login", "/logout", "/logout/confirm", "/account/services"])
async def test_what_is_too_large_is_refused_before_it_is_kept(place: Place, path: str) -> None:
    for body in (b"username=" + b"x" * 1_000_000, b"&".join(b"a%d=1" % n for n in range(2000)), b"a=%00"):
        answer = await place.send("POST", path, b"", [(b"accept", b"text/html")], FORM, body, known=True)
        assert answer.status == 400
        assert "Yêu cầu không hợp lệ".encode() in answer.body
