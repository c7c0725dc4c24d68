"""A virtual device with passkeys beside a page of Chromium: what a person holds in their hand."""

from typing import Any

from playwright.async_api import CDPSession, Page

_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": False,
}
_NO_OFFER = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
PASSKEY = "[data-passkey] button[type=button]"


class Device:
    """What a person holds: it makes passkeys, and answers once touched."""

    def __init__(self, session: CDPSession, id_: str) -> None:
        self._session = session
        self._id = id_

    @classmethod
    async def beside(cls, page: Page, *, offers: bool = False, **more: Any) -> "Device":
        """Unless it `offers` itself in the field of the name, it waits for the button: else both would race."""
        if not offers:
            await page.add_init_script(_NO_OFFER)
        session = await page.context.new_cdp_session(page)
        await session.send("WebAuthn.enable")
        made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": {**_DEVICE, **more}})
        return cls(session, made["authenticatorId"])

    async def touch(self, page: Page) -> None:
        """Press the page's button; whoever holds the device says yes."""
        await self.at_hand()
        await page.click(PASSKEY)

    async def at_hand(self) -> None:
        """It answers whatever is asked from now on."""
        await self._simulate(present=True)

    async def let_go(self) -> None:
        await self._simulate(present=False)

    async def credentials(self) -> list[dict[str, Any]]:
        found = await self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        held: list[dict[str, Any]] = found["credentials"]
        return held

    async def _simulate(self, *, present: bool) -> None:
        command = {"authenticatorId": self._id, "enabled": present}
        await self._session.send("WebAuthn.setAutomaticPresenceSimulation", command)
