"""What several pages of the console say of a case: its papers beside what is known, and the earlier ways in."""

from idp.admin.frame import case_uri
from idp.flows.counter_case import View, Way
from idp.identity import identity_number, name
from idp.identity.counter_case import Papers
from idp.identity.person import Person
from idp.web.catalogue import translator
from idp.web.deps import name_of
from idp.web.formats import iso_day
from idp.web.pages.admin import PaperLine, WayLine


def act_of(seen: View, whose: str) -> str:
    """What the token of a form is for: this case in this state."""
    return f"{whose} {seen.case.id} {seen.case.version}"


def uri(seen: View) -> str:
    return case_uri(seen.case.id)


def called(seen: View) -> str:
    return seen.file.papers.name if seen.file is not None else name_of(seen.person)


def number_of(papers: Papers) -> str:
    number = papers.identity_number()
    return identity_number.mask(number) if number is not None else ""


def papers_of(seen: View, lang: str) -> tuple[PaperLine, ...]:
    """What stands on the card, beside what is known of an account that was there before."""
    if seen.file is None:
        return ()
    t, papers, person = translator(lang), seen.file.papers, seen.person
    known = {} if seen.file.created else _known(person)
    lines = [
        PaperLine("number", number_of(papers) or t("counter.no_number")),
        PaperLine(
            "name", papers.name, known.get("name"), differs=not name.same(papers.name, known.get("name", papers.name))
        ),
        PaperLine(
            "birthdate",
            iso_day(papers.birthdate),
            iso_day(known["birthdate"]) if "birthdate" in known else None,
            differs=not papers.birthdate.startswith(known.get("birthdate", papers.birthdate)),
        ),
        PaperLine("gender", t(f"gender.{papers.gender}")),
    ]
    if papers.address:
        lines.append(PaperLine("address", papers.address))
    if papers.number:
        lines.append(PaperLine("expires", iso_day(papers.expires) if papers.expires else t("counter.endless")))
    return tuple(lines)


def ways_of(ways: tuple[Way, ...]) -> tuple[WayLine, ...]:
    return tuple(WayLine(way.key, way.kind, way.label, way.since) for way in ways)


def _known(person: Person) -> dict[str, str]:
    return {claim: str(person.facts[claim].value) for claim in ("name", "birthdate") if claim in person.facts}
