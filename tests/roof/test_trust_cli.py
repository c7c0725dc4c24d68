"""`idp trust` as an administrator types it."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main
from idp.commands import trust
from idp.kernel.clock import system_clock
from sandbox.chip.issue import issue, plan
from sandbox.vneid.people import citizens


def test_two_accounts_agree_on_authorities_and_one_imports_their_lists(
    sandbox: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = issue(plan(citizens()["051090990218"], system_clock()))
    for name, (octets,) in (("anchors", issued.anchors), ("crls", issued.crls)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.der").write_bytes(octets)
    (tmp_path / "anchors" / "note.txt").write_text("not a certificate", encoding="utf-8")

    def idp(hand: str, *arguments: str) -> Result:
        monkeypatch.setattr(trust, "actor", lambda: f"cli:{hand}")
        return CliRunner().invoke(main, ["trust", *arguments], env=dict(sandbox), input="y\n")

    assert "approved   nothing" in idp("an", "list").output
    assert idp("an", "propose", str(tmp_path / "crls")).exit_code == 1
    proposed = idp("an", "propose", str(tmp_path / "anchors"))
    assert proposed.exit_code == 0, proposed.output
    assert "not usable     note.txt" in proposed.output
    assert "CN=CSCA Sandbox (TEST), C=VN" in proposed.output
    fingerprint = proposed.output.split("idp trust approve ")[1].strip()
    assert idp("an", "crl", str(tmp_path / "crls")).exit_code == 1
    own = idp("an", "approve", fingerprint)
    assert (own.exit_code, "another account" in own.output) == (1, True)
    assert idp("binh", "approve", fingerprint).exit_code == 0
    assert "is approved already" in idp("binh", "approve", fingerprint).output
    imported = idp("an", "crl", str(tmp_path / "crls"))
    assert (imported.exit_code, "ended: 0" in imported.output) == (0, True)
    told = idp("an", "list").output
    assert "proposed by cli:an" in told
    assert "approved by cli:binh" in told
    assert "list       CN=CSCA Sandbox (TEST), C=VN" in told
