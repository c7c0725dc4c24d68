"""What a stranger may type into the addresses of one's own history: a cursor of one's own, or nothing; no way out."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from idp.flows import history
from idp.portal.prove_more import own_page
from tests.doors.machine_house import ROOTS

HALL: Any = SimpleNamespace(roots=ROOTS)
_ids = st.integers(1, 2**62 - 1)
_people = st.sampled_from(["an", "binh"])


@given(_people, _ids)
def test_a_handle_leads_back_to_its_entry_for_its_owner_alone(person: str, event_id: int) -> None:
    handle = history.handle_of(HALL, person, event_id)
    assert history.id_of(HALL, person, handle) == event_id
    assert history.id_of(HALL, "chi", handle) is None


@given(_people, _ids, st.text(max_size=80), st.data())
def test_no_other_words_are_a_handle(person: str, event_id: int, words: str, data: st.DataObject) -> None:
    assert history.id_of(HALL, person, words) is None
    handle = history.handle_of(HALL, person, event_id)
    at = data.draw(st.integers(0, len(handle) - 1))
    changed = handle[:at] + data.draw(st.characters()) + handle[at + 1 :]
    assert history.id_of(HALL, person, changed) in ({event_id} if changed == handle else {None})


@given(st.one_of(st.text(max_size=60), st.text("/account.\\?#%:@-_x", max_size=40).map("/account".__add__)))
def test_whatever_is_asked_the_way_back_is_one_of_our_own_pages(asked: str) -> None:
    back = own_page(asked)
    parts = urlsplit(back)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert back == "/account" or back.startswith("/account/")
    assert not {"..", "//", "\\", "%"} & {back[n : n + 2] for n in range(len(back))}
    assert back in (asked, "/account")
