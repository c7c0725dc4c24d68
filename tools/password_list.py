"""Writes idp/crypto/common_passwords.bin: `python -m tools.password_list`, after `uv pip install zxcvbn`.

It holds the 30,000 most common passwords of zxcvbn's frequency list (MIT, Dropbox), counted in public leaks, and what
guessers try in Viet Nam, generated here from the words below: family names with given names, places, phrases. It is no
copy of any breach, and holds no account. Each word is folded and kept as the first five bytes of its SHA-256, sorted.
"""

import importlib
from pathlib import Path

from idp.authn.password_strength import fold
from idp.crypto.common_passwords import digest

TARGET = Path(__file__).resolve().parents[1] / "idp" / "crypto" / "common_passwords.bin"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FAMILIES = _words(
    """
    nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh doan luong mai to truong lam cao
    chau thai ta ha luu quach trieu kieu van tang phung thach
    """
)
_MIDDLES = ("", "van", "thi")
_GIVEN = _words(
    """
    an anh bao binh chau chi cuong dai dat diep dung duy duong giang ha hai han hang hanh hao hien hieu hoa hoai hoang
    hong hue hung huong huy huyen khai khanh khoa kien kim lam lan lien linh loan loc long ly mai manh minh my nam nga
    ngan nghia ngoc nguyen nhan nhi nhung ninh oanh phat phong phu phuc phuong quan quang quoc quyen quynh son sang tai
    tam tan thang thanh thao thien thinh thu thuan thuy tien tin toan trang tri trinh trong truc trung tu tuan tung
    tuyet van viet vinh vy xuan yen
    """
)
_PLACES = _words(
    """
    angiang bariavungtau bacgiang backan baclieu bacninh bentre binhdinh binhduong binhphuoc binhthuan camau cantho
    caobang danang daklak daknong dienbien dongnai dongthap gialai hagiang hanam hanoi hatinh haiduong haiphong
    haugiang hoabinh hungyen khanhhoa kiengiang kontum laichau lamdong langson laocai longan namdinh nghean ninhbinh
    ninhthuan phutho phuyen quangbinh quangnam quangngai quangninh quangtri soctrang sonla tayninh thaibinh thainguyen
    thanhhoa thuathienhue tiengiang tphcm hochiminh saigon travinh tuyenquang vinhlong vinhphuc yenbai vietnam lyson
    batto sahuynh
    """
)
_PHRASES = _words(
    """
    matkhau matkhaucuatoi khongbiet khongco khongnho toiyeuem toiyeuanh anhyeuem emyeuanh yeuem yeuanh anhnhoem
    emnhoanh mayeucon mevaba bameyeu bamecon giadinh giadinhtoi hanhphuc mamaoi meoi conyeu conyeume conyeuba vochong
    voyeu chongyeu tinhyeu tinhban banbe hoctro hocsinh sinhvien giaovien congchuc canbo ubnd congdan dangnhap taikhoan
    dichvu dichvucong motcua vneid zalo facebook anhhung bongda bongdavietnam vodich trochoi lienquan toilaai
    toilanguoi toilavietnam nguoivietnam chaoban xinchao camon maimai mainhoem maiyeu suotdoi congchua hoangtu bupbe
    meomeo gauyeu thienthan macdinh quantri admin quantrivien baomat xacthuc matma mothaiba motnam abcdef abcd1234
    qwerty asdfgh zxcvbn qazwsx q1w2e3 1qaz2wsx aa123456 a123456
    """
)


def words() -> set[str]:
    """Folded, each once."""
    lists = importlib.import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    names = {family + middle + given for family in _FAMILIES for middle in _MIDDLES for given in _GIVEN}
    reversed_names = {given + family for family in _FAMILIES for given in _GIVEN}
    everything = {*lists["passwords"], *names, *reversed_names, *_PLACES, *_PHRASES}
    return {fold(word) for word in everything}


if __name__ == "__main__":
    TARGET.write_bytes(b"".join(sorted({digest(word) for word in words()})))
    print(f"{TARGET.stat().st_size} bytes in {TARGET}")
