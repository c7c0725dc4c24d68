"""The one place where key files are read and made (kek-*.key, index.key, server.key). Nothing here encrypts."""

import os
import re
import secrets
import stat
from pathlib import Path

from idp.crypto.root_keys import KEY_BYTES, RootKeys
from idp.crypto.rotation_policy import InvalidPolicy, KeyPolicy, parse_policy

_KEK_FILE = re.compile(r"kek-([a-z0-9][a-z0-9.-]{0,31})\.key")
_KEY_LINE = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}\n?")
_POLICY_FILE = "policy.toml"
_OTHERS = 0o077


class KeyFolderError(Exception):
    """The keys can't be used as they lie there; the message is one sentence for the operator, without key material."""


class KeyFolder:
    """A folder of mode 0700 with files of mode 0600 (or stricter): 64 hexadecimal digits on one line."""

    @staticmethod
    def create(path: Path) -> RootKeys:
        """Make the folder and a first set of keys. Refuses where any key lies already: a key is never overwritten."""
        _make_folder(path)
        if any(path.glob("*.key")):
            raise KeyFolderError(f"{path} holds keys already; nothing was changed.")
        for name in ("kek-0001.key", "index.key", "server.key"):
            _write(path / name)
        return KeyFolder.open(path)

    @staticmethod
    def open(path: Path) -> RootKeys:
        """Read all keys, after checking that nobody else can."""
        _check_folder(path)
        keks = {match[1]: _read(file) for file in sorted(path.iterdir()) if (match := _KEK_FILE.fullmatch(file.name))}
        if not keks:
            raise KeyFolderError(f"{path} holds no key-encryption key (kek-<id>.key).")
        return RootKeys(keks, _active(path, keks), _read(path / "index.key"), _read(path / "server.key"))

    @staticmethod
    def add_kek(path: Path) -> str:
        """Make the next key-encryption key; new data uses it as soon as every node has reopened the folder."""
        number = 1 + max((int(kek) for kek in KeyFolder.open(path).keks if kek.isdecimal()), default=0)
        _write(path / f"kek-{number:04d}.key")
        return f"{number:04d}"

    @staticmethod
    def policy(path: Path) -> KeyPolicy:
        """The folder's own policy.toml, or the defaults where it has none."""
        try:
            return parse_policy((path / _POLICY_FILE).read_text("utf-8"))
        except FileNotFoundError:
            return KeyPolicy()
        except (InvalidPolicy, OSError, UnicodeDecodeError) as reason:
            raise KeyFolderError(f"{path / _POLICY_FILE} can't be used: {reason}.") from None


def _active(path: Path, keks: dict[str, bytes]) -> str:
    chosen = KeyFolder.policy(path).active_kek
    # Without a choice the last by name: add_kek counts upward, and dates as ids sort in their order too.
    active = max(keks) if chosen is None else chosen
    if active not in keks:
        raise KeyFolderError(f"{path / _POLICY_FILE} names kek {active!r}, but kek-{active}.key does not exist.")
    return active


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as reason:
        raise KeyFolderError(f"{path} can't be made: {reason.strerror}.") from None
    _check_folder(path)


def _check_folder(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as reason:
        raise KeyFolderError(f"{path} can't be opened: {reason.strerror}. `idp keys init` makes it.") from None
    if not stat.S_ISDIR(mode):
        raise KeyFolderError(f"{path} is not a folder.")
    if mode & _OTHERS:
        raise KeyFolderError(f"{path} is open to others (mode {stat.S_IMODE(mode):04o}): chmod 700 {path}")


def _read(file: Path) -> bytes:
    try:
        # Look at the opened file, not at the name: between two looks a name may come to mean another file.
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            text = opened.read(2 * KEY_BYTES + 2)
    except OSError as reason:
        raise KeyFolderError(f"{file} can't be read: {reason.strerror}.") from None
    if mode & _OTHERS:
        raise KeyFolderError(f"{file} is open to others (mode {stat.S_IMODE(mode):04o}): chmod 600 {file}")
    line = text.decode("ascii", "replace")
    if not _KEY_LINE.fullmatch(line):
        raise KeyFolderError(f"{file} is not a key: {2 * KEY_BYTES} hexadecimal digits on one line are expected.")
    return bytes.fromhex(line)


def _write(file: Path) -> None:
    line = secrets.token_bytes(KEY_BYTES).hex() + "\n"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(line)
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as reason:
        raise KeyFolderError(f"{file} can't be written: {reason.strerror}.") from None
