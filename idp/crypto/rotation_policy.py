"""How long keys live: the frozen policy and its reader. The file itself is read by key_folder."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST: Final = timedelta(days=3650)


class InvalidPolicy(Exception):
    """policy.toml says something that can't be followed; the message says what."""


@dataclass(frozen=True, slots=True)
class RotationPolicy:
    """Life of a signing key: published, then used for `rotate_every`, then kept in the JWKS for `retire_keep`.

    `jwks_cache` is the max-age of the JWKS, `reload_every` the longest that a node works with the keys it has loaded.
    """

    rotate_every: timedelta = timedelta(days=90)
    jwks_cache: timedelta = timedelta(hours=1)
    reload_every: timedelta = timedelta(minutes=5)
    retire_keep: timedelta = timedelta(days=1)
    history_keep: timedelta = timedelta(days=730)

    def __post_init__(self) -> None:
        spans = {
            "rotate_every": self.rotate_every,
            "jwks_cache": self.jwks_cache,
            "reload_every": self.reload_every,
            "retire_keep": self.retire_keep,
            "history_keep": self.history_keep,
        }
        for name, span in spans.items():
            if not timedelta(minutes=1) <= span <= _LONGEST:
                raise InvalidPolicy(f"{name} is not between one minute and ten years")
        if self.rotate_every < 2 * self.publish_ahead:
            raise InvalidPolicy("rotate_every is shorter than twice jwks_cache and reload_every together")
        if self.retire_keep < self.publish_ahead:
            # A node that learns of the rotation late signs with the old key until it reloads.
            raise InvalidPolicy("retire_keep is shorter than jwks_cache and reload_every together")

    @property
    def publish_ahead(self) -> timedelta:
        """How long a key stands in the JWKS before it signs: the last node to reload, and then a full cache time."""
        return self.jwks_cache + self.reload_every


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """policy.toml as a whole."""

    signing: RotationPolicy = RotationPolicy()
    active_kek: str | None = None


def parse_policy(text: str) -> KeyPolicy:
    """Read policy.toml. Unknown names are refused: a misspelt limit must not silently be the default."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise InvalidPolicy("it is not TOML") from None
    _only(document, {"signing", "kek"})
    signing, kek = _table(document, "signing"), _table(document, "kek")
    _only(signing, {"rotate_every", "jwks_cache", "reload_every", "retire_keep", "history_keep"})
    _only(kek, {"active"})
    active = kek.get("active")
    if active is not None and not isinstance(active, str):
        raise InvalidPolicy("kek.active is not a string")
    return KeyPolicy(RotationPolicy(**{name: _span(name, value) for name, value in signing.items()}), active)


def _table(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    table = document.get(name, {})
    if not isinstance(table, dict):
        raise InvalidPolicy(f"{name} is not a table")
    return table


def _only(table: Mapping[str, object], known: set[str]) -> None:
    if unknown := sorted(table.keys() - known):
        raise InvalidPolicy(f"{unknown[0]!r} is not a known name")


def _span(name: str, value: object) -> timedelta:
    """A whole number and m, h or d: "90d"."""
    if isinstance(value, str) and value[-1:] in _UNITS and value[:-1].isascii() and value[:-1].isdecimal():
        try:
            return int(value[:-1]) * _UNITS[value[-1]]
        except (OverflowError, ValueError):
            pass
    raise InvalidPolicy(f'{name} is not a span such as "90d", "12h" or "30m"')
