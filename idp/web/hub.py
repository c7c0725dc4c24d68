"""What the hub calls itself on screen: the province's settings, read once at the roof."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Hub:
    """Names and addresses that every page shows; `*_en` stand on the English pages."""

    origin: str
    name: str = "Hệ thống đăng nhập dùng chung tỉnh Quảng Ngãi"
    name_en: str = "Shared Sign-in of Quảng Ngãi Province"
    place: str = "tỉnh Quảng Ngãi"
    place_en: str = "of Quảng Ngãi Province"
    authority: str = "Ủy ban nhân dân tỉnh Quảng Ngãi"
    authority_en: str = "People’s Committee of Quảng Ngãi Province"
    hotline: str = "1022"
    help_uri: str = "/help"
    privacy_uri: str = "/privacy"
    accessibility_uri: str = "/accessibility"
    account_uri: str = "/account"

    def called(self, lang: str) -> str:
        return self.name_en if lang == "en" else self.name

    def called_in_parts(self, lang: str) -> tuple[str, str]:
        """The name cut before its place, so that no line ever breaks inside the province's name."""
        name, place = self.called(lang), self.place_en if lang == "en" else self.place
        return (name.removesuffix(place), place) if name.endswith(place) else (name, "")

    def run_by(self, lang: str) -> str:
        return self.authority_en if lang == "en" else self.authority

    @property
    def host(self) -> str:
        """What a careful person compares with the address bar."""
        return urlsplit(self.origin).netloc
