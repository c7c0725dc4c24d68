"""`idp receipts`: whether a receipt that somebody shows is ours, with the keys at hand and no network."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idp.commands.shell import Failed, Misused, in_hall

if TYPE_CHECKING:
    from idp.crypto.published_keys import PublishedKey
    from idp.flows.hall import Hall

# A node that has not yet heard of a rotation signs a little longer with the key before.
_LATE_S = 3600
_LARGEST = 1_000_000


@click.group()
def receipts() -> None:
    """Signed receipts of what people decided."""


@receipts.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--keys",
    "key_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A saved JWKS or key history; several may be given. Otherwise the keys of this deployment's database.",
)
def verify(file: Path, key_files: tuple[Path, ...]) -> None:
    """Exit status 0 and what the receipt says, 1 where it is not ours or can't be believed, 2 where it was misused."""
    from idp.crypto.published_keys import UnreadableKeys

    try:
        known = _merged(path.read_bytes() for path in key_files) if key_files else in_hall(_own_keys)
    except UnreadableKeys:
        raise Misused("--keys: not a set of public keys") from None
    claims = _checked(_text_of(file), known)
    click.echo(json.dumps({"verdict": "accepted", **claims}, ensure_ascii=False))


async def _own_keys(hall: "Hall") -> "Mapping[str, PublishedKey]":
    from idp.kernel.clock import system_clock

    await hall.keys.reload(system_clock())
    ring = hall.keys.ring
    return _merged((ring.jwks_document().body, ring.history_document().body))


def _merged(documents: "Iterable[bytes]") -> "Mapping[str, PublishedKey]":
    """A key that retires stands in both documents; the history alone tells when it ended."""
    from idp.crypto.published_keys import read

    found: dict[str, PublishedKey] = {}
    for document in documents:
        for kid, key in read(document).items():
            known = found.get(kid)
            if known is None or (known.ended is None and not known.compromised):
                found[kid] = key
    return found


def _text_of(file: Path) -> str:
    octets = file.read_bytes()
    try:
        return octets[:_LARGEST].decode("ascii").strip()
    except UnicodeDecodeError:
        raise _refused("malformed") from None


def _checked(text: str, known: "Mapping[str, PublishedKey]") -> dict[str, Any]:
    from idp.consent.receipt import TYP
    from idp.crypto import jwt
    from idp.crypto.jose import InvalidJwt

    try:
        kid = jwt.read_kid(text)
        claims = jwt.verify(text, {name: one.key for name, one in known.items()}, typ=frozenset({TYP}))
    except InvalidJwt as why:
        raise _refused("invalid_signature", str(why)) from None
    signer, signed_at = known[kid], claims.get("iat")
    if signer.compromised:
        # Whoever has the key could date a receipt as they like: its owner gets a new one, under another key.
        raise _refused("key_compromised")
    if not isinstance(signed_at, int) or (signer.ended is not None and signed_at > signer.ended + _LATE_S):
        raise _refused("signed_after_the_key_ended")
    return {name: claims[name] for name in ("iss", "iat", "jti", "consent_receipt") if name in claims}


def _refused(code: str, why: str | None = None) -> Failed:
    told = {"verdict": "refused", "code": code, **({"why": why} if why else {})}
    click.echo(json.dumps(told))
    return Failed("the receipt is refused")
