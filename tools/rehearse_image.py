"""Runs the Dockerfile's steps where no container engine is: as root on a bare Debian of the Dockerfile's release.

    python3 tools/rehearse_image.py [NAME=VALUE …] [COMMAND…]

Each stage is an overlay over this machine's root, thrown away afterwards. COMMAND then runs in the last stage as the
image would: its user, its environment, a read-only root with an empty /tmp and a /keys of its own; without one, the
provider is set up, served, asked for its health and stopped. It is a rehearsal, no image: base layers, limits and
namespaces are an engine's business.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.dockerfile import Stage, Step, context, stages

ROOT = Path(__file__).resolve().parents[1]
# SQLite in memory-backed /tmp and the sandbox profile stand for a deployment's database and names.
_SERVED = """
export IDP_PROFILE=sandbox DATABASE_URL=sqlite:////tmp/idp.db PORT=18000
idp keys init && idp migrate
idp serve &
provider=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
    sleep 1
    python3 tools/healthcheck.py && break
done
python3 tools/healthcheck.py
kill -TERM $provider
wait $provider || [ $? = 143 ] # graceful, then ended by the signal it was sent
"""
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def main(words: list[str]) -> int:
    given = [word for word in words if "=" in word and word.split("=")[0].isupper()]
    command = [word for word in words if word not in given] or ["sh", "-e", "-c", _SERVED]
    if os.geteuid() != 0:
        sys.exit(__doc__)
    with contextlib.ExitStack() as stack:
        workshop = stack.enter_context(_memory(Path(tempfile.mkdtemp(prefix="rehearsal-"))))
        roots: dict[str | None, Path] = {}
        plan = stages((ROOT / "Dockerfile").read_text())
        for number, stage in enumerate(plan):
            root = stack.enter_context(_overlay(workshop / str(number)))
            roots[stage.name] = root
            for step in stage.steps:
                _perform(step, stage, root, roots)
        image = plan[-1]
        return _as_the_image(command, image, roots[image.name], dict(word.split("=", 1) for word in given))


def _perform(step: Step, stage: Stage, root: Path, roots: dict[str | None, Path]) -> None:
    if step.word in ("RUN", "COPY", "WORKDIR"):
        print(f"• {step.word} {step.rest[:100]}", flush=True)
    match step.word:
        case "WORKDIR":
            (root / step.rest[1:]).mkdir(parents=True, exist_ok=True)
        case "RUN":
            # The package manager and its mirror are this machine's; the environment else is the image's own.
            kept = {name: value for name, value in os.environ.items() if name.endswith(("_CERT", "_FILE", "_BUNDLE"))}
            inside = f"cd {_workdir(stage, step)} && {step.rest}"
            subprocess.run(
                ["chroot", root, "sh", "-c", inside], check=True, env={**kept, "PATH": _PATH, "HOME": "/root"}
            )
        case "COPY":
            _copy(step, _workdir(stage, step), root, roots)
        case _:
            pass


def _copy(step: Step, workdir: str, root: Path, roots: dict[str | None, Path]) -> None:
    origin, sources, target = step.copy()
    for source in sources:
        into = root / workdir[1:] / target
        if origin is not None:
            shutil.copytree(roots[origin] / source[1:], into, symlinks=True, dirs_exist_ok=True)
            continue
        for path in context(ROOT):
            if path == Path(source):
                there = into / path.name if target.endswith("/") else into
            elif path.is_relative_to(source):
                there = into / path.relative_to(source)
            else:
                continue
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, there)


def _as_the_image(command: list[str], image: Stage, root: Path, given: dict[str, str]) -> int:
    user = image.last("USER")
    uid, gid = user.rest.split(":") if user else ("0", "0")
    keys = root / "keys"
    for folder in (keys, root / "tmp"):
        folder.mkdir(exist_ok=True)
    env = {name: value for step in image.steps if step.word == "ENV" for name, value in step.variables().items()}
    # In a mount namespace of its own: the root turns read-only, and only what a deployment mounts can be written.
    script = f"""
        root=$0 own=mode=0700,uid={uid},gid={gid}
        mount -o remount,bind,ro "$root"
        mount -t tmpfs -o "$own" none "$root/tmp"
        mount -t tmpfs -o "$own" none "$root/keys"
        exec chroot --userspec={uid}:{gid} "$root" sh -c 'cd {_workdir(image)} && exec "$@"' sh "$@"
    """
    enter = [
        "unshare",
        "--mount",
        "--propagation",
        "unchanged",
        "--pid",
        "--fork",
        "--kill-child",
        "sh",
        "-e",
        "-c",
        script,
        str(root),
    ]
    return subprocess.run([*enter, *command], check=False, env={**env, **given}).returncode


def _workdir(stage: Stage, before: Step | None = None) -> str:
    steps = stage.steps if before is None else stage.steps[: stage.steps.index(before)]
    return next((step.rest for step in reversed(steps) if step.word == "WORKDIR"), "/")


@contextlib.contextmanager
def _memory(folder: Path) -> Iterator[Path]:
    _mount("tmpfs", "none", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


@contextlib.contextmanager
def _overlay(folder: Path) -> Iterator[Path]:
    upper, work, merged = (folder / name for name in ("upper", "work", "merged"))
    for made in (upper, work, merged):
        made.mkdir(parents=True)
    _mount("overlay", "overlay", merged, f"lowerdir=/,upperdir={upper},workdir={work}")
    subprocess.run(["mount", "--make-private", merged], check=True)
    for device in ("dev", "proc"):
        subprocess.run(["mount", "--rbind", f"/{device}", merged / device], check=True)
    try:
        yield merged
    finally:
        subprocess.run(["umount", "-R", "-l", merged], check=True)


def _mount(kind: str, source: str, target: Path, options: str = "") -> None:
    subprocess.run(["mount", "-t", kind, *(["-o", options] if options else []), source, target], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
