"""The engine as another process: killed, cancelled, absent. The image is untouched and the next run works."""

import os
import signal
import threading
import time
from pathlib import Path

import stage
from gi.repository import Gimp

PLUG_IN = Path(Gimp.directory()) / "plug-ins/gesso"
stage.sys.path.insert(0, str(PLUG_IN))
from gesso.client.link import Engine  # noqa: E402
from gesso.contract import wire  # noqa: E402


def large():
    """An image that takes seconds to enlarge."""
    image = stage.new_image(3000, 2400)
    return image, stage.add_layer(image, 3000, 2400)


def upscale(image, layer):
    return stage.call("gesso-enhance-upscale", image, [layer])


def works():
    image = stage.new_image(64, 48)
    layer = stage.add_layer(image, 64, 48)
    stage.select_ellipse(image, 16, 12, 24, 20)
    stage.succeed(stage.fill(image, [layer]))


def engine_pid():
    with Engine() as engine:
        return engine.hello()["pid"]


def clients():
    """Processes that run this profile's gesso.py."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(PLUG_IN / "gesso.py").encode() in command and b"gimp-console" not in command.split(b"\0")[0]:
            found.append(int(entry.name))
    return found


def while_running(act, strike):
    """Call `act` and, once the engine is at work, `strike`. Returns the answer and when the blow fell."""
    struck = []

    def wait():
        for _ in range(600):
            if list(Path("/dev/shm").glob("gesso-*/0.image")):
                break
            time.sleep(0.02)
        time.sleep(1.5)
        struck.append(time.monotonic())
        strike()

    thread = threading.Thread(target=wait)
    thread.start()
    answer = act()
    thread.join()
    return answer, struck[0]


def scene_engine_killed_while_it_works():
    works()
    pid = engine_pid()
    image, layer = large()
    seen = stage.raw(layer)
    answer, _ = while_running(lambda: upscale(image, layer), lambda: os.kill(pid, signal.SIGKILL))
    assert "The engine stopped while it was working" in answer.error, answer
    assert stage.raw(layer) == seen and len(image.get_layers()) == 1
    works()
    assert engine_pid() != pid


def scene_cancel():
    """GIMP cancels by killing the plug-in: the engine stops at once, stays, and the image is untouched."""
    works()
    pid = engine_pid()
    image, layer = large()
    seen = stage.raw(layer)

    def strike():
        for client in clients():
            os.kill(client, signal.SIGKILL)

    answer, when = while_running(lambda: upscale(image, layer), strike)
    assert answer.error, "a cancelled run returned success"
    assert stage.raw(layer) == seen and len(image.get_layers()) == 1
    start = time.monotonic()
    works()  # waits for the engine's turn
    waited, alone = time.monotonic() - start, time.monotonic()
    works()
    waited -= time.monotonic() - alone
    assert start - when < 1 and waited < 1, f"the engine went on for {waited:.1f} s after Cancel"
    assert engine_pid() == pid
    assert not list(Path("/dev/shm").glob("gesso-*")), "the cancelled run left its pixels in memory"


def scene_no_engine():
    """engine.json names a Python that is not there."""
    with Engine() as engine:
        wire.send(engine._connection, "quit", {})
    time.sleep(0.5)
    settings = PLUG_IN / "engine.json"
    kept = settings.read_text()
    image = stage.new_image(64, 48)
    layer = stage.add_layer(image, 64, 48)
    stage.select_ellipse(image, 16, 12, 24, 20)
    try:
        for wrong, words in (
            ('{"python": "/nowhere/python"}', "cannot be started"),
            ('{"python": "/bin/false"}', "could not be started"),
            ("not json", "does not know where"),
        ):
            settings.write_text(wrong)
            with stage.untouched(image):
                answer = stage.fill(image, [layer])
            assert words in answer.error, answer.error
    finally:
        settings.write_text(kept)
    works()
