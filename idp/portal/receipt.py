"""A receipt of what one decided about a service: readable, and as a signed file that anybody can check."""

from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.consent.receipt import purposes_of, service_of
from idp.flows import receipts
from idp.flows.own_pages import Owner
from idp.portal import prove_more, shares
from idp.portal.frame import context, sees_all, signed_in
from idp.protocol.endpoints import JWKS, JWKS_HISTORY
from idp.storage.receipts import Receipt
from idp.web import discreet
from idp.web.deps import Door, in_language
from idp.web.pages.problem import Problem, ProblemPage
from idp.web.pages.receipt import ReceiptPage
from idp.web.responses import see_other

PATH: Final = "/account/receipts"
# RFC 7515 §9.2.1.
_JOSE: Final = "application/jose"


def address(receipt_id: str) -> str:
    return f"{PATH}/{quote(receipt_id, safe='')}"


def routes(door: Door) -> list[Route]:
    async def show(request: Request, owner: Owner) -> Response:
        held = await receipts.one(door.hall, owner.person.id, request.path_params["receipt_id"])
        frame = context(door, request, owner)
        if held is None:
            return door.pages.render(ProblemPage(Problem.NOT_FOUND, retry_uri="/account/services"), frame)
        if await _is_hidden(door, owner, held):
            page = ReceiptPage(held.id, prove_uri=prove_more.leading_to(address(held.id)))
        else:
            page = _page(door, held, frame.lang)
        return door.pages.render(page, frame)

    async def file(request: Request, owner: Owner) -> Response:
        held = await receipts.one(door.hall, owner.person.id, request.path_params["receipt_id"])
        if held is None or await _is_hidden(door, owner, held):
            return see_other(address(request.path_params["receipt_id"]))
        headers = {
            "content-disposition": f'attachment; filename="receipt-{held.id}.jws"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        return Response(await receipts.signed(door.hall, held, door.now()), media_type=_JOSE, headers=headers)

    return [
        Route(PATH + "/{receipt_id}", signed_in(door, show), methods=["GET"]),
        Route(PATH + "/{receipt_id}/file", signed_in(door, file), methods=["GET"]),
    ]


async def _is_hidden(door: Door, owner: Owner, held: Receipt) -> bool:
    registered = await door.hall.clients.get(held.client_id, door.now())
    return discreet.is_hidden(registered, sees_all=sees_all(door, owner))


def _page(door: Door, held: Receipt, lang: str) -> ReceiptPage:
    purposes = purposes_of(held.document)
    name, agency = service_of(held.document)
    return ReceiptPage(
        held.id,
        held.kind,
        held.made_at,
        in_language(name, lang),
        in_language(agency, lang),
        shares.of_receipt((one for one in purposes if one.given), lang),
        shares.of_receipt((one for one in purposes if not one.given), lang),
        file_uri=address(held.id) + "/file",
        keys_uri=door.hall.policies.issuer + JWKS,
        past_keys_uri=door.hall.policies.issuer + JWKS_HISTORY,
    )
