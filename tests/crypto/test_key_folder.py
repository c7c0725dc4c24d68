"""The key folder: private or refused, made once, and each mistake told in one sentence."""

from pathlib import Path

import pytest

from idp.crypto.key_folder import KeyFolder, KeyFolderError
from idp.crypto.root_keys import Purpose


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    KeyFolder.create(path)
    return path


def test_a_new_folder_is_private_and_opens_as_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "var" / "keys"
    made = KeyFolder.create(path)
    assert KeyFolder.open(path) == made
    assert path.stat().st_mode & 0o777 == 0o700
    assert {file.name for file in path.iterdir()} == {"kek-0001.key", "index.key", "server.key"}
    assert {file.stat().st_mode & 0o777 for file in path.iterdir()} == {0o600}
    keys = [*made.keks.values(), made.index_key, made.server_key]
    assert len(set(keys)) == 3
    assert {len(key) for key in keys} == {32}


def test_keys_are_never_overwritten(folder: Path) -> None:
    before = KeyFolder.open(folder)
    with pytest.raises(KeyFolderError, match="holds keys already"):
        KeyFolder.create(folder)
    (folder / "index.key").unlink()
    with pytest.raises(KeyFolderError, match="holds keys already"):
        KeyFolder.create(folder)
    assert (folder / "server.key").read_text() == before.server_key.hex() + "\n"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o601])
@pytest.mark.parametrize("name", ["kek-0001.key", "index.key", "server.key"])
def test_a_file_that_others_can_read_is_refused(folder: Path, name: str, mode: int) -> None:
    (folder / name).chmod(mode)
    with pytest.raises(KeyFolderError, match=f"{name} is open to others"):
        KeyFolder.open(folder)


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o711, 0o770])
def test_a_folder_that_others_can_enter_is_refused(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    with pytest.raises(KeyFolderError, match="is open to others"):
        KeyFolder.open(folder)


def test_a_file_that_only_its_owner_reads_is_fine(folder: Path) -> None:
    (folder / "index.key").chmod(0o400)
    KeyFolder.open(folder)


@pytest.mark.parametrize(
    "text", ["", "\n", "0" * 63, "0" * 65, "0" * 64 + "\n\n", "G" * 64, "A" * 64, "ữ" * 32, " " + "0" * 64]
)
def test_what_is_not_64_digits_is_not_a_key(folder: Path, text: str) -> None:
    (folder / "server.key").write_text(text, "utf-8")
    with pytest.raises(KeyFolderError, match="is not a key"):
        KeyFolder.open(folder)


@pytest.mark.parametrize("name", ["index.key", "server.key"])
def test_a_missing_key_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(KeyFolderError, match=f"{name} can't be read: No such file"):
        KeyFolder.open(folder)


def test_a_folder_without_key_encryption_key_is_refused(folder: Path) -> None:
    (folder / "kek-0001.key").rename(folder / "kek-.key")
    with pytest.raises(KeyFolderError, match="holds no key-encryption key"):
        KeyFolder.open(folder)


def test_a_missing_folder_and_a_file_in_its_place_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(KeyFolderError, match="can't be opened"):
        KeyFolder.open(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(KeyFolderError, match="is not a folder"):
        KeyFolder.open(tmp_path / "file")
    with pytest.raises(KeyFolderError, match="can't be made"):
        KeyFolder.create(tmp_path / "file")


def test_the_newest_key_encryption_key_is_active_unless_the_policy_names_another(folder: Path) -> None:
    assert KeyFolder.add_kek(folder) == "0002"
    opened = KeyFolder.open(folder)
    assert sorted(opened.keks) == ["0001", "0002"]
    assert opened.active_kek == "0002"
    (folder / "policy.toml").write_text('[kek]\nactive = "0001"\n')
    assert KeyFolder.open(folder).active_kek == "0001"


def test_a_policy_that_names_a_missing_key_or_is_broken_is_refused(folder: Path) -> None:
    (folder / "policy.toml").write_text('[kek]\nactive = "0007"\n')
    with pytest.raises(KeyFolderError, match=r"kek-0007\.key does not exist"):
        KeyFolder.open(folder)
    (folder / "policy.toml").write_bytes(b"\xff")
    with pytest.raises(KeyFolderError, match="can't be used"):
        KeyFolder.open(folder)


def test_errors_and_representations_hold_no_key(folder: Path) -> None:
    keys = KeyFolder.open(folder)
    assert repr(keys) == "RootKeys(active_kek='0001')"
    (folder / "server.key").write_text(keys.index_key.hex() + "zz")
    with pytest.raises(KeyFolderError) as refused:
        KeyFolder.open(folder)
    assert keys.index_key.hex() not in str(refused.value)


def test_each_purpose_has_a_key_of_its_own(folder: Path) -> None:
    keys = KeyFolder.open(folder)
    derived = {keys.derive(purpose) for purpose in Purpose}
    assert len(derived) == len(Purpose)
    assert keys.server_key not in derived
    assert derived == {KeyFolder.open(folder).derive(purpose) for purpose in Purpose}
