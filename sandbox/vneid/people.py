"""The fictional people who have a VNeID account here: those of the demo, and some whom the hub has never seen."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

_DEMO = Path(__file__).resolve().parents[1] / "people.json"


@dataclass(frozen=True, slots=True)
class Citizen:
    number: str
    name: str
    birthdate: str
    gender: str
    phone_number: str | None = None
    email: str | None = None

    @property
    def sub(self) -> str:
        return hashlib.sha256(f"vneid:{self.number}".encode()).hexdigest()[:32]


_UNKNOWN_TO_THE_HUB = (
    Citizen("051201990776", "Đinh Văn Hơ̆", "2001-08-19", "male", "+84905990776", "dinh.ho@quangngai.example"),
    Citizen("062195990614", "Y Hyêm", "1995-03-27", "female", "+84905990614"),
    Citizen("051061990118", "Võ Thành Được", "1961-11-02", "male"),
    Citizen("051301990905", "Huỳnh Lê Bảo Trân", "2001-12-30", "female", "+84905990905", "bao.tran@quangngai.example"),
    Citizen("051196990733", "Trương Thị Ánh Nguyệt", "1996-09-15", "female", "+84905990733"),
)


def citizens() -> dict[str, Citizen]:
    """By identity number."""
    demo = [
        Citizen(
            one["national_id"],
            one["name"],
            one.get("claims", {}).get("birthdate", "1990-01-01"),
            one.get("claims", {}).get("gender", "female"),
            one.get("phone_number"),
            one.get("email"),
        )
        for one in json.loads(_DEMO.read_text("utf-8"))["people"]
        if "national_id" in one
    ]
    return {one.number: one for one in (*demo, *_UNKNOWN_TO_THE_HUB)}
