"""The lock that people put on their account by "this wasn't me": every flow that would change anything asks here."""

from idp.kernel.errors import Refusal
from idp.storage.database import Tx


class AccountLocked(Refusal):
    """Nothing is changed until two roots lift the lock; the case's number is for the hotline."""

    def __init__(self, case_id: str) -> None:
        super().__init__("account_locked", case=case_id)


async def refuse_if_locked(tx: Tx, person_id: str) -> None:
    """Raises AccountLocked. Call it in the transaction that changes: a lock that came a moment ago counts."""
    lock = await tx.account_locks.standing(person_id)
    if lock is not None:
        raise AccountLocked(lock.case_id)
