"""The warm engine as a real process: it answers, refuses, stops, survives and leaves."""

import subprocess
import sys
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path

import numpy as np
import pytest
from gesso import __version__
from gesso.contract import wire
from gesso.contract.errors import BadInput, BadSetting, EngineError, ModelError
from gesso.engine.image import Picture
from gesso.engine.planes import open_plane, save_plane
from gesso.worker import translate

from tests.nets import save_net

PIXELS = np.random.default_rng(4).integers(0, 256, (20, 30, 3), np.uint8)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A place for one engine, with models: net doubles brightness, slow takes seconds, broken gives NaN."""
    monkeypatch.setenv("GESSO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path))
    save_net(tmp_path, gain=2.0, role="denoise")
    save_net(tmp_path, "slow", role="denoise", layers=1000)
    save_net(tmp_path, "quick", role="denoise", tile=64)
    save_net(tmp_path, "broken", gain=float("nan"), role="denoise")
    return tmp_path


@pytest.fixture
def engine(home):
    process = start()
    yield process
    process.kill()
    process.wait()


def start() -> subprocess.Popen:
    """An engine that answers."""
    process = subprocess.Popen([sys.executable, "-m", "gesso.worker"])
    for _ in range(200):
        if wire.key_file().exists() and process.poll() is None:
            try:
                connect().close()
                return process
            except (OSError, EOFError, AuthenticationError):
                pass  # the key of an engine before this one
        time.sleep(0.05)
    raise AssertionError("the engine did not start")


def connect(key: bytes | None = None) -> Connection:
    family, address = wire.address()
    return Client(address, family, authkey=key or wire.key_file().read_bytes())


def request(folder: Path, model: str = "net", pixels: np.ndarray = PIXELS, **changes) -> wire.Run:
    plane = save_plane(Picture(pixels), folder / f"image-{model}")
    settings = {"auto": False, "strength": 20.0, "model": model}
    return wire.Run(**{"action": "enhance denoise", "settings": settings, "planes": {"image": plane},
                       "folder": str(folder), **changes})  # fmt: skip


def answer(connection: Connection) -> dict:
    """The next message that is not progress."""
    while (message := wire.receive(connection))["type"] == "progress":
        pass
    return message


def ask(run: wire.Run) -> dict:
    with connect() as connection:
        wire.send(connection, "run", run)
        return answer(connection)


def begin(folder: Path, model: str = "slow") -> Connection:
    """A connection whose run is under way."""
    connection = connect()
    wire.send(connection, "run", request(folder, model, np.zeros((3000, 3000, 3), np.uint8)))
    while wire.receive(connection)["done"] == 0:
        pass
    return connection


def test_hello(engine):
    with connect() as connection:
        wire.send(connection, "hello", {})
        hello = wire.receive(connection)
    assert hello["gesso"] == __version__ and hello["pid"] == engine.pid
    assert "net" in hello["models"]


def test_a_run(engine, home):
    message = ask(request(home))
    assert message["type"] == "result", message
    result = wire.read_result(message)
    assert (open_plane(result.layers[0].plane).array == (2 * PIXELS.astype(int)).clip(0, 255)).all()
    assert result.record["settings"]["strength"] == 20.0
    assert len(result.record["models"]["net"]) == 64


def test_strangers_are_refused(engine, home):
    with pytest.raises(AuthenticationError):
        connect(b"wrong")
    with connect() as rude:
        rude.send_bytes(b"\x80\x04.")
        with pytest.raises(EOFError):
            rude.recv_bytes()
    with connect() as silent:
        assert ask(request(home))["type"] == "result"
        silent.send_bytes(b'{"type": "run"}')
    assert ask(request(home))["type"] == "result"
    assert (wire.home().stat().st_mode | wire.key_file().stat().st_mode) & 0o77 == 0


@pytest.mark.parametrize(
    "changes, error, sentence",
    [
        ({"action": "enhance everything"}, BadSetting, "no action"),
        ({"settings": {"strength": 99}}, BadSetting, "0 to 50"),
        ({"settings": {"model": "other"}}, ModelError, "Installed: "),
        ({"settings": {"strength": 20.0, "auto": False, "model": "broken"}}, ModelError, "not finite"),
        ({"planes": {}}, BadInput, "needs a picture"),
        ({"planes": {"image": wire.Plane("setup.py", 3, 3, 3, "u8")}}, EngineError, "size"),
    ],
)
def test_a_failure_is_told_and_the_engine_lives(engine, home, changes, error, sentence):
    message = ask(request(home, **changes))
    assert message["type"] == "failure"
    failure = wire.read_failure(message)
    assert type(failure) is error and sentence in str(failure)
    assert str(failure) in (wire.home() / "last-error.txt").read_text()
    assert ask(request(home))["type"] == "result"


@pytest.mark.parametrize("model", ["slow", "quick"])
def test_closing_cancels_within_half_a_second(engine, home, model):
    """slow: inside a model; quick: between tiles, while the engine tells its progress."""
    ask(request(home))
    connection = begin(home, model)
    began = time.perf_counter()
    connection.close()
    assert ask(request(home))["type"] == "result"
    assert time.perf_counter() - began < 0.5
    assert not (wire.home() / "last-error.txt").exists()


@pytest.mark.parametrize("when", ["reads", "waits", "places"])
def test_what_a_killed_client_leaves_is_taken_away(engine, home, when):
    folder = home / "gesso-pixels"
    folder.mkdir()
    (folder / "1.image").write_bytes(bytes(100))  # of the next of several runs
    connection = connect()
    wire.send(connection, "folder", {"folder": str(folder)})
    if when == "waits":
        wire.send(connection, "run", request(folder, "slow", np.zeros((3000, 3000, 3), np.uint8)))
        while wire.receive(connection)["done"] == 0:
            pass
    if when == "places":
        wire.send(connection, "run", request(folder))
        assert answer(connection)["type"] == "result"
        assert len(list(folder.iterdir())) == 3
    connection.close()
    for _ in range(100):
        if not folder.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"left: {sorted(folder.iterdir())}")


def test_a_full_disk_is_told():
    with pytest.raises(OSError) as failure:
        save_plane(Picture(PIXELS), Path("/dev/full"))
    assert "no room left on the disk" in str(translate(failure.value))


def test_two_clients_take_turns(engine, home):
    slow = begin(home)
    with connect() as second:
        wire.send(second, "run", request(home))
        assert wire.receive(second)["text"] == "Waiting for another run"
        slow.close()
        assert answer(second)["type"] == "result"


def test_killed_in_the_middle_then_started_again(engine, home):
    connection = begin(home)
    engine.kill()
    with pytest.raises((EOFError, OSError)):
        answer(connection)
    again = start()
    try:
        assert ask(request(home))["type"] == "result"
    finally:
        again.kill()
        again.wait()


def test_a_path_too_long_for_a_socket_is_told(monkeypatch):
    monkeypatch.setattr(wire, "home", lambda: Path("/home") / ("\u56fe" * 30))  # 90 bytes
    with pytest.raises(EngineError, match="too long"):
        wire.address()


def test_a_second_engine_leaves_at_once(engine):
    assert subprocess.run([sys.executable, "-m", "gesso.worker"], timeout=10).returncode == 0
    connect().close()


def test_quit(engine):
    with connect() as connection:
        wire.send(connection, "quit", {})
    assert engine.wait(5) == 0


def test_an_idle_engine_leaves(home, monkeypatch):
    monkeypatch.setenv("GESSO_IDLE", "1")
    process = start()
    with connect():
        time.sleep(2.5)
        assert process.poll() is None
    assert process.wait(5) == 0
    assert not Path(wire.address()[1]).exists()
