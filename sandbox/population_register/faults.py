"""How the simulator may misbehave: for everybody, or, where it is about a record, for the one who bears a number."""

from enum import StrEnum


class Fault(StrEnum):
    NONE = "none"
    TIMEOUT = "timeout"
    ERROR_500 = "error_500"
    OK_WITH_ERROR = "ok_with_error"
    GARBAGE = "garbage"
    SLOW_DRIP = "slow_drip"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_NONCE = "wrong_nonce"
    STALE = "stale"
    EXPIRED_CERTIFICATE = "expired_certificate"
    TOO_MANY = "too_many"
    REVOKED = "revoked"
    DECEASED = "deceased"
    PARTIAL = "partial"
    PENDING = "pending"


WORDS = {
    Fault.NONE: "Không có lỗi",
    Fault.TIMEOUT: "Không trả lời (quá thời gian)",
    Fault.ERROR_500: "Lỗi máy chủ (500)",
    Fault.OK_WITH_ERROR: "Báo lỗi trong câu trả lời 200",
    Fault.GARBAGE: "Trả lời vô nghĩa",
    Fault.SLOW_DRIP: "Trả lời nhỏ giọt",
    Fault.WRONG_SIGNATURE: "Sai chữ ký",
    Fault.WRONG_NONCE: "Sai nonce",
    Fault.STALE: "Câu trả lời đã cũ",
    Fault.EXPIRED_CERTIFICATE: "Chứng thư máy chủ hết hạn",
    Fault.TOO_MANY: "Quá nhiều câu hỏi (429, Retry-After)",
    Fault.REVOKED: "Số định danh đã bị hủy",
    Fault.DECEASED: "Người này đã mất",
    Fault.PARTIAL: "Bản ghi không dấu, chỉ có năm sinh",
    Fault.PENDING: "Đang chờ xử lý",
}
OF_A_RECORD = (Fault.NONE, Fault.REVOKED, Fault.DECEASED, Fault.PARTIAL, Fault.PENDING)
