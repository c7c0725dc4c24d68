"""New passwords: long, on no guesser's list, and not made of what is known about the person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authn.password_strength import LONGEST, SHORTEST, Weakness, cores, fold, weakness
from idp.crypto.common_passwords import is_common

ABOUT = ("Đinh Thị Y Hyêm", "1987-02-03", "+84905990137", "hyem.dinh@thu.example.vn", "051187000123", True, {"a": 1})


@pytest.mark.parametrize(
    "password", ["chín con trâu lội qua sông Vệ", "Trà Bồng quế thơm 4 mùa", "correct horse battery"]
)
def test_a_phrase_of_ones_own_is_taken(password: str) -> None:
    assert weakness(password, ABOUT, is_common) is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", Weakness.SHORT),
        ("mười ký t", Weakness.SHORT),
        ("x" * 300, Weakness.LONG),
        ("qwertyuiop", Weakness.COMMON),
        ("Mật Khẩu 2026!", Weakness.COMMON),
        ("MATKHAU12345", Weakness.COMMON),
        ("anhyeuem2024", Weakness.COMMON),
        ("nguyenvanan1990", Weakness.COMMON),
        ("P4ssw0rd!!!!", Weakness.COMMON),
        ("quangngaiquangngai", Weakness.COMMON),
        ("84930284029384", Weakness.COMMON),
        ("ababababababab", Weakness.COMMON),
        ("đinhthịyhyêm88", Weakness.OWN),
        ("tháng hai 03021987", Weakness.OWN),
        ("gọi 0905.990.137 nhé", Weakness.OWN),
        ("số 051187000123 đó", Weakness.OWN),
        ("hyem.dinh@thu.example.vn", Weakness.OWN),
    ],
)
def test_what_others_guess_is_not(password: str, why: Weakness) -> None:
    assert weakness(password, ABOUT, is_common) is why


@given(st.text(max_size=LONGEST + 5), st.lists(st.one_of(st.text(max_size=30), st.none(), st.integers()), max_size=3))
def test_every_text_gets_an_answer(password: str, about: list[object]) -> None:
    why = weakness(password, about, is_common)
    if why is None:
        assert SHORTEST <= len(password) <= LONGEST
        assert not any(map(is_common, cores(fold(password))))


def test_the_list_is_the_one_that_its_tool_describes() -> None:
    for word in ("password", "matkhau", "iloveyou", "tranthilan", "quangngai", "1qaz2wsx"):
        assert is_common(word)
    for word in ("", "zzzz", "chinconbo", "x" * 1000):
        assert not is_common(word)
