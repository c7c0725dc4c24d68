"""`python -m sandbox.chip`: prints cards of the sandbox's people, reads them, and writes what a reader would upload.

Into one folder: `upload.json`, `anchors/` and `crls/`, and, where the chip has a key, the challenge that it answered.
"""

import argparse
import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sandbox.chip.chip_key import KINDS
from sandbox.chip.forgeries import FORGERIES
from sandbox.chip.issue import Issued, issue, plan
from sandbox.chip.signing import ALGORITHMS
from sandbox.vneid.people import citizens


def main() -> None:
    asked = _arguments()
    if asked.list:
        for name, forgery in FORGERIES.items():
            print(f"{name:32} {forgery.code}")
        return
    people = citizens()
    if asked.number not in people:
        raise SystemExit("nobody here bears that number: " + ", ".join(sorted(people)))
    made = plan(people[asked.number], asked.at, asked.algorithm, asked.chip)
    if asked.challenge is not None:
        made = replace(made, challenge=asked.challenge)
    if asked.forge is not None:
        made = FORGERIES[asked.forge].change(made)
    _write(issue(made), asked.folder)
    told = {"folder": str(asked.folder), "number": asked.number, "forge": asked.forge}
    print(json.dumps({**told, "expected": FORGERIES[asked.forge].code if asked.forge else "accepted"}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.chip", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("var/chip"), help="where it goes (var/chip)")
    parser.add_argument("--number", default="051090990218", help="whose card: an identity number of the sandbox")
    parser.add_argument("--algorithm", choices=list(ALGORITHMS), default="bp256-explicit", help="of the signatures")
    parser.add_argument("--chip", choices=KINDS, help="the chip has a key of its own, and answers a challenge")
    parser.add_argument("--challenge", type=_octets, metavar="BASE64", help="which one; with --chip")
    parser.add_argument("--forge", choices=list(FORGERIES), metavar="NAME", help="how; --list says the names")
    parser.add_argument("--at", type=_moment, default=datetime.now(UTC), metavar="TIME", help="as if it were then")
    parser.add_argument("--list", action="store_true", help="every forgery, and the code that refuses it")
    return parser.parse_args()


def _write(made: Issued, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "upload.json").write_bytes(made.document)
    for name, files in (("anchors", made.anchors), ("crls", made.crls)):
        (folder / name).mkdir(exist_ok=True)
        for old in (folder / name).iterdir():
            old.unlink()
        for number, octets in enumerate(files):
            (folder / name / f"{number}.der").write_bytes(octets)
    challenge = folder / "challenge"
    challenge.unlink(missing_ok=True)
    if made.challenge is not None:
        challenge.write_text(base64.b64encode(made.challenge).decode("ascii"), encoding="ascii")


def _octets(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    main()
