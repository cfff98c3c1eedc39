"""The block for bug reports names what is there and what is wrong."""

import re

from gesso import __version__, diagnostics, install
from gesso.contract import wire

from tests.nets import save_net


def test_the_block(tmp_path, monkeypatch):
    profile = tmp_path / "GIMP/3.0"
    profile.mkdir(parents=True)
    for name, value in {"XDG_CONFIG_HOME": tmp_path, "GESSO_HOME": tmp_path / "home", "GESSO_MODELS": tmp_path}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("GIMP3_DIRECTORY", raising=False)
    save_net(tmp_path, "sound")
    save_net(tmp_path, "damaged").write_bytes(b"x")
    save_net(tmp_path, "missing").unlink()
    (tmp_path / "broken.toml").write_text("x")
    (wire.home() / "last-error.txt").write_text("enhance denoise: it went wrong.\n")
    install.install_into(profile)

    block = diagnostics.report()

    assert block.startswith(f"gesso        {__version__}")
    assert "onnxruntime " in block
    assert f"profile      {profile}: current" in block
    assert re.search(r"engine       started in \d+\.\d\d s", block)
    assert re.search(r"sound \(test\) \w{12}: ok", block)
    assert re.search(r"damaged \(test\) \w{12}: .*sha256 differs", block)
    assert re.search(r"missing \(test\) \w{12}: .*cannot be read", block)
    assert "The card broken.toml cannot be read" in block
    assert block.endswith("enhance denoise: it went wrong.")


def test_an_engine_that_does_not_start(monkeypatch, tmp_path):
    monkeypatch.setenv("GESSO_HOME", str(tmp_path))
    monkeypatch.setattr("sys.executable", "/no/python")
    assert diagnostics.start_time().startswith("DOES NOT START: The engine's Python, /no/python")
