"""The demo's officers: those of its people who sit at counters, each with their roles in a commune."""

import json
from collections.abc import Mapping
from typing import Any

from idp.demo.places import ROOT
from idp.flows import officers
from idp.flows.hall import Hall
from idp.identity.officer import Role, RoleGrant
from idp.kernel.clock import system_clock
from idp.kernel.ids import new_id

_OFFICERS = ROOT / "sandbox" / "officers.json"
# Two hands, as everywhere.
_PROPOSES, _APPROVES = "demo", "demo:second"


async def fill(hall: Hall, codes: Mapping[str, str]) -> list[dict[str, Any]]:
    """As sandbox.json tells them. Idempotent; `codes` are those of the units by what people call them."""
    documents = json.loads(_OFFICERS.read_text("utf-8"))["officers"]
    return [await _give(hall, one, codes[one["unit"]]) for one in documents]


async def _give(hall: Hall, document: Mapping[str, Any], unit: str) -> dict[str, Any]:
    login, wanted = document["login"], [Role(role) for role in document["roles"]]
    now = system_clock()
    async with hall.db.read() as tx:
        person_id = await tx.persons.find("national_id", login) or ""
        held = {one.role for one in await tx.officers.of_person(person_id)}
    for role in wanted:
        if role not in held:
            given = await officers.propose(hall, RoleGrant(new_id(), person_id, role, unit, now, _PROPOSES), now)
            if given.approved_by is None:
                await officers.approve(hall, given.id, _APPROVES, now)
    return {"login": login, "roles": [role.value for role in wanted], "unit": unit}
