"""The fictional records that the API example serves: people's applications, found by the provider's `sub`."""

import hashlib
from dataclasses import dataclass

_PROCEDURES = (
    ("Cấp đổi Giấy chứng nhận quyền sử dụng đất", "Exchange of a land-use certificate"),
    ("Đăng ký khai sinh", "Birth registration"),
    ("Cấp bản sao trích lục hộ tịch", "Copy of a civil-status record"),
    ("Đăng ký hộ kinh doanh", "Household business registration"),
    ("Cấp phiếu lý lịch tư pháp", "Criminal record certificate"),
)
STATUSES = ("received", "in_progress", "ready")


@dataclass(frozen=True, slots=True)
class Application:
    """One application and how far it has come."""

    code: str
    procedure_vi: str
    procedure_en: str
    received: str
    status: str


def applications_of(sub: str) -> list[Application]:
    """Two applications for whoever asks, always the same for the same person."""
    seed = hashlib.sha256(sub.encode()).digest()
    found = []
    for place in range(2):
        vi, en = _PROCEDURES[(seed[place] + place) % len(_PROCEDURES)]
        found.append(
            Application(
                code=f"H48.01-{261000 + seed[place + 2]}-{place + 1:04d}",
                procedure_vi=vi,
                procedure_en=en,
                received=f"2026-{1 + seed[place + 4] % 9:02d}-{1 + seed[place + 6] % 28:02d}",
                status=STATUSES[seed[place + 8] % len(STATUSES)],
            )
        )
    return found
