"""What a service calls a person: one name within a sector, another in every other, made once and never derived."""

import orjson

from idp.audit import kinds
from idp.crypto import base64url
from idp.storage.agencies import Agency
from tests.doors.people_house import PeopleHouse

LAND = Agency("H48.07", {"vi": "Sở Nông nghiệp và Môi trường", "en": "Department of Environment"})


def sub_of(tokens: dict[str, str]) -> str:
    """Read without verifying: other tests do that."""
    claims: dict[str, str] = orjson.loads(base64url.decode(tokens["id_token"].split(".")[1]))
    return claims["sub"]


async def test_services_of_one_sector_share_a_name_and_other_sectors_have_their_own(town: PeopleHouse) -> None:
    lai, rin = await town.citizen(), await town.citizen("rin@thu.example.vn", name="Đinh Văn Rin")
    one, sister = await town.register(), await town.register()
    other = await town.register(agency=LAND, sector="H48.07")
    browser = town.browser()
    subs = [sub_of(await town.tokens_of(browser, service, lai)) for service in (one, sister, other)]
    assert subs[0] == subs[1] != subs[2]
    assert sub_of(await town.tokens_of(town.browser(), one, rin)) not in subs
    # Random and long: nothing about a person could be computed from it, nor it from anything about a person.
    assert all(len(sub) >= 22 for sub in subs)
    assert not [sub for sub in subs if lai.login in sub]


async def test_the_making_is_written_down_once_for_each_sector_and_names_nobody(town: PeopleHouse) -> None:
    lai = await town.citizen()
    one = await town.register()
    sub = sub_of(await town.tokens_of(town.browser(), one, lai))
    assert sub_of(await town.tokens_of(town.browser(), one, lai)) == sub
    [event] = await town.events(kinds.PSEUDONYM_MADE)
    assert (event.person_id, event.changed["sector"]) == (lai.person.id, "H48.01")
    # Whoever reads the audit log must not learn which name a service knows.
    assert sub not in str(event)
