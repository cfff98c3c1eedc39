"""Puts the plug-in into every GIMP 3 profile of this user, and takes it out again.

A profile is the folder GIMP/3.x where GIMP keeps a user's settings. What goes into its plug-ins/gesso/:

    gesso.py            what GIMP starts
    gesso/              contract/ and client/: the part that runs inside GIMP
    locale/             the translations
    engine.json         which Python runs the engine: the one that runs this
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from gesso.client.link import connect
from gesso.contract import wire
from gesso.contract.errors import GessoError
from gesso.gimp3 import CONSOLES

PACKAGE = Path(__file__).resolve().parent
FLATPAK = Path(".var/app/org.gimp.GIMP")
SNAP = Path("snap/gimp/current")
BRIDGE = """#!/bin/sh
# The Python of gesso's engine. From inside GIMP's Flatpak it is reached through the machine.
if [ -e /.flatpak-info ]; then exec flatpak-spawn --host {python} "$@"; fi
exec {python} "$@"
"""
FLATPAK_HINT = """\
  GIMP from Flathub may start gesso's engine only when you allow it to run programs of this machine:
      flatpak override --user --talk-name=org.freedesktop.Flatpak org.gimp.GIMP
  gesso has not been tried there yet; please tell how it went."""
SNAP_HINT = """\
  GIMP from the Snap store is locked in and will most likely not be able to start gesso's engine (not tried).
  Where it does not work, use GIMP from your distribution or from https://www.gimp.org/downloads/."""


def roots(env: Mapping[str, str], system: str, home: Path) -> list[Path]:
    """The folders that hold profiles. env: the environment; system: as sys.platform says it."""
    if system == "win32":
        return [Path(env.get("APPDATA") or home / "AppData/Roaming") / "GIMP"]
    if system == "darwin":
        return [home / "Library/Application Support/GIMP"]
    native = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    return [native / "GIMP", home / FLATPAK / "config/GIMP", home / SNAP / ".config/GIMP"]


def profiles(env: Mapping[str, str], system: str, home: Path) -> list[Path]:
    """The GIMP 3.x profiles that exist, oldest version first; GIMP3_DIRECTORY replaces them, as it does for GIMP."""
    if given := env.get("GIMP3_DIRECTORY"):
        return [home / given]
    found = [path for root in roots(env, system, home) for path in root.glob("3.*") if path.is_dir()]
    numbered = [path for path in found if re.fullmatch(r"3\.\d+", path.name)]
    return sorted(numbered, key=lambda path: (path.parent, int(path.name[2:])))


def my_profiles() -> list[Path]:
    """Those of the user who runs this."""
    return profiles(os.environ, sys.platform, Path.home())


def installed_gimps() -> dict[str, str]:
    """The gimp-console programs of GIMP 3 on PATH: version, such as "3.0.4", -> path."""
    gimps: dict[str, str] = {}
    for path in filter(None, map(shutil.which, CONSOLES)):
        answer = subprocess.run([path, "--version"], capture_output=True, text=True)
        if version := re.search(r"\b3\.\d+\.\d+", answer.stdout):
            gimps.setdefault(version.group(), path)
    return gimps


def install() -> int:
    """Put the plug-in into every profile found and say so. 0 when all went well; GessoError where there is none."""
    start_new_gimps()
    found = my_profiles()
    if not found:
        raise GessoError(
            "No GIMP 3 was found for this user.",
            "Install it from https://www.gimp.org/downloads/, start it once, and run gesso install again.",
        )
    status = 0
    for profile in found:
        try:
            install_into(profile)
            print(f"Installed into {plugin_folder(profile)}{hint(profile)}")
        except GessoError as error:
            print(f"gesso: {error}", file=sys.stderr)
            status = error.exit_code
    if stop_engine():
        print("Stopped the engine that was running; GIMP starts a new one when needed.")
    if not status:
        print("Start GIMP again: gesso is in the menu Filters > Gesso.")
    return status


def install_into(profile: Path, python: Path | None = None) -> None:
    """Put the plug-in into one profile, in place of an earlier one. `python` runs the engine (default: this one).

    Every file is new, so that GIMP asks gesso.py again what it offers. Raises GessoError when that cannot be done.
    """
    folder = plugin_folder(profile)
    refuse_stranger(folder)
    fresh = folder.with_name("gesso.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        for name, source in parts().items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, fresh / name)
        (fresh / "gesso.py").chmod(0o755)
        (fresh / "engine.json").write_text(json.dumps({"python": str(python or engine_python(fresh, folder))}))
        remove(folder)
        fresh.rename(folder)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        raise GessoError(f"{folder} cannot be written: {error.strerror}.", "Close GIMP and try again.") from error


def uninstall() -> int:
    """Take the plug-in, its settings and the engine's files away, and say what went and what stays. 0 when all went."""
    status = 0
    for profile in my_profiles():
        try:
            if remove_from(profile):
                print(f"Removed {plugin_folder(profile)}")
        except GessoError as error:
            print(f"gesso: {error}", file=sys.stderr)
            status = error.exit_code
    stop_engine()
    home = wire.home()
    for pattern in ("engine*", "backends*", "last-error.txt"):
        for file in home.glob(pattern):
            file.unlink()
    if not any(home.iterdir()):
        home.rmdir()
    print("Models that you added stay. pip uninstall gesso removes the program itself.")
    return status


def remove_from(profile: Path) -> bool:
    """Take the plug-in and what GIMP remembers of its dialogs out of one profile. False where it was not there."""
    folder = plugin_folder(profile)
    if not folder.is_dir():
        return False
    refuse_stranger(folder)
    try:
        remove(folder)
        for settings in (profile / "plug-in-settings").glob("GimpProcedureConfig-gesso-*"):
            settings.unlink()
    except OSError as error:
        raise GessoError(f"{folder} cannot be removed: {error.strerror}.", "Close GIMP and try again.") from error
    return True


def state(profile: Path) -> str:
    """One of: not installed, current, and what else is wrong with the plug-in in this profile."""
    folder = plugin_folder(profile)
    if not folder.is_dir():
        return "not installed"
    for name, source in parts().items():
        copy = folder / name
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            return f"not current ({name} differs): run gesso install"
    try:
        python = json.loads((folder / "engine.json").read_text())["python"]
    except (OSError, ValueError, KeyError, TypeError):
        return "not current (engine.json is missing or damaged): run gesso install"
    return "current" if Path(python).exists() else f"not current (no Python at {python}): run gesso install"


def plugin_folder(profile: Path) -> Path:
    """Where the plug-in is, or would be, in a profile."""
    return profile / "plug-ins" / "gesso"


def parts() -> dict[str, Path]:
    """What GIMP needs of gesso: the name in the plug-in's folder -> the file here (in the wheel or in the sources)."""
    start = PACKAGE / "start" if (PACKAGE / "start").is_dir() else PACKAGE.parent
    files = {"gesso.py": start / "gesso.py", "gesso/__init__.py": PACKAGE / "__init__.py"}
    for folder, base in ((PACKAGE / "contract", PACKAGE.parent), (PACKAGE / "client", PACKAGE.parent)):
        files |= {path.relative_to(base).as_posix(): path for path in sorted(folder.rglob("*.py"))}
    return files | {path.relative_to(start).as_posix(): path for path in sorted(start.glob("locale/*/*/*.mo"))}


def engine_python(fresh: Path, folder: Path) -> Path:
    """The Python for engine.json: this one; a script (in `fresh`, later `folder`) to it where there is a Flatpak."""
    if not (Path.home() / FLATPAK).is_dir():
        return Path(sys.executable)
    (fresh / "engine-python").write_text(BRIDGE.format(python=shlex.quote(sys.executable)))
    (fresh / "engine-python").chmod(0o755)
    return folder / "engine-python"


def refuse_stranger(folder: Path) -> None:
    """Raises GessoError for a folder without the engine.json that each installation has: it is somebody's own."""
    if folder.exists() and not (folder / "engine.json").exists():
        raise GessoError(f"{folder} was not put there by gesso install.", "Move it away, then run the command again.")


def remove(folder: Path) -> None:
    """Delete the plug-in's folder; of a link, only the link."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def hint(profile: Path) -> str:
    """What the user of a sandboxed GIMP must know besides; "" for any other."""
    if FLATPAK.name in profile.parts:
        return "\n" + FLATPAK_HINT
    return "\n" + SNAP_HINT if "snap" in profile.parts else ""


def start_new_gimps() -> None:
    """Let a GIMP that was never started make its profile: only then does it take over an older GIMP's settings."""
    if os.environ.get("GIMP3_DIRECTORY"):
        return
    native = roots(os.environ, sys.platform, Path.home())[0]
    for version, console in installed_gimps().items():
        if not (native / ".".join(version.split(".")[:2])).is_dir():
            print(f"Starting GIMP {version} once, so that it makes its settings folder...", flush=True)
            with suppress(subprocess.TimeoutExpired):
                subprocess.run([console, "-idf", "--quit"], capture_output=True, stdin=subprocess.DEVNULL, timeout=300)


@contextmanager
def another_engine(home: Path, **environment: str) -> Iterator[None]:
    """Within it engines live in the folder `home`, apart from the user's own, in that environment; it stops them."""
    kept = dict(os.environ)
    os.environ |= {"GESSO_HOME": str(home), **environment}
    try:
        yield
    finally:
        with suppress(GessoError):  # no engine can have been started where its address is not valid
            stop_engine()
        os.environ.clear()
        os.environ.update(kept)


def stop_engine() -> bool:
    """Ask this user's running engine to leave, and wait until it has. False when none was running."""
    engine = connect()
    if engine is None:
        return False
    with engine, suppress(OSError, EOFError):
        wire.send(engine, "quit", {})
        engine.poll(5)
    return True
