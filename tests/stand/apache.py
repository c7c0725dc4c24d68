"""A private Apache httpd from a piece of configuration; it knows no relying party."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.stand.ports import free_port
from tests.stand.process import as_unprivileged, listening, private_folder, running

_MODULES = Path("/usr/lib/apache2/modules")
_LOADED = (
    *("mpm_event", "authn_core", "authz_core", "authz_user", "alias", "dir", "env", "headers", "mime"),
    *("rewrite", "setenvif", "proxy", "proxy_http", "socache_shmcb", "ssl", "auth_openidc"),
)
# One process, few threads: two cores and a handful of requests.
_SIZE = """
StartServers 1
ServerLimit 2
ThreadsPerChild 16
MaxRequestWorkers 32
MinSpareThreads 1
MaxSpareThreads 32
"""


@contextlib.contextmanager
def private_apache(
    configuration: str, port: int | None = None, modules: tuple[str, ...] = (), pages: Path | None = None
) -> Iterator[str]:
    """Base URL of an Apache that runs `configuration`; `{root}` and `{port}` in it stand for its folder and port.

    `pages` are copied to `{root}/htdocs`: where the project lies the unprivileged server may not read.
    """
    port = port or free_port()
    with private_folder("apache") as folder:
        (folder / "htdocs").mkdir(mode=0o755)
        if pages is not None:
            shutil.copytree(pages, folder / "htdocs", dirs_exist_ok=True)
        file = folder / "httpd.conf"
        file.write_text(
            _base(folder, port, modules) + configuration.replace("{root}", str(folder)).replace("{port}", str(port))
        )
        file.chmod(0o644)
        command = as_unprivileged(["/usr/sbin/apache2", "-f", str(file), "-DFOREGROUND"], death_signal="TERM")
        env = {"APACHE_CONFDIR": str(folder)}
        with running(command, ready=_settled(folder, port), log=folder / "log", env=env):
            yield f"http://127.0.0.1:{port}"


def _settled(folder: Path, port: int) -> Callable[[], bool]:
    # Apache listens before it has read all of its configuration; the pid file comes after.
    answers = listening(port)
    return lambda: (folder / "httpd.pid").exists() and answers()


def _base(folder: Path, port: int, modules: tuple[str, ...]) -> str:
    loads = [f"LoadModule {name}_module {_MODULES}/mod_{name}.so" for name in (*_LOADED, *modules)]
    return "\n".join(
        [
            f"ServerRoot {folder}",
            f"DefaultRuntimeDir {folder}",
            f"PidFile {folder}/httpd.pid",
            f"ErrorLog {folder}/log",
            "TypesConfig /dev/null",
            f"DocumentRoot {folder}/htdocs",
            f"Listen 127.0.0.1:{port}",
            f"ServerName 127.0.0.1:{port}",
            *loads,
            _SIZE,
        ]
    )
