"""The newest wish decides; where nobody wished, a page speaks Vietnamese."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from idp.web.language import LANGUAGES, Wishes, cookie_value, negotiate

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(minutes=5), NOW + timedelta(minutes=5)


@given(st.builds(Wishes, *[st.none() | st.text(max_size=40)] * 2, st.tuples(st.text(max_size=9)), st.none()))
def test_any_wishes_lead_to_a_language_we_speak(wishes: Wishes) -> None:
    assert negotiate(wishes) in LANGUAGES


def test_vietnamese_is_the_default() -> None:
    assert negotiate(Wishes()) == "vi"
    assert negotiate(Wishes(ui_locales=("fr", "km"))) == "vi"


def test_the_link_on_the_page_decides() -> None:
    assert negotiate(Wishes(chosen="en", remembered=cookie_value("vi", LATER), ui_locales=("vi",))) == "en"


def test_the_service_may_ask_and_regions_do_not_matter() -> None:
    assert negotiate(Wishes(ui_locales=("fr-CA", "en-GB", "vi"))) == "en"


def test_a_choice_made_during_the_sign_in_beats_the_service() -> None:
    wishes = Wishes(remembered=cookie_value("vi", LATER), ui_locales=("en",), asked_at=NOW)
    assert negotiate(wishes) == "vi"


def test_a_choice_of_long_ago_gives_way_to_the_service() -> None:
    wishes = Wishes(remembered=cookie_value("vi", EARLIER), ui_locales=("en",), asked_at=NOW)
    assert negotiate(wishes) == "en"


def test_a_remembered_choice_stays() -> None:
    assert negotiate(Wishes(remembered=cookie_value("en", EARLIER))) == "en"
    assert negotiate(Wishes(remembered="en")) == "en"
