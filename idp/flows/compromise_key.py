"""`idp keys compromise KID`: a key that others may know is out of the JWKS at once, nothing it signed is believed."""

from idp.crypto.field_encryption import Vault
from idp.crypto.rotation_policy import RotationPolicy
from idp.crypto.signing_keys import Change, KeyState, plan_compromise
from idp.flows.rotate_keys import Spares, store
from idp.storage.database import Database


async def compromise(
    db: Database, vault: Vault, policy: RotationPolicy, kid: str, *, actor: str, reason: str
) -> tuple[Change, ...]:
    """The changes that were stored, a new signer among them where the key was signing; () where there is none to end.

    Services see it in the JWKS and, marked with its time, in the history. The caller reloads its keys and tells the
    other nodes (topic `keys`); introspection and userinfo then refuse the key's tokens as those of an unknown key.
    """
    async with db.read() as tx:
        records, now = await tx.keys.all(), await tx.now()
    if not any(record.kid == kid and record.state is not KeyState.COMPROMISED for record in records):
        return ()
    spares = await Spares.for_plan(plan_compromise(records, kid, now, policy), vault)
    async with db.tx() as tx:
        await tx.keys.rotation_lock()
        now = await tx.now()
        plan = plan_compromise(await tx.keys.all(), kid, now, policy)
        return await store(tx, plan, spares, now, actor, reason)
