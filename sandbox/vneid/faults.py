"""How the simulator may misbehave; each is chosen on its page for one sign-in, the first two for everybody as well."""

from enum import StrEnum


class Fault(StrEnum):
    NONE = "none"
    TIMEOUT = "timeout"
    ERROR_500 = "error_500"
    WRONG_ISS = "wrong_iss"
    WRONG_TOKEN_ISS = "wrong_token_iss"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_NONCE = "wrong_nonce"
    WRONG_SIGNATURE = "wrong_signature"
    REUSED_CODE = "reused_code"
    LEVEL_MISSING = "level_missing"
    STALE = "stale"
    CHANGED_CONTACT = "changed_contact"
    CHANGED_NAME = "changed_name"
    CHANGED_SUBJECT = "changed_subject"
    CHANGED_NUMBER = "changed_number"


WORDS = {
    Fault.NONE: "Không có lỗi",
    Fault.TIMEOUT: "Không trả lời (quá thời gian)",
    Fault.ERROR_500: "Lỗi máy chủ (500)",
    Fault.WRONG_ISS: "Sai iss trong câu trả lời",
    Fault.WRONG_TOKEN_ISS: "Sai iss trong ID token",
    Fault.WRONG_AUDIENCE: "Sai aud",
    Fault.WRONG_NONCE: "Sai nonce",
    Fault.WRONG_SIGNATURE: "Sai chữ ký",
    Fault.REUSED_CODE: "Mã đã dùng",
    Fault.LEVEL_MISSING: "Thiếu mức độ",
    Fault.STALE: "Lần đăng nhập đã cũ",
    Fault.CHANGED_CONTACT: "Số điện thoại, email đã đổi",
    Fault.CHANGED_NAME: "Tên đã đổi",
    Fault.CHANGED_SUBJECT: "Mã tài khoản (sub) đã đổi",
    Fault.CHANGED_NUMBER: "Số định danh đã đổi",
}
EVERYWHERE = (Fault.NONE, Fault.TIMEOUT, Fault.ERROR_500)
