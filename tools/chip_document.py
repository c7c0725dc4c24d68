"""Writes docs/evidence-chip.md from the codes and their sentences, as people read them; a house test compares."""

from pathlib import Path

from idp.crypto.chip.result import STEPS
from idp.identity.chip_refusal import Code
from idp.web.catalogue import translator

DOCUMENT = Path(__file__).parents[1] / "docs" / "evidence-chip.md"

_BEFORE = """\
# The chip of the citizen card

What a reader uploads, in what order it is verified, and what each refusal means. The tables are written by
`tools/chip_document.py` from the program's own registries.

```sh
idp evidence chip upload.json --anchors anchors/ --crls crls/ --json
```

`--anchors` and `--crls` are folders of certificates and revocation lists, DER or PEM. `--challenge` is what the chip
was asked, in base64; without it, an answer in the upload is checked against the challenge in the upload, and the
verdict says `unbound`. `--at` sets the clock. The exit status is 0 for accepted, 1 for refused, 2 for a misused
command; the last line of `--json` is the verdict, with a `code`, and with an `identity` where it is accepted. Nothing
is stored.

Without a revocation list of the authority the verdict says `"crl": "unchecked"`; a list that is not of today, or that
its authority did not sign, refuses. What the chip has and the upload lacks stands in `not_uploaded`. Doubts that do not
refuse (`national_id_place_unknown`, `expiry_differs`) stand in `doubts`, for officers.

What a deployment may let go, here and there alike: `--allow-ber` (`IDP_CHIP_ALLOW_BER`), `--allow-stale-crl`
(`IDP_CHIP_ALLOW_STALE_CRL`), and for cards signed from a day on that keep DG13 otherwise `--dg13-optional-since DAY`
(`IDP_CHIP_DG13_OPTIONAL_SINCE`); the name is then that of the MRZ, without diacritics.

To try it without a card: `python -m sandbox.chip --list` names every forgery, `python -m sandbox.chip FOLDER` writes a
lawful card's upload with a test authority, `python -m sandbox.chip FOLDER --forge NAME` a forged one.

## The upload

JSON, 4 MiB at most, each file 2 MiB at most:

```json
{"files": {"EF.SOD": "base64", "DG1": "base64", "DG2": "base64", "DG13": "base64", "DG14": "base64", "DG15": "base64"},
 "active_authentication": {"challenge": "base64", "response": "base64"}}
```

Names are taken with and without `EF.`, in either case. No name may stand twice, no other names are taken, base64 has no
white space.

"""


def text() -> str:
    """The whole document."""
    vi, en = translator("vi"), translator("en")
    steps = [_row("check", "what it looks at")]
    steps += [
        "|---|---|",
        *(_row(f"`{step}`", f"{vi(f'chip.step.{step}')} / {en(f'chip.step.{step}')}") for step in STEPS),
    ]
    codes = [_row("code", "what it means", "what to do"), "|---|---|---|"]
    for code in Code:
        meaning, doing = (f"{vi(key)}<br>{en(key)}" for key in (f"chip.{code}", f"chip.{code}.next"))
        codes.append(_row(f"`{code}`", meaning, doing))
    parts = [
        _BEFORE + "## The checks, in their order\n",
        *steps,
        "",
        "## The refusals, in the order of the checks\n",
        *codes,
    ]
    return "\n".join(parts) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
