"""Finding a GIMP 3, and making one: with stand-ins for the programs, so that nothing is fetched."""

import sys
from pathlib import Path

import pytest
from gesso import gimp3
from gesso.contract.errors import GessoError


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with nothing on PATH but a shell; returns a function that puts programs there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(gimp3, "TREES", tmp_path / "trees")
    monkeypatch.setattr(gimp3, "PRIVATE_MOUNTS", ("/usr/bin/env",))

    def put(name: str, script: str) -> Path:
        (programs / name).write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
        (programs / name).chmod(0o755)
        return programs / name

    return put


@pytest.fixture
def debian_root(monkeypatch):
    monkeypatch.setattr(gimp3, "_require_a_machine_for_trees", lambda: None)


def says(version: str) -> str:
    return f"echo 'GNU Image Manipulation Program version {version}'"


def test_the_machines_own(machine):
    path = machine("gimp-console-3.0", says("3.0.4"))
    assert gimp3.find() == gimp3.Gimp(str(path), "3.0.4")
    assert gimp3.find("3.0").command(["gimp"]) == ["gimp"]
    assert gimp3.find().engine_python(path.parent) == Path(sys.executable)


def test_of_two_the_one_that_is_asked_for(machine):
    machine("gimp-console-3.0", says("3.0.4"))
    new = machine("gimp-console-3.2", says("3.2.6"))
    assert gimp3.find("3.2") == gimp3.Gimp(str(new), "3.2.6")


@pytest.mark.parametrize("script", [says("2.10.34"), "exit 1", "echo 3.0.4; exit 1"])
def test_what_is_no_gimp_3(machine, monkeypatch, script):
    machine("gimp-console", script)
    monkeypatch.setattr(gimp3.os, "geteuid", lambda: 1000)
    with pytest.raises(GessoError, match="Install GIMP 3"):
        gimp3.find()


def test_a_tree_is_made_once(machine, debian_root, capsys):
    count = machine("mmdebstrap", "").parent / "count"
    make = 'for a; do d=$b; b=$a; done; case $b in http*) ;; *) d=$b;; esac; mkdir -p "$d/usr/bin"; touch '
    machine("mmdebstrap", f'echo "$@" >> {count}; {make} "$d/usr/bin/gimp-console-3.0"')
    machine("apt-get", "echo bookworm main http://mirror.test/debian/; echo trixie main http://other.test/")
    machine("apt-config", "echo 'Acquire::http::Proxy \"http://proxy.test\";'")
    for _ in range(2):
        with pytest.raises(GessoError, match="no running GIMP 3"):  # the stand-in for GIMP does not run
            gimp3.find()
    called = count.read_text().splitlines()
    assert len(called) == 1, "the tree was made twice"
    assert "trixie" in called[0] and 'Acquire::http::Proxy "http://proxy.test";' in called[0]
    assert (gimp3.TREES / "trixie").is_dir() and not (gimp3.TREES / "trixie.part").exists()
    assert "Making a Debian trixie tree" in capsys.readouterr().out


def test_a_half_made_tree_goes(machine, debian_root):
    machine("mmdebstrap", f'mkdir -p {gimp3.TREES}/trixie.part/usr; echo "E: no network" >&2; exit 1')
    machine("apt-get", "")
    machine("apt-config", "")
    (gimp3.TREES / "trixie.part").mkdir(parents=True)
    with pytest.raises(GessoError, match="could not be fetched. E: no network"):
        gimp3.find()
    assert not (gimp3.TREES / "trixie.part").exists() and not (gimp3.TREES / "trixie").exists()


def test_a_program_in_a_tree(tmp_path):
    gimp = gimp3.Gimp("/usr/bin/gimp-console-3.0", "3.0.4", tmp_path)
    command = gimp.command(["gimp", "-b", "a b"], [Path("/usr")])
    assert command[:1] == ["unshare"] and command[-6:] == [str(tmp_path), "/usr", "--", "gimp", "-b", "a b"]
    script = gimp.engine_python(tmp_path)
    assert script.read_text() == f'#!/bin/sh\nexec chroot /host {sys.executable} "$@"\n'
    assert gimp.series == "3.0"
