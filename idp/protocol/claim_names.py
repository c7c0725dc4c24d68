"""Names of claims: the province's own are collision-resistant on the wire (RFC 7519 §4.2) and short in the house."""

from typing import Final

NAMESPACE: Final = "https://id.quangngai.gov.vn/claims/"
_SHORT: Final = "qn:"


def wire(name: str) -> str:
    """`qn:pin` as services read and write it; a name of the standards is its own."""
    return NAMESPACE + name.removeprefix(_SHORT) if name.startswith(_SHORT) else name


def short(name: str) -> str:
    """The inverse of `wire`."""
    return _SHORT + name.removeprefix(NAMESPACE) if name.startswith(NAMESPACE) else name
