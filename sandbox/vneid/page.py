"""The simulator's pages: plainly marked as one, in Vietnamese, without script."""

from collections.abc import Iterable
from html import escape

from sandbox.vneid.faults import EVERYWHERE, WORDS, Fault
from sandbox.vneid.people import Citizen

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --mist: #f4f6f8; --line: #6b7682; --primary: #7a1f1f }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eef1f4; --paper: #14181d; --mist: #1f252c; --line: #8b96a3; --primary: #f0a3a3 }
}
body { margin: 0; font: 1.0625rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--mist) }
.mark { background: repeating-linear-gradient(45deg, #7a1f1f 0 14px, #5d1717 14px 28px); color: #fff;
  padding: .6rem 1rem; text-align: center; font-weight: 650 }
main { max-width: 40rem; margin: 1.5rem auto; padding: 1.5rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: 10px }
label, legend { display: block; font-weight: 650; margin-top: 1rem }
select { width: 100%; font: inherit; padding: .6rem; border: 1px solid var(--line); border-radius: 6px;
  background: var(--paper); color: var(--ink) }
fieldset { border: 0; padding: 0; margin: 0 }
fieldset label { display: inline-block; font-weight: 400; margin: .4rem 1rem 0 0 }
.row { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: 1.5rem }
button { font: inherit; padding: .7rem 1.4rem; border-radius: 6px; border: 2px solid var(--primary); cursor: pointer;
  background: var(--primary); color: var(--paper) } button.quiet { background: transparent; color: var(--primary) }
:focus-visible { outline: 3px solid #ffbf47; outline-offset: 2px }
"""


def _shell(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f'<div class="mark">TRÌNH MÔ PHỎNG VNeID: không phải VNeID thật, chỉ có người hư cấu</div>'
        f"<main><h1>{escape(title)}</h1>{body}</main></html>"
    )


def choose(request: str, people: Iterable[Citizen], fault: Fault) -> str:
    """Who signs in, how, and what goes wrong. `request` is the query as it came."""
    options = "".join(
        f'<option value="{escape(one.number)}">{escape(one.name)} ({escape(one.number)})</option>' for one in people
    )
    return _shell(
        "Chọn người đăng nhập",
        f'<form method="post" action="/authorize"><input type="hidden" name="request" value="{escape(request)}">'
        f'<label for="person">Người đăng nhập</label><select id="person" name="person">{options}</select>'
        "<fieldset><legend>Tài khoản</legend>"
        '<label><input type="radio" name="level" value="2" checked> Mức độ 2</label>'
        '<label><input type="radio" name="level" value="1"> Mức độ 1</label>'
        '<label><input type="radio" name="level" value="organisation"> Tổ chức</label></fieldset>'
        f'<label for="fault">Lỗi mô phỏng</label>{_faults(Fault, fault)}'
        '<div class="row"><button name="decision" value="confirm">Xác nhận</button>'
        '<button class="quiet" name="decision" value="refuse">Từ chối</button></div></form>',
    )


def home(fault: Fault) -> str:
    """What goes wrong for everybody."""
    return _shell(
        "Trình mô phỏng VNeID",
        '<form method="post" action="/faults"><label for="fault">Lỗi cho mọi lần đăng nhập</label>'
        f'{_faults(EVERYWHERE, fault)}<div class="row"><button>Đặt</button></div></form>',
    )


def refused(objection: str) -> str:
    return _shell("Yêu cầu không hợp lệ", f"<p>Tham số sai hoặc thiếu: <code>{escape(objection)}</code></p>")


def _faults(offered: Iterable[Fault], chosen: Fault) -> str:
    options = "".join(
        f'<option value="{one.value}"{" selected" if one is chosen else ""}>{escape(WORDS[one])}</option>'
        for one in offered
    )
    return f'<select id="fault" name="fault">{options}</select>'
