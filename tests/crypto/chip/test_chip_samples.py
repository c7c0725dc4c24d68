"""Real chip material and real national authorities, where they lie beside the checkout; nothing of them is kept."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from idp.crypto.chip import keys, lds, sod, trust
from idp.crypto.chip.policy import ChipPolicy, TrustFiles
from idp.crypto.chip.result import ChipResult
from idp.crypto.chip.verify import verify
from idp.identity.chip_refusal import ChipRefused
from sandbox.chip.issue import upload_document
from tests.house.tree import ROOT

_FOLDERS = [path for path in [ROOT.parent / "shared" / "data" / "chip_samples"] if path.is_dir()]
_IN_2012 = datetime(2012, 6, 1, tzinfo=UTC)


def judged(files: dict[str, Path], anchors: Path | None, now: datetime, *, allow_ber: bool = False) -> ChipResult:
    known = trust.load(TrustFiles(() if anchors is None else ((anchors.name, anchors.read_bytes()),)))
    document = upload_document({name: path.read_bytes() for name, path in files.items()})
    return verify(document, known, ChipPolicy(allow_ber=allow_ber), now)


@pytest.mark.slow
@pytest.mark.parametrize("folder", _FOLDERS)
def test_all_national_authorities_but_three_can_be_used_and_those_are_named(folder: Path) -> None:
    known = trust.load(TrustFiles((("all.pem", (folder / "csca_real" / "all.pem").read_bytes()),)))
    assert sum(len(group) for group in known.anchors.values()) == 596
    assert known.usable == 593
    assert len(known.unusable) == 3
    assert all("C=" in one.name and one.why.startswith("ec_params_unknown") for one in known.unusable)


@pytest.mark.parametrize("folder", _FOLDERS)
def test_viet_nams_authority_for_passports_has_a_curve_that_is_written_out(folder: Path) -> None:
    file = folder / "csca_real" / "vn_csca_epassport_2022.der"
    ((anchor,),) = trust.load(TrustFiles(((file.name, file.read_bytes()),))).anchors.values()
    assert not isinstance(anchor.key, ChipRefused)
    assert (anchor.key.key_size, anchor.certificate.is_ca) == (512, True)


@pytest.mark.parametrize("folder", _FOLDERS)
def test_a_genuine_signer_may_write_ber_and_then_a_policy_has_to_say_so(folder: Path) -> None:
    files = {"EF.SOD": folder / "nz2013" / "NZ2013_EF_SOD.BIN"}
    anchor = folder / "csca_real" / "nz_csca_for_NZ2013.der"
    assert judged(files, anchor, _IN_2012).code == "not_der"
    read = judged(files, anchor, _IN_2012, allow_ber=True)
    # Every signature holds; only the data groups themselves were never published.
    assert (read.code, [one.outcome for one in read.checks][-3:]) == ("dg_missing", ["passed", "skipped", "refused"])


@pytest.mark.parametrize("folder", _FOLDERS)
def test_test_specimens_of_other_states_have_no_authority_here(folder: Path) -> None:
    bsi, loes = folder / "bsi_tr03105_5", folder / "loes2006"
    assert judged({"SOD": bsi / "EF.SOD.bin", "DG1": bsi / "DG1.bin"}, None, _IN_2012).code == "csca_unknown"
    assert judged({"SOD": loes / "ef011D.bin", "DG1": loes / "ef0101.bin"}, None, _IN_2012).code == "csca_unknown"


@pytest.mark.parametrize("folder", _FOLDERS)
def test_hashes_and_signatures_of_specimens_hold(folder: Path) -> None:
    bsi, loes = folder / "bsi_tr03105_5", folder / "loes2006"
    for file, groups in (
        (bsi / "EF.SOD.bin", {1: bsi / "DG1.bin", 14: bsi / "DG14.bin"}),
        (loes / "ef011D.bin", {1: loes / "ef0101.bin", 2: loes / "ef0102.bin", 15: loes / "ef010F.bin"}),
    ):
        signed = sod.read(sod.unwrap(file.read_bytes(), allow_ber=False))
        told = sod.attributes(signed)
        sod.check_digest(signed, told)
        sod.check_signature(signed, told, keys_of(signed))
        lds.check(lds.read(signed.content), {number: path.read_bytes() for number, path in groups.items()})
    listed = lds.read(sod.read(sod.unwrap((bsi / "EF.SOD.bin").read_bytes(), allow_ber=False)).content)
    with pytest.raises(ChipRefused) as refused:
        lds.check(listed, {15: (bsi / "DG15.bin").read_bytes()})
    assert refused.value.code == "dg_not_in_sod"


def keys_of(signed: sod.SignedData) -> keys.PublicKey:
    return keys.public_key(sod.document_signer(signed).key)
