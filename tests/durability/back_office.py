"""The service's own side: redeems, renews, revokes and asks, and writes down what the hub confirmed."""

import asyncio
from typing import Any

import httpx

from tests.durability.balancer import Balancer
from tests.durability.hub import Hub, Service
from tests.durability.ledger import Code, Family, Fate, Ledger, grant_of
from tests.durability.processes import patience


class Unanswered(Exception):
    """No answer, or 503: it may have been done and it may not."""


class BackOffice:
    """For all services of one hub, over one connection pool."""

    def __init__(self, hub: Hub, ledger: Ledger, port: int | None = None) -> None:
        self.balancer = Balancer(port or hub.port)
        self.http = httpx.AsyncClient(transport=self.balancer, base_url=hub.issuer)
        self._ledger = ledger

    async def close(self) -> None:
        await self.http.aclose()

    async def post(self, service: Service, path: str, **form: str) -> httpx.Response:
        """One request; raises Unanswered."""
        try:
            response = await self.http.post(path, data=form, auth=(service.client_id, service.secret))
        except httpx.TransportError as failure:
            raise Unanswered(type(failure).__name__) from None
        finally:
            self._ledger.steps += 1
        assert response.status_code != 500, path
        if response.status_code == 503:
            assert response.headers["retry-after"]
            assert response.json()["error"] == "temporarily_unavailable"
            raise Unanswered("503")
        return response

    async def redeem(self, code: Code) -> Family | None:
        """Until there is an answer; None where an answer was lost before, and the code is used up."""
        for _ in patience():
            try:
                response = await self.redeem_once(code)
            except Unanswered:
                code.unanswered += 1
                await asyncio.sleep(0.1)
                continue
            if response.status_code == 200:
                return self._received(code, response.json())
            assert response.json()["error"] == "invalid_grant"
            assert code.unanswered, "a fresh code was refused"
            code.refused = True
            return None
        raise AssertionError("the token endpoint never answered")

    async def redeem_once(self, code: Code) -> httpx.Response:
        return await self.post(
            code.service,
            "/token",
            grant_type="authorization_code",
            code=code.value,
            redirect_uri=code.service.redirect_uri,
            code_verifier=code.verifier,
        )

    def _received(self, code: Code, answer: dict[str, Any]) -> Family:
        assert code.family is None, "a code was redeemed twice"
        family = Family(
            code.service,
            code.session,
            grant_of(answer["access_token"]),
            [answer["access_token"]],
            [answer["refresh_token"]],
            answer["id_token"],
        )
        code.family = family
        return family

    async def refresh(self, family: Family) -> None:
        """Until there is an answer; a lost one costs the family, since its token then comes twice."""
        for _ in patience():
            try:
                response = await self.refresh_once(family, family.refresh[-1])
            except Unanswered:
                family.unanswered += 1
                await asyncio.sleep(0.1)
                continue
            if response.status_code == 200:
                answer = response.json()
                family.access.append(answer["access_token"])
                family.refresh.append(answer["refresh_token"])
                family.refreshed += 1
                return
            assert response.json()["error"] == "invalid_grant"
            assert family.unanswered, "a living refresh token was refused"
            family.end(Fate.REUSED)
            return
        raise AssertionError("the token endpoint never answered")

    async def refresh_once(self, family: Family, token: str) -> httpx.Response:
        return await self.post(family.service, "/token", grant_type="refresh_token", refresh_token=token)

    async def revoke(self, family: Family) -> None:
        """Until it is confirmed: RFC 7009 makes repeating harmless."""
        for _ in patience():
            try:
                response = await self.post(family.service, "/revoke", token=family.refresh[-1])
            except Unanswered:
                await asyncio.sleep(0.1)
                continue
            assert response.status_code == 200
            family.end(Fate.REVOKED)
            return
        raise AssertionError("the revocation endpoint never answered")

    async def is_active(self, service: Service, token: str) -> bool:
        response = await self.post(service, "/introspect", token=token)
        assert response.status_code == 200, response.text
        return bool(response.json()["active"])

    async def userinfo(self, access_token: str) -> httpx.Response:
        return await self.http.get("/userinfo", headers={"authorization": f"Bearer {access_token}"})

    async def own_token(self, service: Service) -> httpx.Response:
        """client_credentials: the simplest request that writes."""
        return await self.post(service, "/token", grant_type="client_credentials")
