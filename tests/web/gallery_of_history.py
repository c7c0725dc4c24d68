"""The gallery's pages about what happened to an account, and its receipts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from idp.flows.history import MOST_LINES
from idp.web.pages.account import Share
from idp.web.pages.history import History, HistoryDay, HistoryEntry, HistoryLine, ProveMore
from idp.web.pages.receipt import ReceiptPage
from tests.web.sample import Sample

AT = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)


def history() -> Iterator[Sample]:
    me, uri, prove = "Huỳnh Thị Mai", "/account/history", "/account/prove?to=%2Faccount%2Fhistory"
    early = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
    shop, agency, android = "Một cửa điện tử", "Văn phòng Ủy ban nhân dân tỉnh", "Chrome trên Android"

    def line(kind: str, **more: Any) -> HistoryLine:
        return HistoryLine(f"{uri}/{kind}", kind, **{"at": AT, "since": AT, **more})

    released = line(
        "userinfo_released",
        service=shop,
        agency=agency,
        claims=("name", "birthdate", "address"),
        basis=("consent", "task"),
    )
    hidden = line("userinfo_released", service="một dịch vụ được bảo vệ", hidden=True)
    today = (
        released,
        hidden,
        line("tokens_refreshed", service=shop, agency=agency, count=12, since=early),
        line("sign_in", method="vneid_2", device=android, service=shop, not_me_uri="/not-me/x"),
        line("notice_sent", told="new_device"),
    )
    before = (line("sign_in_failed", method="password", count=3, since=early), line("brand_new_kind"))
    days = (HistoryDay(date(2026, 11, 23), "today", today), HistoryDay(date(2026, 11, 20), "", before))
    topics = ("sign_ins", "changes", "releases")
    whole = History(uri, days, topics=topics, older_uri=f"{uri}?before=1-x", prove_uri=prove)
    yield Sample("account-history", whole, person=me)
    long = "Trung tâm Phục vụ hành chính công xã Ba Tơ, trực thuộc Ủy ban nhân dân xã Ba Tơ, tỉnh Quảng Ngãi"
    heavy = replace(released, agency=long, uri=f"{uri}/{'9' * 36}", not_me_uri=f"/not-me/{'x' * 200}")
    full = HistoryDay(date(2026, 11, 19), "", (heavy,) * MOST_LINES)
    many = History(uri, (full,), topics=topics, older_uri=f"{uri}?before=1-x", prove_uri=prove)
    yield Sample("account-history-many", many, person=me)
    older = History(uri, days[1:], "sign_ins", topics, first_uri=uri)
    yield Sample("account-history-older", older, person=me)
    yield Sample("account-history-empty", History(uri, topics=topics), person="Y Hyêm")
    yield Sample("account-history-none-such", History(uri, topic="releases", topics=topics), person=me)
    share = Share("consent", ("name", "address"), "Tiếp nhận hồ sơ", "Nghị định 168/2025/NĐ-CP")
    one = HistoryEntry(released, uri, "service", (share,), receipt_uri="/account/receipts/r")
    yield Sample("account-history-entry", one, person=me)
    signed_in = HistoryEntry(today[3], uri, "you", level="substantial", address="113.160.0.7")
    yield Sample("account-history-entry-sign-in", signed_in, person=me)
    ended = HistoryEntry(line("session_ended", device=android), uri, "you", reason="own_pages_everywhere")
    yield Sample("account-history-entry-ended", ended, person=me)
    learned = HistoryEntry(line("person_facts_changed", claims=("address",)), uri, "vneid", reason="a_new_one")
    yield Sample("account-history-entry-facts", learned, person=me)
    happened = HistoryEntry(line("life_event_reversed"), uri, "administrator", reason="death", told_by="register")
    yield Sample("account-history-entry-life", happened, person=me)
    tokens = HistoryEntry(line("tokens_issued", service=shop), uri, "service", (share,), may_receive=True)
    yield Sample("account-history-entry-tokens", tokens, person=me)
    asked = line("register_asked", claims=("birthdate", "gender", "name"))
    yield Sample("account-history-entry-asked", HistoryEntry(asked, uri, "you", purpose="verify_identity"), person=me)
    answer = HistoryEntry(line("register_answered"), uri, "register", purpose="verify_identity", verdict="partial")
    yield Sample("account-history-entry-answer", answer, person=me)
    told = HistoryEntry(today[4], uri, "system", channels=("email", "sms"), reference="K7QM-2XAD", case_id="k7m2")
    yield Sample("account-history-entry-notice", told, person=me)
    yield Sample("account-history-entry-hidden", HistoryEntry(hidden, uri, "service", prove_uri=prove), person=me)
    yield from _receipts(share)


def _receipts(share: Share) -> Iterator[Sample]:
    me, prove = "Huỳnh Thị Mai", "/account/prove?to=%2Faccount%2Fhistory"
    shop, agency = "Một cửa điện tử", "Văn phòng Ủy ban nhân dân tỉnh"
    receipt, keys = "7m2kq9x4n8w3h5t6v2b7c4d8e9", "https://dangnhap.quangngai.gov.vn/jwks"
    words = (AT, shop, agency, (share,), (Share("consent", ("email",), "Gửi kết quả"),))
    how = (f"/account/receipts/{receipt}/file", keys, f"{keys}/history")
    yield Sample("account-receipt", ReceiptPage(receipt, "given", *words, *how), person=me)
    yield Sample(
        "account-receipt-withdrawn", ReceiptPage(receipt, "withdrawn", AT, shop, agency, (), (), *how), person=me
    )
    yield Sample("account-receipt-hidden", ReceiptPage(receipt, prove_uri=prove), person=me)
    yield Sample("account-prove", ProveMore("/account/history", vneid=True), person=me)
    yield Sample("account-prove-without-vneid", ProveMore("/account"), person=me)
