"""`idp evidence chip` as an officer or an auditor types it: what it says, and the status it ends with."""

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from idp.cli import main
from idp.identity.chip_refusal import Code
from idp.web.catalogue import translator
from sandbox.chip.forgeries import FORGERIES
from sandbox.chip.issue import Issued, Plan, issue
from tests.crypto.chip.issuing import NOW, RIN, lawful


def written(folder: Path, made: Plan) -> Issued:
    issued = issue(made)
    (folder / "upload.json").write_bytes(issued.document)
    for name, files in (("anchors", issued.anchors), ("crls", issued.crls)):
        (folder / name).mkdir()
        for number, octets in enumerate(files):
            (folder / name / f"{number}.der").write_bytes(octets)
    return issued


def chip(folder: Path, *more: str, at: str = NOW.isoformat()) -> Result:
    given_ = ["--anchors", str(folder / "anchors"), "--crls", str(folder / "crls"), "--at", at]
    return CliRunner().invoke(main, ["evidence", "chip", str(folder / "upload.json"), *given_, *more])


def verdict(answer: Result) -> dict[str, object]:
    told: dict[str, object] = json.loads(answer.stdout.splitlines()[-1])
    return told


def test_a_lawful_card_is_status_0_and_says_who_it_is(tmp_path: Path) -> None:
    issued = written(tmp_path, lawful(chip="ec"))
    challenge = base64.b64encode(issued.challenge or b"").decode()
    answer = chip(tmp_path, "--challenge", challenge, "--require-active-authentication", "--json")
    assert answer.exit_code == 0, answer.output
    told = verdict(answer)
    assert (told["verdict"], told["code"], told["crl"], told["clone_check"]) == ("accepted", None, "checked", "passed")
    identity = told["identity"]
    assert isinstance(identity, dict)
    expected = {
        "number": RIN.number,
        "name": RIN.name,
        "birthdate": "1990-07-05",
        "gender": "male",
        "expires": "2030-07-05",
    }
    assert {name: identity[name] for name in expected} == expected


@pytest.mark.parametrize("name", ["another-face", "expired", "ber", "revoked", "no-answer"])
def test_a_forgery_is_status_1_and_names_its_code(tmp_path: Path, name: str) -> None:
    written(tmp_path, FORGERIES[name].change(lawful()))
    answer = chip(tmp_path, "--json", *(["--require-active-authentication"] if FORGERIES[name].needs_answer else []))
    assert answer.exit_code == 1
    told = verdict(answer)
    assert (told["verdict"], told["code"], told["identity"]) == ("refused", FORGERIES[name].code, None)
    assert told["sentence"] == {lang: translator(lang)(f"chip.{told['code']}") for lang in ("vi", "en")}


def test_people_read_vietnamese_with_english_beside_it(tmp_path: Path) -> None:
    written(tmp_path, lawful())
    said = chip(tmp_path).output
    assert said.startswith("Chip là thật")
    assert "Họ và tên / Name: Đinh Văn Rin" in said
    assert "Giới tính / Sex: Nam / Male" in said
    (tmp_path / "crls" / "0.der").unlink()
    refused = chip(tmp_path, at="2031-01-01").output
    assert refused.startswith("Thẻ đã hết hạn.\nThe card has expired.\n")
    assert "\ndocument_expired  " in refused
    assert RIN.number not in refused


def test_without_lists_revocation_is_unchecked(tmp_path: Path) -> None:
    written(tmp_path, FORGERIES["revoked"].change(lawful()))
    arguments = ["evidence", "chip", str(tmp_path / "upload.json"), "--anchors", str(tmp_path / "anchors"), "--json"]
    told = verdict(CliRunner().invoke(main, [*arguments, "--at", NOW.isoformat()]))
    assert (told["verdict"], told["crl"]) == ("accepted", "unchecked")


def test_what_a_policy_lets_go_is_let_go(tmp_path: Path) -> None:
    plan = FORGERIES["ber"].change(FORGERIES["no-dg13"].change(FORGERIES["list-of-the-past"].change(lawful())))
    written(tmp_path, plan)
    assert verdict(chip(tmp_path, "--json"))["code"] == "not_der"
    given_ = ["--json", "--allow-ber"]
    assert verdict(chip(tmp_path, *given_))["code"] == "crl_invalid"
    given_.append("--allow-stale-crl")
    assert verdict(chip(tmp_path, *given_))["code"] == "dg_missing"
    told = verdict(chip(tmp_path, *given_, "--dg13-optional-since", "2024-07-01"))
    assert (told["verdict"], told["crl"]) == ("accepted", "unchecked")


def test_the_uploads_own_challenge_is_told_to_be_bound_to_nothing(tmp_path: Path) -> None:
    written(tmp_path, lawful(chip="ec"))
    told = verdict(chip(tmp_path, "--require-active-authentication", "--json"))
    assert (told["verdict"], told["clone_check"], told["challenge"]) == ("accepted", "passed", "unbound")
    other = base64.b64encode(bytes(8)).decode()
    assert verdict(chip(tmp_path, "--challenge", other, "--json"))["code"] == "aa_challenge_mismatch"


@pytest.mark.parametrize(
    "wrong",
    [
        ["--challenge", "%%%"],
        ["--challenge", ""],
        ["--at", "yesterday"],
        ["--dg13-optional-since", "07/2024"],
        ["--at", "9999-12-31T23:59:59-14:00"],
        ["--anchors", "/nowhere"],
        ["--crls", "/nowhere"],
        ["--unknown"],
        ["another"],
    ],
)
def test_a_misused_command_is_status_2(tmp_path: Path, wrong: list[str]) -> None:
    written(tmp_path, lawful())
    assert chip(tmp_path, *wrong).exit_code == 2
    assert CliRunner().invoke(main, ["evidence", "chip", str(tmp_path / "upload.json")]).exit_code == 2
    assert CliRunner().invoke(main, ["evidence", "chip", str(tmp_path), "--anchors", str(tmp_path)]).exit_code == 2


@given(st.binary(max_size=300))
def test_any_file_is_refused_with_one_line(tmp_path: Path, content: bytes) -> None:
    for name in ("anchors", "crls"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "a").write_bytes(content)
    (tmp_path / "upload.json").write_bytes(content)
    answer = chip(tmp_path, "--json")
    assert (answer.exit_code, verdict(answer)["code"]) == (1, Code.MALFORMED)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_refusal_says_what_it_means_and_what_to_do(lang: str) -> None:
    t = translator(lang)
    said = [t(f"chip.{code}{part}") for code in Code for part in ("", ".next")]
    assert all(one[0].isupper() and one.endswith(".") for one in said)
    assert len({t(f"chip.{code}") for code in Code}) == len(Code)
