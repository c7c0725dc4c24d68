"""What is written to people: the right words in both languages, and an SMS that is one segment whoever it is for."""

import re
from dataclasses import replace
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from idp.catalogue.languages import LANGUAGES
from idp.identity.device import recognise
from idp.kernel.level import Level
from idp.notify.gsm7 import ALPHABET, is_one_segment, unaccented
from idp.notify.notice import KINDS, Notice, pack, unpack
from idp.notify.policy import Sender
from idp.notify.texts import FOLDER, SMS_VARIANTS, catalogue, email_text, sms_text
from tests.stand.inbox import SENDER

VALUES = {
    "at": 1_764_000_000,
    "agent": "Mozilla/5.0 (Linux; Android 14) SamsungBrowser/27.0",
    "method": "passkey",
    "code": "042917",
    "minutes": 10,
    "until": 1_764_000_600,
    "due": 1_764_086_400,
    "case": "7m2k4r8s9t2u3v4w5x6y7z2a3b",
    "level": "substantial",
}
BY_SMS = sorted(name for name, kind in KINDS.items() if kind.sms)
_LINK = re.compile(r"://|www\.|[A-Za-z0-9]\.[A-Za-z]{2}")


def notice(name: str = "Nguyễn Thị Hồng Nhạn", lang: str = "vi", kind: str = "new_device", **values: object) -> Notice:
    told = {value: VALUES[value] for value in KINDS[kind].values}
    return Notice(kind, lang, "K7QM-2XAD", name, {**told, **values})


names = st.one_of(
    st.text(max_size=120),
    st.lists(st.sampled_from(["Nguyễn", "Đỗ", "Y", "Thuỵ", "H’Ưng", "Phước", "Blưr", "ơ̆"]), max_size=14).map(" ".join),
)
# An operator's own text; what makes an address of it is theirs to answer for.
hotlines = st.text(sorted(set(ALPHABET) - set(".:/")), max_size=24)
agents = st.one_of(st.text(max_size=80), st.just("Windows Zalo"), st.just("Macintosh coc_coc_browser"))


@given(names, agents, st.sampled_from(LANGUAGES), st.sampled_from(BY_SMS), hotlines)
def test_an_sms_is_always_one_segment_without_a_link_and_names_no_service(
    name: str, agent: str, lang: str, kind: str, hotline: str
) -> None:
    sender = Sender(SENDER.names, SENDER.origin, hotline or "1022")
    text = sms_text(notice(name, lang, kind, **({"agent": agent} if "agent" in KINDS[kind].values else {})), sender)
    assert is_one_segment(text)
    assert not _LINK.search(text)
    assert "K7QM-2XAD" in text
    assert " ".join(sender.hotline.split()) in text
    for hub in SENDER.names.values():
        assert unaccented(hub) not in text


def test_the_sms_addresses_a_person_by_their_full_name_and_says_what_happened() -> None:
    android = notice(agent="Mozilla/5.0 (Linux; Android 14) Chrome/130")
    assert sms_text(android, SENDER) == (
        "Ong/Ba Nguyen Thi Hong Nhan: tai khoan vua dang nhap tu thiet bi moi (Chrome tren Android) "
        "luc 23:00 24/11/2025. Khong phai Ong/Ba? Goi 1022, ma K7QM-2XAD."
    )
    assert sms_text(notice(), SENDER).startswith("Ong/Ba Nguyen Thi Hong Nhan: tai khoan vua dang nhap")
    assert sms_text(notice("Rin", lang="en"), SENDER).startswith("Rin: your account was signed in to on a new device")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_code_comes_first_in_its_message_and_leads_nowhere(lang: str) -> None:
    told = notice(lang=lang, kind="one_time_code")
    assert sms_text(told, SENDER).startswith("042917 ")
    assert "10 " in sms_text(told, SENDER)
    text = email_text(told, SENDER)
    assert "042917" in text.plain
    assert "042917" not in text.subject, "a subject is read on a locked screen"
    assert "://" not in text.plain
    assert "href" not in text.html


@pytest.mark.parametrize("name", ["", "evil.example/x", "http://x.vn", "Gọi 0900 000 001", "Nguyễn " * 12, "Иван"])
def test_a_name_that_does_not_fit_or_could_be_read_as_something_else_is_left_out(name: str) -> None:
    assert sms_text(notice(name), SENDER).startswith("Tai khoan cua Ong/Ba vua dang nhap")


def test_both_forms_of_an_e_mail_say_the_same_and_lead_to_the_own_pages_alone() -> None:
    text = email_text(notice("Trần <b>Quốc</b> & Đạt"), SENDER)
    assert text.subject == "Tài khoản của Ông/Bà vừa được đăng nhập trên thiết bị mới"
    assert text.plain.startswith("Kính gửi Ông/Bà Trần <b>Quốc</b> & Đạt,\n\n")
    for said in ("23:00 24/11/2025", "Samsung Internet trên Android", "1022", "K7QM-2XAD", "không rõ"):
        assert said in text.plain
        assert said in text.html
    assert "<b>" not in text.html
    assert set(re.findall(r'(?:href|src)="([^"]*)"', text.html)) == {"https://dangnhap.example.vn/account/sessions"}
    assert text.html.startswith('<!doctype html>\n<html lang="vi">')
    assert "Ông/Bà,\n" in email_text(notice(""), SENDER).plain


def test_a_letter_names_the_way_to_sign_in_and_an_unknown_one_too() -> None:
    assert "khóa truy cập" in email_text(notice(kind="authenticator_added"), SENDER).plain
    assert "another way" in email_text(notice(lang="en", kind="authenticator_removed", method="x.y/z"), SENDER).plain


def test_an_e_mail_carries_the_link_of_not_me_and_an_sms_never_does() -> None:
    made = replace(notice(), not_me="/not-me/AbC-123_x")
    text = email_text(made, SENDER)
    link = "https://dangnhap.example.vn/not-me/AbC-123_x"
    assert f"đăng xuất mọi thiết bị và khóa mọi thay đổi:\n{link}\n" in text.plain
    assert f'<a href="{link}">{link}</a>' in text.html
    assert "not-me" not in sms_text(made, SENDER)
    assert "not-me" not in repr(made)


def test_english_is_complete() -> None:
    text = email_text(notice(lang="en"), SENDER)
    assert text.plain.startswith("Dear Nguyễn Thị Hồng Nhạn,")
    assert "Samsung Internet on Android" in text.plain
    assert "Shared Sign-in of Quảng Ngãi Province" in text.plain


def test_the_catalogues_have_the_same_keys_and_fill_in_the_same_values() -> None:
    vi, en = catalogue("vi"), catalogue("en")
    assert vi.known() == en.known()
    for key in vi.known():
        assert vi.forms(key)[0].strip()
        assert en.forms(key)[0].strip()
        # An English letter greets and addresses by name alone where Vietnamese needs a title; values are the same.
        assert _fields(vi.forms(key)) == _fields(en.forms(key)), key


def test_every_kind_has_all_its_texts_and_no_text_is_left_over() -> None:
    shared = {"greeting", "greeting_nameless", "closing", "not_me", "device.both", "device.unknown"}
    of_kinds = {f"{kind}.{part}" for kind in KINDS for part in ("subject", "body")}
    by_sms = {f"{kind}.{part}" for kind in BY_SMS for part in SMS_VARIANTS}
    methods = {key for key in catalogue("vi").known() if key.startswith("method.")}
    assert "method.other" in methods
    levels = {f"level.{level.word}" for level in Level}
    assert catalogue("vi").known() == shared | of_kinds | by_sms | methods | levels
    assert all("{name}" not in catalogue(lang)(f"{kind}.sms_bare") for lang in LANGUAGES for kind in BY_SMS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_file_names_its_own_language(lang: str) -> None:
    for path in (FOLDER / lang).glob("*.po"):
        with path.open("rb") as file:
            assert str(read_po(file).locale) == lang


def test_a_notice_of_an_unknown_kind_or_with_other_values_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no notice of this form"):
        Notice("new_devise", "vi", "K7QM-2XAD", "Rin", {})
    with pytest.raises(ValueError, match="no notice of this form"):
        Notice("new_device", "vi", "K7QM-2XAD", "Rin", {"at": 1})


def test_a_notice_survives_the_outbox_and_prints_nothing_personal() -> None:
    made = notice()
    assert unpack(pack(made, "+84905123456")) == (made, "+84905123456")
    assert "Nhạn" not in repr(made)
    assert "Mozilla" not in repr(made)


def test_devices_are_recognised_by_name_and_their_text_is_never_repeated() -> None:
    assert recognise("<script>") == recognise(None)
    assert email_text(notice(agent="<script>Chết"), SENDER).plain.count("thiết bị không rõ") == 1


def _fields(texts: tuple[str, ...]) -> set[str]:
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}
