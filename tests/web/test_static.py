"""Static files may be kept for ever, because another content has another name."""

from tests.web.client import client
from tests.web.gallery import PAGES, app

CLIENT = client(app())


async def test_the_style_sheet_is_kept_for_ever_and_travels_compressed() -> None:
    url = PAGES.assets.url("hub.css")
    response = await CLIENT.get(url)
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "accept-encoding"
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    plain = await CLIENT.get(url, headers={"accept-encoding": "identity"})
    assert plain.text == response.text
    assert len(plain.content) == PAGES.assets.size("hub.css")


async def test_another_name_is_no_file() -> None:
    assert (await CLIENT.get("/static/hub.css")).status_code == 404
    assert (await CLIENT.get("/static/..%2Fshell.html")).status_code == 404


async def test_help_privacy_and_accessibility_are_there() -> None:
    for path in ("/help", "/privacy", "/accessibility"):
        assert (await CLIENT.get(path)).status_code == 200
