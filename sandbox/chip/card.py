"""A citizen card as the chip has it: data groups of one fictional person (Doc 9303-10 §4.7), with its printed lines."""

import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from sandbox.chip import der
from sandbox.vneid.people import Citizen

_RENEWED_AT = (25, 40, 60)
_NO_EXPIRY = "991231"


@dataclass(frozen=True, slots=True)
class Card:
    """What is on it; a forgery changes one thing. `mrz` replaces all three lines, `items` single texts of DG13."""

    person: Citizen
    today: date
    expires: date | None = None
    document_number: str | None = None
    issuer: str = "VNM"
    document_code: str = "ID"
    mrz: str | None = None
    items: Mapping[int, str | None] = field(default_factory=dict)
    picture: bytes | None = field(default=None, repr=False)
    dg2_instead: bytes | None = field(default=None, repr=False)

    def lines(self) -> str:
        """Doc 9303-5 §4.2: ninety characters."""
        if self.mrz is not None:
            return self.mrz
        person = self.person
        number = self.document_number or person.number[-9:]
        optional = person.number.ljust(14, "<")
        birth = person.birthdate.replace("-", "")[2:]
        expires = self._expires()
        expiry = expires.strftime("%y%m%d") if expires else _NO_EXPIRY
        first = f"{self.document_code:<2}{self.issuer:<3}{number:<9}".replace(" ", "<")
        first += check_digit(number) + optional + check_digit(optional)
        sex = "M" if person.gender == "male" else "F"
        second = f"{birth}{check_digit(birth)}{sex}{expiry}{check_digit(expiry)}VNM".ljust(29, "<")
        second += check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
        return first + second + _name_line(person.name)

    def dg1(self) -> bytes:
        return der.element(0x61, der.element(0x5F1F, self.lines().encode("latin-1")))

    def dg2(self) -> bytes:
        """ISO/IEC 19794-5 in a biometric template (Doc 9303-10 §4.7.2)."""
        if self.dg2_instead is not None:
            return self.dg2_instead
        picture = portrait() if self.picture is None else self.picture
        face = (20 + 12 + len(picture)).to_bytes(4, "big") + bytes(16) + b"\x01\x00" + bytes(10) + picture
        block = b"FAC\0010\0" + (14 + len(face)).to_bytes(4, "big") + b"\x00\x01" + face
        header = der.element(0xA1, der.element(0x80, b"\x01\x01"), der.element(0x87, b"\x01\x01"))
        template = der.element(0x7F60, header, der.element(0x5F2E, block))
        return der.element(0x75, der.element(0x7F61, der.integer(1), template))

    def dg13(self) -> bytes:
        """Viet Nam's own: numbered texts."""
        expires = self._expires()
        texts: dict[int, str | None] = {
            1: self.person.number,
            2: self.person.name,
            3: _written(date.fromisoformat(self.person.birthdate)),
            4: "Nam" if self.person.gender == "male" else "Nữ",
            5: "Việt Nam",
            6: "Kinh",
            7: "Không",
            8: "Xã Ba Tơ, Quảng Ngãi",
            9: "Phường Nghĩa Lộ, Quảng Ngãi",
            10: "Nốt ruồi cách 1 cm dưới khóe mắt trái",
            11: "12/08/2021",
            12: _written(expires) if expires else "Không thời hạn",
            **self.items,
        }
        items = [der.sequence(der.integer(n), der.utf8(text)) for n, text in texts.items() if text is not None]
        parents = der.sequence(der.integer(13), der.sequence(der.utf8("Đinh Văn Hậu"), der.utf8("Phạm Thị Sen")))
        return der.element(0x6D, der.sequence(*items, parents))

    def _expires(self) -> date | None:
        if self.expires is not None:
            return self.expires
        born = date.fromisoformat(self.person.birthdate)
        ages = (date(born.year + age, born.month, min(born.day, 28)) for age in _RENEWED_AT)
        return next((end for end in ages if end > self.today), None)


def check_digit(text: str) -> str:
    """Doc 9303-3 §4.9."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    values = [0 if character == "<" else alphabet.index(character) for character in text]
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


@cache
def portrait(width: int = 240, height: int = 320, form: str = "JPEG", *, progressive: bool = False) -> bytes:
    """A drawing of nobody."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - a card is made more rarely than this file is imported

    picture = Image.new("RGB", (width, height), (214, 222, 230))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((width * 0.28, height * 0.15, width * 0.72, height * 0.6), fill=(196, 154, 120))
    draw.rectangle((width * 0.2, height * 0.68, width * 0.8, height), fill=(52, 78, 110))
    written = io.BytesIO()
    picture.save(written, form, progressive=progressive)
    return written.getvalue()


def _written(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _name_line(name: str) -> str:
    """Capitals without marks, the first word apart from the others, cut where the line ends (Doc 9303-3 §4.6)."""
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D")).upper()
    words = "".join(c for c in plain if c.isascii() and (c.isalpha() or c == " ")).split()
    return "<<".join(("<".join(words[:1]), "<".join(words[1:]))).rstrip("<").ljust(30, "<")[:30]
