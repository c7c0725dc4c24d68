"""The contract, of signing out: whose word suffices, where it leads, what services are told."""

import time
from urllib.parse import urlencode

import jwt

from tests.journeys.demo import Demo
from tests.journeys.landing import Landing
from tests.journeys.relying_party import RelyingParty
from tests.journeys.walking import visiting, walk

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TOLD = "/back-channel-logout"


def _service(demo: Demo, landing: Landing) -> RelyingParty:
    return demo.register(
        scope="openid",
        redirect_uris=[landing.callback],
        post_logout_redirect_uris=[f"{landing.origin}/signed-out"],
        backchannel_logout_uri=f"{landing.origin}{TOLD}",
        backchannel_logout_session_required=True,
    )


def _way_out(demo: Demo, landing: Landing, **changes: str) -> str:
    told = {"post_logout_redirect_uri": f"{landing.origin}/signed-out", "state": "sau & này", **changes}
    return f"{demo.issuer}/logout?{urlencode(told)}"


async def test_a_hint_of_this_session_ends_it_without_a_question(demo: Demo, landing: Landing) -> None:
    service = _service(demo, landing)
    async with visiting(demo) as browser:
        tokens = service.tokens((await walk(browser, service.address(scope="openid"), demo.newcomer())).answer)
        page = await browser.get(_way_out(demo, landing, id_token_hint=tokens["id_token"]))
        assert page.left_for is not None
        assert page.left_for.startswith(f"{landing.origin}/signed-out?")
        assert page.answer == {"state": "sau & này"}
        assert (await browser.get(service.address(scope="openid", prompt="none"))).answer["error"] == "login_required"
    assert service.userinfo(tokens["access_token"]).status_code == 401


async def test_a_hint_of_another_session_asks_first(demo: Demo, landing: Landing) -> None:
    service, citizen = _service(demo, landing), demo.newcomer()
    async with visiting(demo) as elsewhere, visiting(demo) as browser:
        hint = service.tokens((await walk(elsewhere, service.address(scope="openid"), citizen)).answer)["id_token"]
        await walk(browser, service.address(scope="openid"), citizen)
        page = await browser.get(_way_out(demo, landing, id_token_hint=hint))
        assert page.has_form("logout")
        assert (await browser.get(service.address(scope="openid", prompt="none"))).answer["code"]
        page = await browser.get(_way_out(demo, landing, client_id=service.id))
        page = await browser.submit(page, "logout", logout="yes")
        assert (page.left_for or "").startswith(f"{landing.origin}/signed-out?")
        # The other browser was nobody's business here.
        assert (await elsewhere.get(service.address(scope="openid", prompt="none"))).answer["code"]


async def test_a_hint_signed_by_a_retired_key_is_still_valid(demo: Demo, landing: Landing) -> None:
    service = _service(demo, landing)
    async with visiting(demo) as browser:
        hint = service.tokens((await walk(browser, service.address(scope="openid"), demo.newcomer())).answer)[
            "id_token"
        ]
        demo.idp("keys", "rotate")
        page = await browser.get(_way_out(demo, landing, id_token_hint=hint))
        assert (page.left_for or "").startswith(f"{landing.origin}/signed-out?")


async def test_each_service_of_the_session_is_told_in_a_logout_token(demo: Demo, landing: Landing) -> None:
    first, second, citizen = _service(demo, landing), _service(demo, landing), demo.newcomer()
    async with visiting(demo) as browser:
        said = {}
        for service in (first, second):
            page = await walk(browser, service.address(scope="openid"), citizen)
            said[service.id] = service.claims(service.tokens(page.answer)["id_token"])
        page = await browser.submit(await browser.get("/logout"), "logout", logout="yes")
        assert "Đã đăng xuất" in page.text
    arrivals = landing.wait_for(TOLD, 2)
    seen = set()
    for arrival in arrivals:
        token = arrival.values["logout_token"]
        header = jwt.get_unverified_header(token)
        audience = jwt.decode(token, options={"verify_signature": False})["aud"]
        service = first if audience in (first.id, [first.id]) else second
        claims = service.claims(token)
        seen.add(service.id)
        assert header["typ"] == "logout+jwt"
        assert header["alg"] == "ES256"
        assert claims["sid"] == said[service.id]["sid"]
        assert claims["events"] == {EVENT: {}}
        assert claims["jti"]
        assert time.time() < claims["exp"] <= time.time() + 600
        assert "nonce" not in claims
        assert arrival.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert seen == {first.id, second.id}
    assert said[first.id]["sid"] != said[second.id]["sid"]


async def test_a_newer_session_survives_the_end_of_an_older_one(demo: Demo, landing: Landing) -> None:
    """A logout token names one session: the other one of the same person goes on."""
    service, citizen = _service(demo, landing), demo.newcomer()
    async with visiting(demo) as older, visiting(demo) as newer:
        await walk(older, service.address(scope="openid"), citizen)
        kept = service.claims(
            service.tokens((await walk(newer, service.address(scope="openid"), citizen)).answer)["id_token"]
        )
        await older.submit(await older.get("/logout"), "logout", logout="yes")
        (arrival,) = landing.wait_for(TOLD)
        assert service.claims(arrival.values["logout_token"])["sid"] != kept["sid"]
        assert (await newer.get(service.address(scope="openid", prompt="none"))).answer["code"]
