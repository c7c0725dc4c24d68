"""What all commands share: settings, the hall for the length of one command, who acts, and how a failure is told."""

import asyncio
import json
import os
import pwd
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from idp.kernel.clock import system_clock
from idp.kernel.errors import Refusal
from idp.kernel.secret import Secret
from idp.settings import InvalidSettings, Settings, load

if TYPE_CHECKING:
    from idp.flows.hall import Hall

_T = TypeVar("_T")


class Failed(click.ClickException):
    """One sentence on stderr, exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, err=True, file=file)


class Misused(Failed):
    """What was asked for can't be asked for: exit status 2."""

    exit_code = 2


# Whatever names a deployment: with one of them set, a command is not about the demo.
_DEPLOYMENT = ("KEYS_DIR", "IDP_PROFILE")
_DEMO = Path("var/demo/environment.json")


def settings(*, demo_too: bool = True) -> Settings:
    """From the environment, or one sentence. With nothing set, commands work on a demo that runs in this folder."""
    try:
        return load(os.environ, _running_demo() if demo_too else None)
    except InvalidSettings as reason:
        raise Misused(str(reason)) from None


def _running_demo() -> dict[str, str] | None:
    if any(os.environ.get(name) for name in _DEPLOYMENT):
        return None
    try:
        found: dict[str, str] = json.loads(_DEMO.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    click.echo(f"(the demo in {_DEMO.parent})", err=True)
    return found


def actor() -> str:
    """Whose hand it is, for the audit event: the account on this machine.

    As the system knows it and not as the environment says, which everybody writes for themselves; but root may be
    somebody who came by sudo.
    """
    uid = os.getuid()
    known = os.environ.get("SUDO_USER") if uid == 0 else None
    try:
        return f"cli:{known or pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"cli:{uid}"


def in_hall(work: "Callable[[Hall], Awaitable[_T]]", given: Settings | None = None) -> _T:
    """Open the hall, do the work, close it. What can't be opened, or is refused, is told in a sentence."""
    from idp.composition import hall_of

    known = settings() if given is None else given

    async def whole() -> _T:
        async with hall_of(known, system_clock) as hall:
            return await work(hall)

    with told():
        return asyncio.run(whole())


@contextmanager
def told() -> Iterator[None]:
    """Whatever an administrator can mend, in one sentence instead of a trace."""
    from idp.crypto.field_encryption import Undecryptable
    from idp.crypto.key_folder import KeyFolderError
    from idp.crypto.request_signer import UnusableKey
    from idp.flows.client_document import UnusableClient
    from idp.flows.people import IdentifierTaken
    from idp.flows.person_document import UnusableDocument
    from idp.outgoing import UnusableCertificate
    from idp.storage.errors import StorageUnavailable
    from idp.storage.url import UnusableUrl
    from idp.web.catalogue import translator

    try:
        yield
    except (KeyFolderError, UnusableUrl, UnusableClient, UnusableDocument, UnusableKey) as reason:
        raise Failed(str(reason)) from None
    except UnusableCertificate as reason:
        raise Failed(f"{reason.file}, or the key beside it, can't be used for TLS: idp doctor tells more.") from None
    except IdentifierTaken as taken:
        about = f" See case {taken.case_id}." if taken.case_id else ""
        known = "An identity number, phone number, e-mail address or code card is somebody's already."
        raise Failed(known + about) from None
    except Refusal as refusal:
        raise Failed(translator("en")(f"refusal.{refusal.key}", **refusal.values)) from None
    except StorageUnavailable as reason:
        raise Failed(f"The database does not answer as it should ({reason}): idp doctor tells more.") from None
    except Undecryptable:
        raise Failed("KEYS_DIR does not hold the keys that this database was written with.") from None


def read_json(path: Path) -> object:
    """A file, or `-` for standard input."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
        return json.loads(text)
    except (OSError, UnicodeDecodeError) as reason:
        raise Failed(f"{path} can't be read: {getattr(reason, 'strerror', 'it is not UTF-8')}.") from None
    except (json.JSONDecodeError, RecursionError):
        raise Failed(f"{path} is not JSON.") from None


def read_secret(prompt: str) -> Secret:
    """Typed without echo, or one line of standard input: never an argument, which every user of the machine can see."""
    if sys.stdin.isatty():
        text = click.prompt(prompt, hide_input=True, confirmation_prompt=True)
    else:
        text = sys.stdin.readline().rstrip("\n")
    if not text:
        raise Misused(f"{prompt}: nothing was given on standard input.")
    return Secret(text)
