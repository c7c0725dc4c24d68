"""One's own history: every sign-in, failed try, change and release of data; and one entry of it in full."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.audit import kinds
from idp.audit.event import Event
from idp.audit.kinds import Topic
from idp.flows import history, not_me_link
from idp.flows.history import Entry
from idp.flows.not_me_link import Claim
from idp.flows.own_pages import Owner
from idp.kernel.clock import day_of
from idp.portal import prove_more, receipt, shares
from idp.portal.frame import context, sees_all, signed_in
from idp.web import catalogue, devices, discreet
from idp.web.catalogue import Translator
from idp.web.deps import Door
from idp.web.facts import worth_saying
from idp.web.pages.history import History, HistoryDay, HistoryEntry, HistoryLine
from idp.web.pages.problem import Problem, ProblemPage

PATH: Final = "/account/history"
_TOPICS: Final = {topic.value: topic for topic in Topic}
_SHOW, _BEFORE = "show", "before"
_TAKEN_AWAY: Final = frozenset({kinds.ACCOUNT_LOCKED, kinds.RECOVERY_ENDED, kinds.SESSION_ENDED, kinds.CASE_OPENED})
# What a register said, nobody did: there is a word against the question.
_NOBODYS: Final = frozenset({kinds.REGISTER_ANSWERED, kinds.REGISTER_WITHDRAWN})
# What these say of their source is for people; elsewhere it is a word of ours.
_OF_LIFE: Final = frozenset({kinds.LIFE_EVENT_RECORDED, kinds.LIFE_EVENT_REVERSED})
_ACTORS: Final = {
    "client": "service",
    "upstream": "vneid",
    "register": "register",
    "officer": "officer",
    "system": "system",
    "anonymous": "unknown",
}
_OF_REGISTERS: Final = _NOBODYS | {kinds.REGISTER_ASKED}


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        chosen = request.query_params.get(_SHOW, "")
        topic, cursor = _TOPICS.get(chosen), request.query_params.get(_BEFORE)
        found = await history.page(door.hall, owner.person.id, topic, cursor, door.now())
        frame = context(door, request, owner)
        seeing = _Seeing(door, owner, catalogue.translator(frame.lang))
        days = tuple(_days(seeing, found.entries, day_of(door.now())))
        hidden = any(line.hidden for day in days for line in day.lines)
        page = History(
            uri=PATH,
            days=days,
            topic=topic.value if topic else "",
            topics=tuple(_TOPICS),
            older_uri=_address(topic, found.older) if found.older else None,
            first_uri=_address(topic) if cursor else None,
            prove_uri=prove_more.leading_to(PATH) if hidden else None,
        )
        return door.pages.render(page, frame)

    async def one(request: Request, owner: Owner) -> Response:
        entry = await history.one(door.hall, owner.person.id, request.path_params["handle"], door.now())
        frame = context(door, request, owner)
        if entry is None:
            return door.pages.render(ProblemPage(Problem.NOT_FOUND, retry_uri=PATH), frame)
        seeing = _Seeing(door, owner, catalogue.translator(frame.lang))
        return door.pages.render(_in_full(seeing, entry), frame)

    return [
        Route(PATH, signed_in(door, show, PATH), methods=["GET"]),
        Route(PATH + "/{handle}", signed_in(door, one), methods=["GET"]),
    ]


def _address(topic: Topic | None, before: str | None = None) -> str:
    asked = {_SHOW: topic.value if topic else None, _BEFORE: before}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{PATH}?{query}" if query else PATH


class _Seeing:
    """The words of a page's language, and how much its reader may see."""

    def __init__(self, door: Door, owner: Owner, t: Translator) -> None:
        self.t = t
        self.everything = sees_all(door, owner)
        self._door = door
        self._owner = owner

    def line(self, entry: Entry) -> HistoryLine:
        event, registered = entry.line.event, entry.registered
        hidden = discreet.is_hidden(registered, sees_all=self.everything)
        service = discreet.shown(registered, self.t, sees_all=self.everything) if registered else None
        claims = () if hidden else worth_saying(claim.partition("#")[0] for claim in event.changed.get("claims") or ())
        return HistoryLine(
            uri=f"{PATH}/{quote(entry.handle)}",
            kind=event.kind,
            at=event.at,
            since=entry.line.since,
            count=entry.line.count,
            method=_text(event.changed.get("method")),
            service=service.name if service else None,
            agency=(service.agency or None) if service else None,
            hidden=hidden,
            device=devices.describe(entry.agent.user_agent, self.t) if entry.agent else None,
            claims=claims,
            told=_text(event.changed.get("notice")),
            basis=() if hidden else tuple(sorted({basis.value for basis in entry.bases.values()})),
            not_me_uri=self._not_me(event),
        )

    def _not_me(self, event: Event) -> str | None:
        """What only took access away needs no word against it."""
        if event.kind in _TAKEN_AWAY | _NOBODYS:
            return None
        claim = Claim(self._owner.person.id, event.kind, event.at)
        return not_me_link.link(self._door.hall, claim, self._door.now())


def _days(seeing: _Seeing, entries: tuple[Entry, ...], today: date) -> Iterator[HistoryDay]:
    words = {today: "today", today - timedelta(days=1): "yesterday"}
    for day, of_day in groupby(entries, key=lambda entry: day_of(entry.line.event.at)):
        yield HistoryDay(day, words.get(day, ""), tuple(map(seeing.line, of_day)))


def _in_full(seeing: _Seeing, entry: Entry) -> HistoryEntry:
    event, line = entry.line.event, seeing.line(entry)
    told = event.changed
    receipt_id = None if line.hidden else _text(told.get("receipt_id"))
    return HistoryEntry(
        line=line,
        back_uri=PATH,
        actor=_actor(event.actor, event.person_id),
        may_receive=event.kind in shares.MAY_RECEIVE,
        reason=_text(told.get("reason")),
        told_by=_text(told.get("source")) if event.kind in _OF_LIFE else None,
        shares=() if line.hidden else shares.of_release(line.claims, entry, seeing.t.lang),
        receipt_uri=receipt.address(receipt_id) if receipt_id else None,
        level=_text(told.get("level") or told.get("after")),
        address=entry.agent.address or None if entry.agent else None,
        channels=tuple(told.get("channels") or ()),
        reference=_text(told.get("reference")),
        case_id=_text(told.get("case_id")),
        purpose=event.purpose if event.kind in _OF_REGISTERS else None,
        verdict=_text(told.get("verdict")),
        prove_uri=prove_more.leading_to(line.uri) if line.hidden else None,
    )


def _actor(actor: str, person_id: str | None) -> str:
    """In the words of the page: who acted, never which officer or which machine."""
    if actor == f"person:{person_id}":
        return "you"
    return _ACTORS.get(actor.partition(":")[0], "administrator")


def _text(value: object) -> str | None:
    return str(value) if value else None
