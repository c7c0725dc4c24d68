"""How many failures are too many: limits by address, by account and by both together. The cache counts, flows ask.

Nobody is ever locked out: a full counter empties by itself, and an account under attack still hears a first few tries
from any place that did not fail before.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThrottlePolicy:
    """Failures allowed in a window of `window_seconds`.

    `free_tries` is what a new place may try although the account's own counter is full.
    """

    window_seconds: int = 15 * 60
    # One place against one account: a person who forgot, or a patient guesser.
    pair_limit: int = 10
    # One place against all accounts. Many citizens share an address: an office, a carrier's gateway.
    address_limit: int = 100
    # All places against one account.
    account_limit: int = 25
    free_tries: int = 3
    # From so many failures against one account on, strangers work or wait before each try: no place alone gets there
    # without meeting its own limit.
    crowd_from: int = 10
    # The same, by failures of strangers against all accounts together.
    hub_from: int = 3000
    # One browser's ways to an upstream in a window, and the links that one identity number may begin in a day.
    trips_limit: int = 30
    links_a_day: int = 5
    # What the first step of heat costs: about 2**bits hashes of the browser, or the wait.
    work_bits: int = 16
    work_wait_seconds: int = 30

    @classmethod
    def strict(cls) -> "ThrottlePolicy":
        """For citizens: OWASP ASVS 2.2.1 allows at most 100 failures an hour against one account."""
        return cls()

    @classmethod
    def lenient(cls) -> "ThrottlePolicy":
        """For loopback in the sandbox, where a hundred tests share one address and one account."""
        return cls(
            window_seconds=60,
            pair_limit=1000,
            address_limit=10_000,
            account_limit=10_000,
            free_tries=1000,
            crowd_from=10_000,
            hub_from=10_000,
            trips_limit=10_000,
            links_a_day=10_000,
        )
