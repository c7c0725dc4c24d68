"""Lists of communes: read whole or not at all, every faulty line told at once, what became of what."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.commune import Commune, Fault, FaultyFile, plan, read, standing_at, successors
from tests.house.tree import ROOT

MERGER = date(2025, 7, 1)
BEFORE = date(2010, 1, 1)
FILE = "code,kind,name,old\n90001,Xã,Bình Sơn,A1 A2\n90002,Phường,Kon Tum,A3\n"


def faults(text: str) -> tuple[Fault, ...]:
    with pytest.raises(FaultyFile) as faulty:
        read(text)
    return faulty.value.faults


def test_the_sandbox_has_the_96_units_under_codes_of_its_own() -> None:
    lines = read((ROOT / "sandbox" / "communes.csv").read_text("utf-8"))
    assert len(lines) == 96
    assert {"Đặc khu Lý Sơn", "Xã Măng Ri"} <= {f"{line.kind} {line.name}" for line in lines}


def test_columns_come_in_any_order_and_a_mark_of_utf_8_is_no_part_of_the_first() -> None:
    [line] = read('\ufeffName,residents,Kind,CODE\r\n"Trà Bồng",42,Xã,b7\r\n\r\n')
    assert (line.number, line.code, line.kind, line.name, line.old) == (2, "B7", "Xã", "Trà Bồng", ())


def test_every_faulty_line_is_told_at_once() -> None:
    text = "code,kind,name,residents\n1,Xã,A,x\n2,Xã\n!,Xã,C,1\n1,,D,1\n5,Xã,E,1\n5,Xã,F,1\n7,Xã,E,1\n"
    assert [(fault.line, fault.what) for fault in faults(text)] == [
        (2, "residents"),
        (3, "cells"),
        (4, "code"),
        (5, "kind"),
        (7, "code_twice"),
        (8, "name_twice"),
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "column_missing"),
        ("kind,name,residents\nXã,Bình Sơn,1\n", "column_missing"),
        ("code,kind,name,district\n1,Xã,A,B\n", "column_unknown"),
        ("code,code,kind,name\n1,1,Xã,A\n", "column_twice"),
        ("code,kind,name\n", "empty"),
        ('code,kind,name\n"1,Xã,A\n', "not_csv"),
        ("x" * (4 * 1024 * 1024 + 1), "too_large"),
        ("code,kind,name\n" + "1,Xã,A\n" * 20_001, "too_many_lines"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(text: str, what: str) -> None:
    assert what in [fault.what for fault in faults(text)]


def test_the_first_list_begins_every_unit_and_the_same_once_more_does_nothing() -> None:
    change = plan([], {}, read(FILE), MERGER)
    assert [unit.title for unit in change.begun] == ["Xã Bình Sơn", "Phường Kon Tum"]
    assert change.successions == {"A1": ("90001",), "A2": ("90001",), "A3": ("90002",)}
    assert plan(change.begun, change.successions, read(FILE), MERGER).is_empty


def test_what_a_list_lacks_has_ended_and_what_it_keeps_goes_on() -> None:
    old = [Commune("A1", "Xã", "Bình Minh", BEFORE), Commune("90002", "Phường", "Kon Tum", BEFORE)]
    change = plan(old, {}, read(FILE), MERGER)
    assert (change.ended, change.kept, [unit.code for unit in change.begun]) == (("A1",), 1, ["90001"])


def test_a_unit_that_changes_its_name_has_one_row_for_each() -> None:
    old = [Commune("90001", "Xã", "Bình Sơn cũ", BEFORE), Commune("90002", "Phường", "Kon Tum", BEFORE)]
    change = plan(old, {}, read(FILE), MERGER)
    assert (change.ended, [unit.title for unit in change.begun]) == (("90001",), ["Xã Bình Sơn"])


@pytest.mark.parametrize(
    ("known", "what"),
    [
        ([Commune("90001", "Xã", "Khác", date(2030, 1, 1))], "before_the_latest"),
        ([Commune("90001", "Xã", "Khác", BEFORE, date(2020, 1, 1))], "code_of_the_past"),
        ([Commune("90001", "Xã", "Khác", MERGER)], "another_list_of_this_day"),
    ],
)
def test_history_grows_at_its_end_alone(known: list[Commune], what: str) -> None:
    with pytest.raises(FaultyFile) as faulty:
        plan(known, {}, read(FILE), MERGER)
    assert [fault.what for fault in faulty.value.faults] == [what]


def test_the_units_of_a_day_are_those_that_stood_on_it() -> None:
    units = [Commune("A", "Xã", "Một", BEFORE, MERGER), Commune("B", "Xã", "Hai", MERGER)]
    assert [unit.code for unit in standing_at(units, date(2025, 6, 30))] == ["A"]
    assert [unit.code for unit in standing_at(units, MERGER)] == ["B"]
    assert standing_at(units, date(1968, 2, 29)) == ()


def test_a_unit_that_was_split_is_in_several_today_and_reforms_add_up() -> None:
    became = {"A": ("B", "C"), "C": ("D",), "loop": ("loop",), "part": ("B",)}
    assert successors(became, {"B", "D"}, "A") == ("B", "D")
    assert successors(became, {"B", "D", "part"}, "part") == ("part", "B")
    assert successors(became, {"B"}, "loop") == ()
    assert successors(became, {"B"}, "B") == ("B",)


@given(st.text(st.characters(), max_size=200) | st.from_regex(r"code,kind,name\n([0-9A-Z,\"\n ]{0,30}\n){0,4}"))
def test_any_text_is_a_list_or_a_list_of_faults(text: str) -> None:
    try:
        lines = read(text)
    except FaultyFile:
        return
    change = plan([], {}, lines, MERGER)
    assert len(change.begun) == len(lines) > 0
    assert plan(change.begun, change.successions, lines, MERGER).is_empty
