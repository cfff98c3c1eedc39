"""GIMP's window on a display of its own: the menu is there, a dialog runs an action, Ctrl+Z takes it away in one step.

The screenshots stay in pytest's folder (gimp3.0*/shot-*.png) to be looked at. Needs Xvfb, openbox, xdotool and
ImageMagick where the GIMP is; the trees of gesso.gimp3 have them.
"""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from gesso.contract import wire
from gesso.contract.actions import ACTIONS
from PIL import Image

SCRIPT = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, {here!r})
import stage
folder = Path({folder!r})
image = stage.load(str(folder / "photo.png"))
layer = image.get_layers()[0]
stage.Gimp.Display.new(image)
before = stage.raw(layer)

def tell(name, value):
    (folder / (name + ".new")).write_text(json.dumps(value))
    (folder / (name + ".new")).rename(folder / name)

def wait(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(condition())

tell("shown", True)
wait((folder / "go").exists, 120)
procedure = stage.Gimp.get_pdb().lookup_procedure("gesso-enhance-denoise")
config = procedure.create_config()
config.set_property("run-mode", stage.Gimp.RunMode.INTERACTIVE)
config.set_property("image", image)
config.set_core_object_array("drawables", [layer])
values = procedure.run(config)
tell("ran", dict(ok=values.index(0) == stage.Gimp.PDBStatusType.SUCCESS, layers=len(image.get_layers()),
                 error=stage.Gimp.get_pdb().get_last_error()))
tell("undone", dict(undone=wait(lambda: len(image.get_layers()) == 1), same=stage.raw(layer) == before,
                    visible=layer.get_visible()))
"""


MODELS = """
import sys
sys.path.insert(0, {here!r})
import stage
procedure = stage.Gimp.get_pdb().lookup_procedure("gesso-tools-models")
config = procedure.create_config()
config.set_property("run-mode", stage.Gimp.RunMode.INTERACTIVE)
procedure.run(config)
"""

LARGE = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, {here!r})
import stage
folder = Path({folder!r})
image = stage.new_image(4000, 3000, precision="FLOAT_NON_LINEAR")
kind = stage.Gimp.ImageType.RGB_IMAGE
layer = stage.Gimp.Layer.new(image, "photo", 4000, 3000, kind, 100.0, stage.Gimp.LayerMode.NORMAL)
image.insert_layer(layer, None, 0)
stage.Gimp.Display.new(image)
(folder / "open").touch()
while not (folder / "start").exists():
    time.sleep(0.1)
procedure = stage.Gimp.get_pdb().lookup_procedure("gesso-enhance-adjust")
config = procedure.create_config()
config.set_property("run-mode", stage.Gimp.RunMode.WITH_LAST_VALS)
config.set_property("image", image)
config.set_core_object_array("drawables", [layer])
config.set_property("output", "in-place")
ok = procedure.run(config).index(0) == stage.Gimp.PDBStatusType.SUCCESS
(folder / "end.new").write_text(json.dumps(ok))
(folder / "end.new").rename(folder / "end")
"""
DIALOGS = """
import json, sys
from pathlib import Path
sys.path.insert(0, {here!r})
import stage
folder = Path({folder!r})
image = stage.new_image(64, 48)
layers = [stage.Gimp.Layer.new(image, name, 64, 48, stage.Gimp.ImageType.RGB_IMAGE, 100.0, stage.Gimp.LayerMode.NORMAL)
          for name in "ab"]
for layer in layers:
    image.insert_layer(layer, None, 0)
stage.Gimp.Display.new(image)
pdb, ends = stage.Gimp.get_pdb(), dict()
names = pdb.query_procedures("gesso-(assess|blend|convert|enhance|generate|inpaint)", *[""] * 7)
for name in names:
    procedure = pdb.lookup_procedure(name)
    config = procedure.create_config()
    config.set_property("run-mode", stage.Gimp.RunMode.INTERACTIVE)
    if config.find_property("image"):
        config.set_property("image", image)
        config.set_core_object_array("drawables", layers[:1])
    (folder / "asking").write_text(name)
    ends[name] = [procedure.run(config).index(0).value_nick, pdb.get_last_error()]
(folder / "ends.new").write_text(json.dumps(ends))
(folder / "ends.new").rename(folder / "ends")
"""
PREVIEW = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
import stage
folder = Path({folder!r})
image = stage.new_image(240, 160)
layer = stage.Gimp.Layer.new(image, "photo", 240, 160, stage.Gimp.ImageType.RGB_IMAGE, 100.0,
                             stage.Gimp.LayerMode.NORMAL)
image.insert_layer(layer, None, 0)
stage.put(layer, bytes({color}) * (240 * 160))
stage.Gimp.Display.new(image)
procedure = stage.Gimp.get_pdb().lookup_procedure("gesso-enhance-adjust")
config = procedure.create_config()
config.set_property("run-mode", stage.Gimp.RunMode.INTERACTIVE)
config.set_property("image", image)
config.set_core_object_array("drawables", [layer])
config.set_property("brightness", 60)
procedure.run(config)
(folder / "over").touch()
"""
CANCEL = ("908", "762")  # where the button is in a window of 1190 x 760


class Window:
    """A GIMP with a window, and hands to use it."""

    def __init__(self, theatre, display: str):
        self.theatre, self.folder = theatre, theatre.folder
        profile = {"GIMP3_DIRECTORY": str(theatre.profile), "DISPLAY": display, "NO_AT_BRIDGE": "1", "LANGUAGE": "en"}
        self.env = {**os.environ, **theatre.env, **profile}
        self.log = (self.folder / "window.log").open("w")  # noqa: SIM115 - closed in close()
        self.programs: list[subprocess.Popen] = []

    def start(self, *argv: str) -> subprocess.Popen:
        command = self.theatre.gimp.command(argv, [Path(__file__).parent, self.folder])
        self.programs.append(subprocess.Popen(command, env=self.env, stdout=self.log, stderr=self.log))
        return self.programs[-1]

    def tool(self, *argv: str) -> str:
        command = self.theatre.gimp.command(argv, [self.folder])
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=60).stdout.strip()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tool("xdotool", "key", key)
            time.sleep(0.7)

    def shot(self, name: str) -> np.ndarray:
        file = self.folder / f"shot-{name}.png"
        self.tool("import", "-window", "root", str(file))
        return np.asarray(Image.open(file).convert("RGB"))

    def close(self) -> None:
        for program in reversed(self.programs):
            program.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(5)
            program.kill()
        self.log.close()


@pytest.fixture
def window(theatre) -> Iterator[Window]:
    (theatre.profile / "gimprc").write_text(
        f'(check-updates no)\n(show-welcome-dialog no)\n(config-version "{theatre.gimp.version}")\n'
    )
    display = f":{100 + os.getpid() % 800}"
    made = Window(theatre, display)
    yield made
    made.close()


def until(condition: Callable[[], object], what: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.3)


def open_gimp(theatre, window: Window, script: str, **fields: object) -> None:
    """GIMP with its window on a display of its own, running `script`."""
    window.start("Xvfb", window.env["DISPLAY"], "-screen", "0", "1200x800x24", "-nolisten", "tcp")
    until(lambda: Path(f"/tmp/.X11-unix/X{window.env['DISPLAY'][1:]}").exists(), "the display")
    window.start("openbox")
    text = script.format(here=str(Path(__file__).parent), folder=str(theatre.folder), **fields)
    gui = theatre.gimp.console.replace("-console", "")
    window.start(gui, "-s", "--batch-interpreter", "python-fu-eval", "-b", text)


def test_the_window_of_the_models(theatre, window):
    """It lists them; what came with gesso cannot be removed, so only two of three buttons can be pressed at first."""
    open_gimp(theatre, window, MODELS)
    until(lambda: window.tool("xdotool", "search", "--onlyvisible", "--name", "^Models$"), "the window", 180)
    time.sleep(4)
    shot = window.shot("models")
    assert (shot < 100).all(axis=2).sum() > 3000, "nothing is listed"
    window.press("alt+a")
    until(lambda: window.tool("xdotool", "search", "--onlyvisible", "--name", "^Add a Model$"), "the file chooser")
    window.shot("models-add")
    window.press("Escape", "Escape")


def test_every_dialog_opens_and_closes(theatre, window):
    """Dialogs are put together from the settings of an action; one of nothing but a model once could not be."""
    theatre.add_stable_diffusion()
    open_gimp(theatre, window, DIALOGS)
    until(lambda: (theatre.folder / "asking").exists(), "the first dialog", 180)
    end = time.monotonic() + 300
    while not (theatre.folder / "ends").exists():
        assert time.monotonic() < end, f"{(theatre.folder / 'asking').read_text()} does not close"
        window.press("Escape")
    ends = json.loads((theatre.folder / "ends").read_text())
    assert len(ends) == len(ACTIONS) and {name: end for name, end in ends.items() if end[0] != "cancel"} == {}


def folders() -> set[Path]:
    """What pixels are handed over in, of all GIMPs on this machine."""
    return set(Path("/dev/shm").glob(f"{wire.PRIVATE}*"))


def test_a_dialog_shows_the_result_to_be(theatre, window):
    """The preview is made by the engine; while one presses on it, it shows the picture as it is."""
    color, others = (200, 90, 40), folders()
    open_gimp(theatre, window, PREVIEW, color=color)
    find = ("xdotool", "search", "--onlyvisible", "--name", "^Adjust$")
    until(lambda: window.tool(*find), "the dialog", 180)

    def dialog() -> list[int]:
        """Its left, top, width and height."""
        place = window.tool("xdotool", "getwindowgeometry", "--shell", window.tool(*find).split()[-1])
        return [int(line.split("=")[1]) for line in place.splitlines()[1:5]]

    def changed() -> bool:
        x, y, width, height = dialog()
        seen = window.shot("preview")[y : y + height, x : x + width]
        is_as_it_was = (abs(seen - np.int16(color)).max(axis=2) < 3).sum() > 30000
        red, green, blue = seen[90, width // 2]
        return not is_as_it_was and red > color[0] and red > green > blue

    until(changed, "the brighter picture")
    read = folders() - others
    x, y, width, _ = dialog()
    window.tool("xdotool", "mousemove", str(x + width // 2), str(y + 90), "mousedown", "1")
    until(lambda: not changed(), "the picture as it was", 10)
    window.shot("preview-pressed")
    window.tool("xdotool", "mouseup", "1")
    until(changed, "the brighter picture again", 10)
    window.press("Escape")
    until((theatre.folder / "over").exists, "the end of the dialog")
    until(lambda: not read & folders(), "the end of what it read", 10)


def test_cancel_comes_too_late_while_the_result_is_placed(theatre, window):
    """GIMP kills a plug-in that is cancelled: it would leave half a result, and say that undo is inconsistent."""
    folder = theatre.folder
    open_gimp(theatre, window, LARGE)
    until(lambda: (folder / "open").exists(), "the picture in GIMP's window", 180)
    until(lambda: window.tool("xdotool", "search", "--onlyvisible", "--name", "GIMP$"), "GIMP's window")
    big = window.tool("xdotool", "search", "--onlyvisible", "--name", "GIMP$").split()[-1]
    window.tool("xdotool", "windowsize", big, "1190", "760", "windowmove", big, "0", "0", "mousemove", *CANCEL)
    time.sleep(2)
    (folder / "start").touch()
    over = folder / "end"
    until(lambda: any(Path("/dev/shm").glob(f"{wire.PRIVATE}*/before")) or over.exists(), "the result being placed")
    window.tool("xdotool", "click", "1")
    window.shot("placing")
    until(over.exists, "the run")
    assert over.read_text() == "true"


def test_menu_dialog_result_and_undo(theatre, window):
    folder = theatre.folder
    rng = np.random.default_rng(5)
    photo = np.clip(128 + 40 * np.sin(np.arange(240) / 20)[None, :, None] + rng.normal(0, 20, (160, 240, 3)), 0, 255)
    soft = np.full((160, 240, 1), 200)  # so that the result stands in for the photo, which undo must show again
    Image.fromarray(np.dstack([photo, soft]).astype(np.uint8)).save(folder / "photo.png")
    open_gimp(theatre, window, SCRIPT)
    until(lambda: (folder / "shown").exists(), "the photo in GIMP's window", 180)
    until(lambda: window.tool("xdotool", "search", "--onlyvisible", "--name", "GIMP$"), "GIMP's window")
    big = window.tool("xdotool", "search", "--onlyvisible", "--name", "GIMP$").split()[-1]
    window.tool("xdotool", "windowsize", big, "1190", "760", "windowmove", big, "0", "0", "windowactivate", big)
    time.sleep(2)
    plain = window.shot("plain")
    window.press("alt+r", "Up", "Right")  # Filters, its last entry Gesso
    assert (window.shot("menu") != plain).any(axis=2).sum() > 20000, "no menu opened"
    window.press("Escape", "Escape", "Escape")
    (folder / "go").touch()
    until(lambda: window.tool("xdotool", "search", "--onlyvisible", "--name", "^Denoise$"), "the dialog")
    time.sleep(2)
    window.shot("dialog")
    window.press("Return")
    until(lambda: (folder / "ran").exists(), "the run")
    ran = (folder / "ran").read_text()
    time.sleep(1)
    window.shot("result")
    assert '"ok": true' in ran and '"layers": 2' in ran, ran
    window.tool("xdotool", "windowactivate", "--sync", big)
    window.press("ctrl+z")
    until(lambda: (folder / "undone").exists(), "undo")
    window.shot("undone")
    undone = (folder / "undone").read_text()
    assert undone == '{"undone": true, "same": true, "visible": true}', undone
