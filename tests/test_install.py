"""The plug-in goes into every profile and comes out of it again without a trace."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from gesso import install
from gesso.client.link import Engine, connect
from gesso.contract import wire
from gesso.contract.errors import GessoError


@pytest.fixture
def profile(tmp_path, monkeypatch) -> Path:
    """A machine with one profile and no GIMP on PATH."""
    made = tmp_path / ".config/GIMP/3.0"
    made.mkdir(parents=True)
    for name in ("XDG_CONFIG_HOME", "GIMP3_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GESSO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(install, "CONSOLES", ())
    return made


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    "system, env, root",
    [
        ("linux", {}, "home/.config/GIMP"),
        ("linux", {"XDG_CONFIG_HOME": "settings"}, "settings/GIMP"),
        ("linux", {}, "home/.var/app/org.gimp.GIMP/config/GIMP"),
        ("linux", {}, "home/snap/gimp/current/.config/GIMP"),
        ("win32", {"APPDATA": "roaming"}, "roaming/GIMP"),
        ("win32", {}, "home/AppData/Roaming/GIMP"),
        ("darwin", {}, "home/Library/Application Support/GIMP"),
    ],
)
def test_each_platform_has_its_folder(tmp_path, monkeypatch, system, env, root):
    monkeypatch.chdir(tmp_path)
    for name in ("3.10", "3.2", "2.10", "3.0", "3.0.bak"):
        (Path(root) / name).mkdir(parents=True)
    (Path(root) / "3.4").write_text("a file")
    assert install.profiles(env, system, Path("home")) == [Path(root) / name for name in ("3.0", "3.2", "3.10")]


@pytest.mark.parametrize("given, meant", [("elsewhere", "/home/me/elsewhere"), ("/opt/profile", "/opt/profile")])
def test_gimp3_directory_replaces_the_rest(given, meant):
    assert install.profiles({"GIMP3_DIRECTORY": given}, "linux", Path("/home/me")) == [Path(meant)]


def test_install_twice_is_the_same_as_once(profile, capsys):
    assert install.state(profile) == "not installed"
    install.install()
    folder = profile / "plug-ins/gesso"
    once = everything(profile)
    stale = folder / "gesso/client/stale.py"
    stale.write_text("left by an older version")
    install.install()
    assert everything(profile) == once
    assert install.state(profile) == "current"
    assert os.access(folder / "gesso.py", os.X_OK)
    assert json.loads((folder / "engine.json").read_text()) == {"python": sys.executable}
    assert {"gesso/__init__.py", "gesso/contract/wire.py", "gesso/client/link.py"} <= set(everything(folder))
    assert not any("engine/" in name for name in everything(folder))
    assert str(folder) in capsys.readouterr().out


def test_uninstall_leaves_what_is_not_ours(profile, capsys):
    before = everything(profile)
    install.install()
    settings = profile / "plug-in-settings"
    settings.mkdir()
    (settings / "GimpProcedureConfig-gesso-inpaint-fill.last").write_text("")
    (settings / "GimpProcedureConfig-other.last").write_text("")
    home = wire.home()
    for name in ("engine.log", "last-error.txt", "backends.json"):
        (home / name).write_text("")
    install.uninstall()
    assert not home.exists()
    assert everything(profile) == before | {"plug-in-settings/GimpProcedureConfig-other.last": b""}
    assert "Removed" in capsys.readouterr().out
    install.uninstall()


def test_a_strange_folder_is_left_alone_and_said(profile, capsys):
    mine = profile / "plug-ins/gesso/mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    other = profile.with_name("3.2")
    other.mkdir()
    for step, there in ((install.install, True), (install.uninstall, False)):
        assert step() == 1
        assert "Move it away" in capsys.readouterr().err
        assert (other / "plug-ins/gesso").exists() == there
    assert mine.read_text() == "mine"


def test_no_gimp_is_said(profile):
    profile.rmdir()
    with pytest.raises(GessoError, match="start it once"):
        install.install()


def test_an_old_copy_is_not_current(profile):
    install.install_into(profile)
    (profile / "plug-ins/gesso/gesso/contract/wire.py").write_text("")
    assert "wire.py differs" in install.state(profile)
    install.install_into(profile, Path("/no/python"))
    assert "/no/python" in install.state(profile)


def test_a_flatpak_gets_a_way_out_and_a_hint(profile, tmp_path, capsys):
    sandboxed = tmp_path / ".var/app/org.gimp.GIMP/config/GIMP/3.0"
    sandboxed.mkdir(parents=True)
    install.install()
    python = Path(json.loads((sandboxed / "plug-ins/gesso/engine.json").read_text())["python"])
    assert "flatpak-spawn --host" in python.read_text()
    assert os.system(f"{python} -c 'raise SystemExit(0)'") == 0
    assert "flatpak override" in capsys.readouterr().out


def test_the_way_out_of_a_flatpak_leads_to_a_python_of_any_name(profile, tmp_path, monkeypatch):
    (tmp_path / ".var/app/org.gimp.GIMP").mkdir(parents=True)
    odd = tmp_path / "it's $HOME"
    odd.symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(odd))
    install.install_into(profile)
    assert subprocess.run([profile / "plug-ins/gesso/engine-python", "-c", "pass"]).returncode == 0


def test_an_installation_that_fails_leaves_nothing_half_done(profile, tmp_path, monkeypatch):
    sources = install.parts() | {"gesso/gone.py": tmp_path / "gone.py"}
    monkeypatch.setattr(install, "parts", lambda: sources)
    with pytest.raises(GessoError, match="cannot be written"):
        install.install_into(profile)
    assert not list((profile / "plug-ins").iterdir())


def test_another_engine_ends_with_its_block(tmp_path):
    before = dict(os.environ)
    with install.another_engine(tmp_path, GESSO_PYTHON=sys.executable):
        with Engine() as engine:
            engine.hello()
        assert connect() is not None
    assert dict(os.environ) == before
    with install.another_engine(tmp_path):
        assert connect() is None


def test_a_gimp_never_started_makes_its_profile(profile, tmp_path, monkeypatch):
    profile.rmdir()
    gimp = tmp_path / "gimp-console-3.2"
    gimp.write_text(f'#!/bin/sh\n[ $1 = --version ] && echo GIMP version 3.2.6 || mkdir "{profile.parent}/3.2"\n')
    gimp.chmod(0o755)
    monkeypatch.setattr(install, "CONSOLES", (str(gimp),))
    install.install()
    assert install.state(profile.parent / "3.2") == "current"
