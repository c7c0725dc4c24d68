"""The 10,000 people of the register, the same at each start: names as frequent as they are, and of the highlands too.

All are fictional. Serials begin with 99, as in the sandbox's other data.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sandbox.vneid.people import citizens

COUNT = 10_000
_SEED = 69
_FIRST_YEAR, _LAST_YEAR = 1930, 2024
_T = TypeVar("_T")

# In per mille of the country; Huỳnh and Võ are how Hoàng and Vũ are written south of Huế.
_FAMILIES = {
    "Nguyễn": 384,
    "Trần": 110,
    "Lê": 95,
    "Phạm": 70,
    "Huỳnh": 51,
    "Võ": 49,
    "Phan": 45,
    "Bùi": 20,
    "Đặng": 21,
    "Đỗ": 14,
    "Hồ": 13,
    "Ngô": 13,
    "Dương": 10,
    "Đinh": 12,
    "Lý": 5,
    "Lí": 1,
    "Trương": 22,
    "Tạ": 6,
    "Tôn Nữ": 1,
}
_MIDDLES = {
    "male": {"Văn": 55, "Đình": 8, "Quốc": 7, "Minh": 8, "Thành": 6, "Ngọc": 6, "Hữu": 6, "": 4},
    "female": {"Thị": 62, "Thị Hồng": 5, "Ngọc": 8, "Thu": 6, "Kim": 5, "Thị Mỹ": 4, "Bảo": 4, "": 6},
}
_GIVEN = {
    "male": [
        "Hùng",
        "Dũng",
        "Đạt",
        "Khoa",
        "Phúc",
        "Được",
        "Hòa",
        "Hoà",
        "Sơn",
        "Long",
        "Tấn",
        "Việt",
        "Nhân",
        "Thọ",
        "Lợi",
        "Tuấn",
        "Quý",
        "Kỳ",
        "Kha",
        "Ân",
    ],
    "female": [
        "Lài",
        "Nhạn",
        "Mai",
        "Lan",
        "Hiền",
        "Tuyết",
        "Ước",
        "Sương",
        "Thủy",
        "Thuỷ",
        "Trâm",
        "Lượm",
        "Nga",
        "Mỵ",
        "Hường",
        "Yến",
        "Ý",
        "Vy",
        "Duyên",
        "Diệu",
    ],
}
# Xơ Đăng, Ba Na and Giẻ-Triêng: A or Y is no family name, and ơ̆ has no single code point.
_HIGHLAND = ["Blum", "Hyêm", "Thút", "Byưk", "Hmrưk", "Jrang", "Thơ̆", "Hơ̆", "Brơ̆i", "Nghĕnh", "Bdơng", "Krŏ"]
_ONE_WORD = ("Kơ̆", "Briu", "Xĭ", "Đe")
_PLACES = {"051": 55, "062": 25, "048": 5, "049": 5, "052": 4, "079": 4, "001": 2}


@dataclass(frozen=True, slots=True)
class Record:
    """`birthdate` is a year alone where nobody wrote down the day."""

    number: str
    name: str
    birthdate: str
    gender: str
    nationality: str = "VNM"


def records() -> dict[str, Record]:
    """By identity number: the sandbox's own people first, and then as many as are missing."""
    found = {one.number: Record(one.number, one.name, one.birthdate, one.gender) for one in citizens().values()}
    chance = random.Random(_SEED)  # noqa: S311 - the same people each time
    serial = 0
    while len(found) < COUNT:
        made = _made(chance, serial)
        found.setdefault(made.number, made)
        serial += 1
    return found


def _made(chance: random.Random, serial: int) -> Record:
    gender = "male" if chance.random() < 0.5 else "female"
    year = chance.randint(_FIRST_YEAR, _LAST_YEAR)
    place = _chosen(chance, _PLACES)
    century_and_sex = (2 if year >= 2000 else 0) + (gender == "female")
    number = f"{place}{century_and_sex}{year % 100:02d}99{serial % 10_000:04d}"
    unknown_day = year < 1965 and chance.random() < 0.1
    birthdate = str(year) if unknown_day else f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    return Record(number, _name(chance, gender, highland=place == "062"), birthdate, gender)


def _name(chance: random.Random, gender: str, *, highland: bool) -> str:
    drawn = chance.random()
    if highland and drawn < 0.02:
        return chance.choice(_ONE_WORD)
    if highland and drawn < 0.45:
        return f"{'A' if gender == 'male' else 'Y'} {chance.choice(_HIGHLAND)}"
    parts = (_chosen(chance, _FAMILIES), _chosen(chance, _MIDDLES[gender]), chance.choice(_GIVEN[gender]))
    return " ".join(part for part in parts if part)


def _chosen(chance: random.Random, weighted: dict[_T, int]) -> _T:
    words: Sequence[_T] = list(weighted)
    return chance.choices(words, list(weighted.values()))[0]
