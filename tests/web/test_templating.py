"""A rendered page carries its headers, remembers a chosen language, and never trusts the request's address."""

from datetime import UTC, datetime

from starlette.requests import Request

from idp.web import cookies
from idp.web.context import Service
from idp.web.pages.logout import FormPost, LoggedOut
from idp.web.pages.problem import Problem, ProblemPage
from idp.web.pages.sign_in import Login
from tests.web.gallery import PAGES

AT = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)


def _request(path: str = "/i/7m2k/login", query: str = "", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": raw}
    return Request(scope)


def test_each_page_has_a_fresh_nonce_that_its_script_bears() -> None:
    request = _request()
    first, second = (PAGES.render(Login("/l", "t"), PAGES.context(request)) for _ in range(2))
    policy = first.headers["content-security-policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert f'nonce="{nonce}"'.encode() in bytes(first.body)
    assert policy != second.headers["content-security-policy"]
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["content-language"] == "vi"


def test_a_page_allows_the_logo_and_the_way_back_it_shows() -> None:
    service = Service("Một cửa", logo_uri="https://motcua.example/logo.png")
    context = PAGES.context(_request(), service=service, form_targets=("http://127.0.0.1:8101/cb",))
    policy = PAGES.render(Login("/l", "t"), context).headers["content-security-policy"]
    assert "img-src 'self' https://motcua.example;" in policy
    assert "form-action 'self' http://127.0.0.1:8101;" in policy


def test_an_answer_by_form_may_go_to_its_own_target_only() -> None:
    context = PAGES.context(_request(), form_targets=("https://other.example/cb",))
    response = PAGES.render(FormPost("https://rp.example/cb", ()), context)
    assert "form-action 'self' https://rp.example;" in response.headers["content-security-policy"]
    assert response.headers["referrer-policy"] == "strict-origin"


def test_choosing_a_language_is_remembered() -> None:
    response = PAGES.render(LoggedOut(), PAGES.context(_request(query="lang=en")))
    assert "Signed out" in bytes(response.body).decode()
    assert response.headers["set-cookie"].startswith(f"{cookies.LANGUAGE}=en.")
    remembered = PAGES.context(_request(cookie=f"{cookies.LANGUAGE}=en.1"))
    assert (remembered.lang, remembered.remember) == ("en", None)


def test_a_browser_that_was_sold_in_english_still_gets_vietnamese() -> None:
    assert PAGES.context(_request(accept_language="en-US,en;q=0.9")).lang == "vi"


def test_an_unknown_language_changes_nothing() -> None:
    context = PAGES.context(_request(query="lang=%22%3E&lang=xx"))
    assert (context.lang, context.remember) == ("vi", None)


def test_the_language_link_keeps_the_query_and_stays_here() -> None:
    context = PAGES.context(_request("/authorize", "client_id=a%26b&lang=vi&state=1"))
    assert context.in_language("en") == "/authorize?client_id=a%26b&state=1&lang=en"
    assert PAGES.context(_request("//evil.example/x")).in_language("en") == "/evil.example/x?lang=en"
    assert PAGES.context(_request("/x", "a=" + "y" * 5000)).in_language("en") == "/x?lang=en"


def test_a_problem_answers_with_its_own_status() -> None:
    context = PAGES.context(_request())
    assert PAGES.render(ProblemPage(Problem.TOO_MANY, wait_minutes=3), context).status_code == 429
    assert PAGES.render(ProblemPage(Problem.NOT_FOUND), context).status_code == 404
    assert PAGES.render(Login("/l", "t"), context, status=401).status_code == 401


def test_own_pages_are_kept_apart_from_their_opener() -> None:
    own = PAGES.render(LoggedOut(), PAGES.context(_request(), person="Y Hyêm"))
    assert own.headers["cross-origin-opener-policy"] == "same-origin"
