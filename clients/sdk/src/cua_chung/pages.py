"""The page of a failed sign-in, where a service brings none of its own: plain words in two languages and a way on."""

import html
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from cua_chung.errors import SignInRefused

# vi, en: what happened, by the code of the refusal.
WORDS: dict[str, tuple[str, str]] = {
    "access_denied": (
        "Bạn đã không đồng ý chia sẻ dữ liệu, nên dịch vụ chưa thể tiếp tục.",
        "You chose not to share your data, so the service cannot go on.",
    ),
    "unmet_authentication_requirements": (
        "Trang này cần mức bảo đảm cao hơn mức mà tài khoản của bạn đạt được.",
        "This page needs a higher assurance level than your account can reach.",
    ),
    "unknown_state": (
        "Trang đăng nhập này đã cũ hoặc được mở từ trình duyệt khác.",
        "This sign-in page is out of date, or it was opened in another browser.",
    ),
    "person_changed": (
        "Người vừa xác thực không phải là người đang dùng dịch vụ.",
        "The person who just authenticated is not the one who was using the service.",
    ),
    "level_not_accepted": (
        "Dịch vụ phía sau vẫn đòi mức bảo đảm mà bạn đã chứng minh. Vui lòng báo cho cơ quan quản lý dịch vụ.",
        "The service behind this one still demands a level that you have proven. Please tell the agency that runs it.",
    ),
    "provider_unreachable": (
        "Hệ thống đăng nhập hiện không phản hồi. Vui lòng thử lại sau ít phút.",
        "The sign-in system is not answering. Please try again in a few minutes.",
    ),
}
OTHERWISE = (
    "Đăng nhập chưa thành công. Chưa có dữ liệu nào của bạn được chia sẻ.",
    "Sign-in did not succeed. None of your data has been shared.",
)


def explanation(code: str) -> tuple[str, str]:
    """The sentence for a code, in Vietnamese and English."""
    return WORDS.get(code, OTHERWISE)


def status_of(refused: SignInRefused) -> int:
    return 503 if refused.code == "provider_unreachable" else 403 if refused.code == "access_denied" else 400


def try_again(refused: SignInRefused) -> str:
    return f"/sign-in?{urlencode({'next': refused.next_path})}"


def refused_page(_request: Request, refused: SignInRefused) -> Response:
    vi, en = explanation(refused.code)
    # The code came over the address bar: escaped, and cut.
    code = html.escape(refused.code[:64])
    body = (
        '<!doctype html><html lang="vi"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Đăng nhập chưa thành công</title>'
        f'<main><h1>Đăng nhập chưa thành công</h1><p>{vi}</p><p lang="en">{en}</p>'
        f'<p><a href="{html.escape(try_again(refused))}">Thử lại</a> · <a href="/">Về trang chính</a></p>'
        f"<p><code>{code}</code></p></main></html>"
    )
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"}
    return HTMLResponse(body, status_code=status_of(refused), headers=headers)
