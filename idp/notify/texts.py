"""Writes a notice out: an e-mail as plain text and simple HTML, an SMS of one segment. The words are catalogued."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup, escape

from idp.catalogue.languages import DEFAULT
from idp.catalogue.translator import Translator, read
from idp.kernel.clock import VIET_NAM, instant
from idp.notify import gsm7
from idp.notify.devices import describe
from idp.notify.notice import Notice
from idp.notify.policy import Sender

FOLDER: Final = Path(__file__).parent / "locale"
SMS_VARIANTS: Final = ("sms_full", "sms_name", "sms_bare")
_AS_THEY_ARE: Final = frozenset({"code", "minutes"})
_OWN_PAGES: Final = "/account/sessions"
# A name holds letters and what stands between them. Anything else could be read as an address, and no SMS has one.
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z' -]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class EmailText:
    """Both forms say the same."""

    subject: str
    plain: str
    html: str


@cache
def catalogue(lang: str) -> Translator:
    return read(FOLDER, lang)


def email_text(notice: Notice, sender: Sender) -> EmailText:
    """Addresses the person with their full name; leads to their own pages, and to "this wasn't me", alone."""
    words = catalogue(notice.lang)
    values = _values(notice, sender, words)
    greeting = words("greeting", name=notice.name) if notice.name else words("greeting_nameless")
    not_me = [words("not_me", **values)] if notice.not_me else []
    parts = [greeting, words(f"{notice.kind}.body", **values), *not_me, words("closing", **values), values["hub"]]
    paragraphs = [paragraph for part in parts for paragraph in part.split("\n\n")]
    return EmailText(
        words(f"{notice.kind}.subject", **values), "\n\n".join(paragraphs) + "\n", _html(paragraphs, notice, sender)
    )


def sms_text(notice: Notice, sender: Sender) -> str:
    """The fullest variant that is one segment: without marks, without a link, without the name of any service."""
    words = catalogue(notice.lang)
    values = _values(notice, sender, words)
    has_name = _NAME.fullmatch(gsm7.unaccented(notice.name)) is not None
    text = ""
    for variant in SMS_VARIANTS:
        key = f"{notice.kind}.{variant}"
        text = gsm7.unaccented(words(key, **values))
        if gsm7.is_one_segment(text) and (has_name or "{name}" not in words(key)):
            return text
    return text


def _values(notice: Notice, sender: Sender, words: Translator) -> Mapping[str, str]:
    told = {
        "name": notice.name,
        "reference": notice.reference,
        "hotline": sender.hotline,
        "own_pages": f"{sender.origin}{_OWN_PAGES}",
        "not_me": f"{sender.origin}{notice.not_me}",
        "hub": sender.names.get(notice.lang) or sender.names[DEFAULT],
    }
    if "at" in notice.values:
        told["at"] = _moment(instant(notice.values["at"]))
    if "due" in notice.values:
        told["due"] = _moment(instant(notice.values["due"]))
    if "case" in notice.values:
        told["case"] = str(notice.values["case"])
    if "agent" in notice.values:
        told["device"] = describe(notice.values["agent"], words)
    if "level" in notice.values:
        told["level"] = words(f"level.{notice.values['level']}")
    if "method" in notice.values:
        told["method"] = words.first(f"method.{notice.values['method']}", "method.other")
    told.update({value: str(notice.values[value]) for value in _AS_THEY_ARE & notice.values.keys()})
    return told


def _moment(at: datetime) -> str:
    return at.astimezone(VIET_NAM).strftime("%H:%M %d/%m/%Y")


def _html(paragraphs: list[str], notice: Notice, sender: Sender) -> str:
    """No picture, no style sheet, nothing fetched: what a mail program shows of the most cautious person."""
    body = Markup("\n").join(Markup("<p>{}</p>").format(_lines(paragraph)) for paragraph in paragraphs)
    for path in filter(None, (_OWN_PAGES, notice.not_me)):
        link = escape(f"{sender.origin}{path}")
        body = body.replace(link, Markup('<a href="{0}">{0}</a>').format(link))
    return Markup('<!doctype html>\n<html lang="{}">\n<body>\n{}\n</body>\n</html>\n').format(notice.lang, body)


def _lines(paragraph: str) -> Markup:
    return Markup("<br>\n").join(paragraph.split("\n"))
