"""A page that demands a level: whoever is below is asked for more, once."""

from urllib.parse import parse_qs, urlsplit

from tests.clients.conftest import Service


async def test_who_is_below_is_sent_to_reach_the_level_and_comes_back_to_the_page(service: Service) -> None:
    await service.sign_in()
    url = await service.begin("/weighty")
    assert parse_qs(urlsplit(url).query)["acr_values"] == [f"{service.provider.issuer}/loa/substantial"]
    service.provider.level = "substantial"
    assert (await service.come_back(service.provider.authorize(url))).headers["location"] == "/weighty"
    assert (await service.browser.get("/weighty")).json() == {"level": "substantial"}


async def test_a_higher_level_than_demanded_is_enough(service: Service) -> None:
    service.provider.level = "high"
    await service.sign_in()
    assert (await service.browser.get("/weighty")).json() == {"level": "high"}


async def test_a_provider_that_does_not_reach_the_level_is_refused_and_there_is_no_loop(service: Service) -> None:
    await service.sign_in()
    page = await service.sign_in("/weighty")
    assert page.status_code == 400
    assert "invalid_id_token" in page.text
    # The sign-in at the lower level lives on.
    assert (await service.browser.get("/mine")).json()["level"] == "low"


async def test_an_unknown_level_is_below_every_demand(service: Service) -> None:
    service.provider.mischief = lambda claims: claims.update(acr="https://elsewhere.example/loa/high")
    await service.sign_in()
    assert (await service.browser.get("/mine")).json()["level"] is None
    assert (await service.browser.get("/weighty")).status_code == 303


async def test_somebody_else_cannot_step_up_in_the_name_of_who_is_here(service: Service) -> None:
    await service.sign_in()
    url = await service.begin("/weighty")
    service.provider.level = "substantial"
    service.provider.person = {"sub": "s-rin", "name": "Đinh Văn Rin"}
    assert "person_changed" in (await service.come_back(service.provider.authorize(url))).text
    assert (await service.browser.get("/mine")).json()["sub"] == "s-lai"
