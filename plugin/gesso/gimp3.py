"""A GIMP 3 to run: the machine's own, else one in a Debian tree of its own (on Debian, as root).

Debian 12 has GIMP 2.10 only. `find` then makes a tree of a newer Debian under /var/cache/gesso with mmdebstrap, from
the mirror that the machine's own apt uses, and keeps it. A tree holds GIMP and nothing of gesso:

    a program in the tree   runs by chroot, in a mount namespace of its own: nothing stays mounted when it ends
    /tmp and given folders  are the machine's, at the same path in the tree
    /host                   is the machine. The engine is started through it (see `Gimp.engine_python`), so that it runs
                            on the machine's Python and libraries and gives the same pixels as the command line
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gesso.contract.errors import GessoError

TREES = Path("/var/cache/gesso")
SUITES = {"3.0": "trixie", "3.2": "forky"}  # GIMP series -> the Debian suite that has it
PACKAGES = "gimp,adwaita-icon-theme,fonts-dejavu-core,fonts-wqy-zenhei,xvfb,openbox,xdotool,imagemagick"
CONSOLES = ("gimp-console-3.0", "gimp-console-3.2", "gimp-console-3", "gimp-console")
ADVICE = (
    "Install GIMP 3 (it is in Debian 13, Fedora 42, Arch and on https://www.gimp.org/downloads/), "
    "or run this on Debian as root: it then makes itself a Debian tree with GIMP 3."
)
ENTER = """
set -e
tree=$1; shift
mkdir -p "$tree/host"; mount --rbind / "$tree/host"
for folder in /proc /sys /dev /tmp; do mount --rbind "$folder" "$tree$folder"; done
while [ "$1" != -- ]; do mkdir -p "$tree$1"; mount --bind "$1" "$tree$1"; shift; done; shift
exec chroot "$tree" "$@"
"""
PRIVATE_MOUNTS = ("unshare", "--mount", "--propagation", "private", "--")


@dataclass(frozen=True)
class Gimp:
    """One GIMP 3. `console` is its gimp-console, `version` for example "3.0.4", `tree` the tree it lives in, if any."""

    console: str
    version: str
    tree: Path | None = None

    @property
    def series(self) -> str:
        """Such as "3.0"."""
        return ".".join(self.version.split(".")[:2])

    def command(self, argv: Sequence[str], folders: Sequence[Path] = ()) -> list[str]:
        """How to start `argv` where this GIMP lives. `folders` are the machine's, to be seen there besides /tmp."""
        if self.tree is None:
            return list(argv)
        shared = [str(folder.resolve()) for folder in folders]
        return [*PRIVATE_MOUNTS, "sh", "-c", ENTER, "sh", str(self.tree), *shared, "--", *argv]

    def batch(
        self, code: str, profile: Path, folders: Sequence[Path] = (), env: Mapping[str, str] | None = None, **options
    ) -> "subprocess.CompletedProcess[str]":
        """Run Python code in gimp-console with `profile` as GIMP's folder. `options` go to subprocess.run."""
        argv = [self.console, "-idf", "--batch-interpreter", "python-fu-eval", "-b", code, "--quit"]
        environment = {**os.environ, **(env or {}), "GIMP3_DIRECTORY": str(profile)}
        command = self.command(argv, [*folders, profile])
        return subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options
        )

    def engine_python(self, folder: Path) -> Path:
        """The Python to name in engine.json: this one, or a script in `folder` that steps out of the tree to it."""
        if self.tree is None:
            return Path(sys.executable)
        script = folder / "engine-python"
        script.write_text(f'#!/bin/sh\nexec chroot /host {shlex.quote(sys.executable)} "$@"\n')
        script.chmod(0o755)
        return script


def find(series: str | None = None) -> Gimp:
    """The machine's GIMP of that series (any 3.x when None), else a tree's. Raises GessoError with what to install."""
    for name in CONSOLES:
        if path := shutil.which(name):
            gimp = _ask(Gimp(path, ""))
            if gimp and series in (None, gimp.series):
                return gimp
    return _tree(SUITES[series or "3.0"])


def _ask(gimp: Gimp) -> Gimp | None:
    """The same GIMP with its version, or None where it is not a GIMP 3 that runs."""
    answer = subprocess.run(gimp.command([gimp.console, "--version"]), capture_output=True, text=True)
    version = re.search(r"\b3\.\d+\.\d+", answer.stdout)
    return Gimp(gimp.console, version.group(), gimp.tree) if answer.returncode == 0 and version else None


def _tree(suite: str) -> Gimp:
    """The GIMP of a kept tree; makes the tree first where there is none."""
    _require_a_machine_for_trees()
    import fcntl  # not on Windows, which never gets this far

    TREES.mkdir(parents=True, exist_ok=True)
    tree = TREES / suite
    with open(TREES / f"{suite}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second run waits for the first one's tree
        if not tree.is_dir():
            _make(suite, tree)
    for name in CONSOLES:
        if (tree / "usr/bin" / name).exists() and (gimp := _ask(Gimp(f"/usr/bin/{name}", "", tree))):
            return gimp
    raise GessoError(
        f"There is no running GIMP 3 in {tree}.",
        f"Remove that folder and try again as root in a machine or container that may mount. {ADVICE}",
    )


def _require_a_machine_for_trees() -> None:
    release = Path("/etc/os-release")
    if not release.exists() or os.geteuid() != 0 or not re.search(r"^ID=debian$", release.read_text(), re.M):
        raise GessoError("There is no GIMP 3 on this machine.", ADVICE)
    if subprocess.run([*PRIVATE_MOUNTS, "true"], capture_output=True).returncode:
        raise GessoError(
            "There is no GIMP 3 on this machine, and root may not mount here.",
            "In a container, start it with --privileged; or install GIMP 3.",
        )


def _make(suite: str, tree: Path) -> None:
    """Make the tree beside its place and move it there when it is whole."""
    part = tree.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    print(f"Making a Debian {suite} tree with GIMP 3 in {tree} (once; about 2 minutes, 1 GB)...", flush=True)
    if not shutil.which("mmdebstrap"):
        _run(["apt-get", "update"], "apt-get update failed.")
        _run(
            ["apt-get", "install", "-y", "--no-install-recommends", "mmdebstrap"], "mmdebstrap could not be installed."
        )
    options = [f"--aptopt={line}" for line in _apt_settings(suite)]
    command = ["mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", *options, suite, str(part), *_mirror()]
    try:
        _run([*PRIVATE_MOUNTS, *command], f"Debian {suite} with GIMP 3 could not be fetched.")
        part.rename(tree)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _mirror() -> list[str]:
    """The Debian mirror of this machine's own apt, as mmdebstrap's argument; empty when it has none."""
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
    )
    name = re.search(r"^VERSION_CODENAME=(\w+)$", Path("/etc/os-release").read_text(), re.M)
    wanted = f"{name.group(1)} main " if name else "stable main "
    return [line.removeprefix(wanted) for line in listing.stdout.splitlines() if line.startswith(wanted)][:1]


def _apt_settings(suite: str) -> list[str]:
    """This machine's proxy and download settings, for mmdebstrap's own apt."""
    wanted = [
        "Acquire::http",
        "Acquire::https",
        "Acquire::Retries",
        "Acquire::Check-Valid-Until",
        "Acquire::Check-Date",
    ]
    dump = subprocess.run(["apt-config", "dump", *wanted], capture_output=True, text=True).stdout.splitlines()
    settings = [line for line in dump if not line.endswith('"";') and "::" in line]
    if suite == SUITES["3.2"]:  # testing moves on: a mirror that lags behind is good enough
        settings.append('Acquire::Check-Valid-Until "false";')
    return settings


def _run(argv: Sequence[str], sentence: str) -> None:
    """Run a command; when it fails, raise GessoError with the sentence and the last line it printed."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("E:")] or done.stderr.splitlines()
        raise GessoError(f"{sentence} {lines[0] if lines else ''}".strip(), ADVICE)
