"""What may be asked by name: enough to be somebody, whatever the spelling, and never a mark of the index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.name_search import commune_mark, parse
from idp.kernel.errors import Refusal


@pytest.mark.parametrize(
    ("text", "commune", "marks"),
    [
        ("Nguyễn Thị", None, ("nguien", "thi")),
        ("A Blum", None, ("a", "blum")),
        ("Kơ̆", "90001", ("ko", commune_mark("90001"))),
        ("Thuý Lý", None, ("thui", "li")),
        ("Thúy Lí", None, ("thui", "li")),
    ],
)
def test_two_words_or_one_and_a_commune(text: str, commune: str | None, marks: tuple[str, ...]) -> None:
    assert parse(text, commune).marks == marks


@pytest.mark.parametrize(
    ("text", "commune"),
    [("Nguyễn", None), ("Lê Lê", None), ("", "90001"), ("  ", None), ("\x00sandbox \x00commune:90001", None)],
)
def test_less_is_too_wide(text: str, commune: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        parse(text, commune)
    assert refused.value.key == "search_too_wide"


@given(st.text(st.characters(), max_size=400))
def test_no_text_ever_names_a_mark(text: str) -> None:
    try:
        query = parse(text)
    except Refusal:
        return
    assert not any("\x00" in word for word in query.words)
