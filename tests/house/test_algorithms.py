"""What is promised of algorithms in one room is what another room can do: the two may not import each other."""

from idp.crypto import client_jwe, client_jwt
from idp.protocol import client_assertion, encryption


def test_discovery_promises_exactly_the_assertion_algorithms_that_are_verified() -> None:
    assert set(client_assertion.ALGS) == set(client_jwt.ALGORITHMS)


def test_discovery_promises_exactly_the_encryption_that_is_done() -> None:
    assert tuple(client_jwe.ALGORITHMS) == encryption.ALGS
    assert encryption.ENCS == client_jwe.ENCODINGS
