"""Who somebody is, where they live and what happened to them, as an operator types it."""

import json
import re
from pathlib import Path

import pytest

from tests.roof.test_cli import ROOT, Idp, idp, written

__all__ = ["idp"]

COMMUNES = str(ROOT / "sandbox" / "communes.csv")
LAI = {"name": "Phạm Thị Lài", "identity_number": {"kind": "passport", "value": "P1234567", "country": "LAO"}}


@pytest.fixture
def imported(idp: Idp) -> None:
    done = idp("communes", "import", COMMUNES, "--effective", "2025-07-01")
    assert done.exit_code == 0, done.stderr


def add(idp: Idp, folder: Path, **document: object) -> str:
    added = idp("people", "add", "--json", written(folder, document))
    assert added.exit_code == 0, added.stderr
    return added.output.strip()


def test_a_list_is_tried_imported_and_then_nothing_is_left_to_change(idp: Idp) -> None:
    tried = idp("communes", "import", COMMUNES, "--effective", "2025-07-01", "--dry-run")
    assert "from 2025-07-01: 96 new, 0 ended, 0 as before" in tried.output
    assert idp("communes", "list").output == ""
    assert "96 new" in idp("communes", "import", COMMUNES, "--effective", "2025-07-01").output
    assert idp("communes", "import", COMMUNES, "--effective", "2025-07-01").output == "nothing to change\n"
    assert len(idp("communes", "list").output.splitlines()) == 96
    assert idp("communes", "list", "--at", "2025-06-30").output == ""
    events = [json.loads(line) for line in idp("audit", "tail").output.splitlines()]
    assert [event["changed"] for event in events if event["kind"] == "communes_imported"] == [
        {"effective": "2025-07-01", "begun": 96, "ended": 0}
    ]


@pytest.mark.usefixtures("imported")
def test_a_reform_splits_a_unit_and_its_people_are_in_one_of_two(idp: Idp, tmp_path: Path) -> None:
    units = Path(COMMUNES).read_text("utf-8").splitlines()[2:]
    reform = tmp_path / "reform.csv"
    split = ["91001,Xã,Bình Sơn Đông,1,90001", "91002,Xã,Bình Sơn Tây,1,90001 X9"]
    reform.write_text("\n".join(["code,kind,name,residents,old", *(f"{unit}," for unit in units), *split]), "utf-8")
    done = idp("communes", "import", str(reform), "--effective", "2030-01-01")
    assert "from 2030-01-01: 2 new, 1 ended, 95 as before" in done.output
    # Until that day, nothing has changed.
    assert idp("communes", "successors", "90001").output.split()[0] == "90001"
    assert len(idp("communes", "list", "--at", "2030-01-01").output.splitlines()) == 97
    assert idp("communes", "successors", "nowhere").exit_code == 1


def test_every_faulty_line_is_told_and_nothing_is_imported(idp: Idp, tmp_path: Path) -> None:
    file = tmp_path / "communes.csv"
    file.write_text("code,kind,name\n1,Xã,Ba Tơ\n1,Xã,Ba Dinh\n,,\n!,Xã,Ba Vì\n", "utf-8")
    done = idp("communes", "import", str(file), "--effective", "2025-07-01")
    assert done.exit_code == 1
    told = [line.split(":")[0] for line in done.stderr.splitlines()]
    assert {"line 3", "line 5"} <= set(told)
    assert "nothing was changed" in done.stderr
    assert idp("communes", "list").output == ""
    file.write_bytes(b"\xff\xfe")
    assert idp("communes", "import", str(file), "--effective", "2025-07-01").exit_code == 1


@pytest.mark.usefixtures("imported")
def test_people_are_found_by_two_words_or_by_one_and_their_commune(idp: Idp, tmp_path: Path) -> None:
    lai = add(idp, tmp_path, **LAI, claims={"birthdate": "1958-03-12"}, commune="90003")
    other = add(idp, tmp_path, name="Phạm Văn Lài", phone_number="0900000071")
    for asked in (("pham lai",), ("LÀI phạm",), ("thi lai",)):
        assert lai in idp("people", "find", *asked).output
    assert other in idp("people", "find", "pham lai").output
    found = idp("people", "find", "lai", "--commune", "90003").output
    assert found == f"{lai}  active     1958-03-12  Phạm Thị Lài\n"
    assert idp("people", "find", "lai", "--commune", "90004").output == ""
    wide = idp("people", "find", "lai")
    assert (wide.exit_code, "two words" in wide.stderr) == (1, True)
    moved = idp("people", "address", lai, "--street", "Thôn 3", "--commune", "90004", "--since", "2026-01")
    assert moved.exit_code == 1, "no day"
    moved = idp("people", "address", lai, "--street", "Thôn 3", "--commune", "90004", "--since", "2026-01-15")
    assert moved.exit_code == 0, moved.stderr
    assert idp("people", "find", "lai", "--commune", "90003").output == ""
    assert lai in idp("people", "find", "lai", "--commune", "90004").output
    of_before = ("--street", "Hẻm 5", "--commune", "8801", "--since", "1969", "--printed", "Hẻm 5, huyện Ba Tơ")
    before = idp("people", "address", lai, *of_before)
    assert before.exit_code == 0, "an old unit needs no list, and the address of today stays"
    facts = json.loads(idp("people", "show", lai).output)[0]["facts"]
    assert facts["address"]["formatted"].startswith("Thôn 3\n")
    assert "huyện" not in json.dumps(facts, ensure_ascii=False)
    assert idp("people", "address", lai, "--street", "Thôn 3", "--commune", "nowhere").exit_code == 1
    assert idp("people", "address", "nobody", "--street", "Thôn 3", "--commune", "90004").exit_code == 1
    unknown = idp("people", "add", "--json", written(tmp_path, {**LAI, "commune": "nowhere"}))
    assert (unknown.exit_code, "idp communes list" in unknown.stderr) == (1, True)


def test_events_are_recorded_listed_and_taken_back(idp: Idp, tmp_path: Path) -> None:
    lai = add(idp, tmp_path, **LAI, email="lai@quangngai.example")
    assert json.loads(idp("people", "show", "lao p123 4567").output)[0]["id"] == lai
    again = idp("people", "add", "--json", written(tmp_path, {**LAI, "name": "Lê Ấn"}))
    assert (again.exit_code, "identity_already_bound" in again.stderr) == (1, True)
    told = ("--told-by", "relative", "--effective", "2026-11-01")
    dead = idp("people", "event", "record", lai, "death", *told, "--known", "2026-11-02")
    assert (dead.exit_code, "suspended  0 sessions" in dead.output) == (0, True), dead.stderr
    refused = idp("people", "activate", lai, "--reason", "test")
    assert (refused.exit_code, "reverse that" in refused.stderr) == (1, True)
    twice = idp("people", "event", "record", lai, "death", *told)
    assert (twice.exit_code, twice.stderr) == (1, "The same source has reported this already, and it stands.\n")
    event = dead.output.split()[0]
    assert "active" in idp("people", "event", "reverse", lai, event, "--told-by", "counter").output
    renamed = idp(
        *("people", "event", "record", lai, "name_changed", "--told-by", "register", "--effective", "1969-07-01"),
        *("--name", "Phạm Thị Lài Hương", "--given-name", "Hương"),
    )
    assert renamed.exit_code == 0, renamed.stderr
    card = ("new_card", "--told-by", "register", "--effective", "2026-11-03", "--number", "051 158 990 137")
    assert idp("people", "event", "record", lai, *card).exit_code == 0
    shown = json.loads(idp("people", "event", "list", lai).output)
    assert [one["kind"] for one in shown["events"]] == ["death", "name_changed", "new_card"]
    assert sorted(one["kind"] for one in shown["history"]) == ["name", "name", "number", "number", "old_number"]
    assert json.loads(idp("people", "show", "051158990137").output)[0]["facts"]["name"] == "Phạm Thị Lài Hương"
    assert idp("people", "event", "record", "nobody", "death", *told).exit_code == 1
    assert idp("people", "event", "reverse", "nobody", event, "--told-by", "register").exit_code == 1
    other = add(idp, tmp_path, name="Lê Ấn", email="an@quangngai.example")
    bound = idp("people", "event", "record", other, *card)
    assert (bound.exit_code, bool(re.search("identity_already_bound.*case", bound.stderr))) == (1, True)
    assert "Hương" not in idp("audit", "tail", "-n", "100").output
