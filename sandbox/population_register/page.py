"""The simulator's page for people: who is in the register, and what goes wrong. Plainly marked, without script."""

from collections.abc import Iterable
from html import escape

from sandbox.population_register.faults import OF_A_RECORD, WORDS, Fault
from sandbox.population_register.people import Record
from sandbox.vneid.page import STYLE

SHOWN = 50
_GENDERS = {"male": "Nam", "female": "Nữ"}
_MORE_STYLE = """
main { max-width: 62rem }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; margin-top: 1rem }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap }
td form { display: flex; gap: .4rem; margin: 0 } td select { width: auto; padding: .2rem }
td button { padding: .2rem .7rem }
input { font: inherit; padding: .6rem; border: 1px solid var(--line); border-radius: 6px; background: var(--paper);
  color: var(--ink) }
"""


def home(fault: Fault, faults: dict[str, Fault], people: Iterable[Record], count: int, asked: str, where: str) -> str:
    """What goes wrong for everybody and for single records, and the first of the people who were looked for."""
    rows = "".join(_row(one, faults.get(one.number, Fault.NONE)) for one in people)
    how_many = f"{count:,}".replace(",", ".")
    title = "Trình mô phỏng Cơ sở dữ liệu quốc gia về dân cư"
    return (
        f'<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{STYLE}{_MORE_STYLE}</style>"
        '<div class="mark">TRÌNH MÔ PHỎNG: không phải cơ sở dữ liệu thật, chỉ có người hư cấu</div>'
        f"<main><h1>{title}</h1><p>Máy hỏi máy tại <code>{escape(where)}</code>, bằng TLS hai chiều "
        "và câu hỏi có chữ ký.</p>"
        '<form method="post" action="/faults"><label for="fault">Lỗi cho mọi câu hỏi</label>'
        f'{_faults("fault", Fault, fault)}<div class="row"><button>Đặt</button></div></form>'
        f"<h2>{how_many} người</h2>"
        '<form method="get" action="/"><label for="q">Tìm theo số định danh hoặc họ tên</label>'
        f'<div class="row"><input id="q" name="q" value="{escape(asked)}">'
        '<button class="quiet">Tìm</button></div></form>'
        '<div class="scroll"><table><thead><tr><th>Số định danh</th><th>Họ và tên</th><th>Ngày sinh</th>'
        f"<th>Giới tính</th><th>Trạng thái bản ghi</th></tr></thead><tbody>{rows}</tbody></table></div></main></html>"
    )


def _row(one: Record, fault: Fault) -> str:
    chosen = (
        f'<form method="post" action="/faults"><input type="hidden" name="number" value="{escape(one.number)}">'
        f"{_faults(f'of-{one.number}', OF_A_RECORD, fault, label=f'Trạng thái của {one.number}')}"
        '<button class="quiet">Đặt</button></form>'
    )
    cells = (one.number, one.name, one.birthdate, _GENDERS[one.gender])
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}<td>{chosen}</td></tr>"


def _faults(id_: str, offered: Iterable[Fault], chosen: Fault, label: str = "") -> str:
    options = "".join(
        f'<option value="{one.value}"{" selected" if one is chosen else ""}>{escape(WORDS[one])}</option>'
        for one in offered
    )
    named = f' aria-label="{escape(label)}"' if label else ""
    return f'<select id="{id_}" name="fault"{named}>{options}</select>'
