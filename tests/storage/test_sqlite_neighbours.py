"""A command line beside a running provider on one SQLite file: neither takes the write-ahead log from the other."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from idp.storage.sqlite import connect
from tests.stand.node import ROOT

_NEIGHBOUR = """
import sys
from pathlib import Path
from idp.storage.sqlite import connect
connection = connect(Path(sys.argv[1]))
connection.execute("INSERT INTO told VALUES ('by the neighbour')")
connection.close()
"""


def test_a_neighbour_that_closes_leaves_the_log_to_whoever_still_works(tmp_path: Path) -> None:
    path = tmp_path / "idp.db"
    first = connect(path)
    first.execute("CREATE TABLE told (by TEXT)")
    first.close()
    # Two connections, as a provider has: opening the second must not drop the locks of the first.
    writer, reader = connect(path), connect(path)
    writer.execute("INSERT INTO told VALUES ('by us before')")
    subprocess.run([sys.executable, "-c", _NEIGHBOUR, str(path)], check=True, cwd=ROOT)
    writer.execute("INSERT INTO told VALUES ('by us')")
    assert (tmp_path / "idp.db-wal").exists()
    writer.close()
    reader.close()
    again = connect(path)
    assert again.execute("SELECT count(*) FROM told").fetchone() == (3,)
    again.close()


def test_a_new_file_opened_by_many_at_once_is_opened_by_all(tmp_path: Path) -> None:
    """The first write-ahead log needs the file alone: whoever came second was told that it is locked."""
    with ThreadPoolExecutor(6) as nodes:
        for number in range(40):
            list(nodes.map(lambda path: connect(path).close(), [tmp_path / f"{number}.db"] * 6))
