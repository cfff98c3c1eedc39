"""A look at the result in an action's dialog, made anew by the engine whenever a setting changes.

Pixels are read once, in GIMP's thread; a thread of its own asks the engine and drops what has become out of date.
"""

import shutil
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from gi.repository import GdkPixbuf, Gegl, Gimp, GLib, Gtk

from gesso.client import pixels, sources
from gesso.client.arguments import value_of
from gesso.client.link import Engine
from gesso.client.run import checked
from gesso.client.words import _, plain, sentence
from gesso.contract import wire
from gesso.contract.actions import Action
from gesso.contract.errors import GessoError
from gesso.contract.geometry import Box
from gesso.contract.params import Choice, Number, Param

SIDE = 320  # pixels
PATIENCE = 150  # milliseconds without a change, before the engine is asked
FREELY = 2**30  # bytes for each further layer, which may be of another image and is read as floats
CHECKS = (8, 0xFF999999, 0xFF666666)  # size and two greys, as GIMP shows what is transparent
SHOWN = "R'G'B'A u8"
HINTS = {"whole": "Press on the picture to see it as it is now.", "part": "Press to see it as it is now, drag to move."}


class _Outdated(Exception):
    """The settings have changed since."""


class Preview(Gtk.Box):
    """`close` it before the dialog goes."""

    def __init__(self, action: Action, params: tuple[Param, ...], config, image: Gimp.Image, drawables: list):
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6, border_width=12)
        self._action, self._params, self._config = action, params, config
        self._image, self._drawables = image, drawables
        self._folder: Path | None = None
        self._read: tuple[Any, sources.Source] | None = None  # what was read, and what for
        self._asked = 0  # number of the latest change: what was asked for before is not shown any more
        self._place, self._from = (0.5, 0.5), (0.0, 0.0)
        self._before = self._after = None
        self._timer = 0
        self._wanted: SimpleQueue[tuple[int, wire.Run] | None] = SimpleQueue()
        self._build()
        config.connect("notify", self._later)
        self._ask()

    def close(self) -> None:
        """Ask for nothing any more, and leave nothing behind."""
        self._off()
        self._asked += 1
        self._wanted.put(None)

    def _build(self) -> None:
        self._tick = Gtk.CheckButton(label=_("_Preview"), use_underline=True, active=True)
        self._tick.connect("toggled", self._later)
        self._spinner, self._picture, self._found = Gtk.Spinner(), Gtk.Image(), Gtk.Label()
        self._told = Gtk.Label(label=_(HINTS[self._action.preview]), wrap=True, max_width_chars=40)
        line = Gtk.Box(spacing=6)
        line.pack_start(self._tick, False, False, 0)
        line.pack_start(self._spinner, False, False, 0)
        hand = Gtk.EventBox(halign=Gtk.Align.CENTER)
        hand.add(self._picture)
        hand.connect("button-press-event", self._pressed)
        hand.connect("button-release-event", self._released)
        line.pack_end(self._found, False, False, 0)
        for widget in (hand, self._told, line):
            self.pack_start(widget, False, False, 0)
        self.show_all()

    def _off(self) -> None:
        if self._timer:
            GLib.source_remove(self._timer)
        self._timer = 0

    def _later(self, *_changed) -> None:
        """Ask when the user's hand has come to rest."""
        self._off()
        self._timer = GLib.timeout_add(PATIENCE, self._ask)

    def _ask(self) -> bool:
        self._timer = 0
        self._asked += 1
        if not self._tick.get_active():
            self._spinner.stop()
            self._show(self._before)
            return False
        settings = {param.name: value_of(param, self._config) for param in self._params}
        output = settings.pop("output", "new-layer")
        try:
            settings, others = checked(self._action, settings)
            source = self._source(others, output)
        except (GessoError, OSError) as error:
            self._say(self._asked, error)
            return False
        self._spinner.start()
        view = wire.View(SIDE, *self._place)
        run = wire.Run(self._action.title, settings, source.planes, str(self._folder), view=view)
        self._wanted.put((self._asked, run))
        return False

    def _source(self, others: dict[str, Gimp.Layer], output: str) -> sources.Source:
        """The pixels of the run, or of the first of several; read once, or anew when they are others."""
        key = (others, output)
        if self._read is None or self._read[0] != key:
            layers = sources.check(self._action, self._image, self._drawables, output)
            if self._folder is None:
                sizes = [layer.get_width() * layer.get_height() * layer.get_bpp() for layer in layers]
                self._folder = wire.private_folder(4 * sum(sizes) + FREELY * len(others))
                threading.Thread(target=self._serve, args=(self._folder,), daemon=True).start()
            first, folder = layers if "top" in self._action.reads else layers[:1], self._folder / str(self._asked)
            folder.mkdir()  # a new one: a run that is still under way reads what was read before
            source = sources.read(self._action, self._image, first, others, output, folder)[0]
            if self._read:
                shutil.rmtree(Path(self._read[1].planes["image"].file).parent, ignore_errors=True)
            self._read = key, source
            self._make_room(source.planes["image"])
        return self._read[1]

    def _make_room(self, plane: wire.Plane) -> None:
        """So that the dialog does not jump when the first picture comes."""
        if self._action.preview == "part":
            height = min(SIDE, plane.height * self._larger())
        else:
            height = round(plane.height * min(1, SIDE / max(plane.width, plane.height)))
        self._picture.set_size_request(-1, height)

    def _larger(self) -> int:
        return int(self._config.get_property("scale")) if self._action.enlarges else 1

    def _serve(self, folder: Path) -> None:
        """The thread: the engine is asked for the latest that is wanted."""
        try:
            with Engine() as keeper:
                keeper.take_away(folder)  # for the case that GIMP kills this process
                while wanted := self._wanted.get():
                    number, run = wanted

                    def watch(done: float, text: str, number: int = number) -> None:
                        if number != self._asked:
                            raise _Outdated  # leaving closes the connection, which cancels the run

                    try:
                        watch(0.0, "")
                        with Engine() as engine:
                            result = engine.run(run, watch)
                        GLib.idle_add(self._take, number, result)
                    except _Outdated:
                        pass
                    except (GessoError, OSError) as error:
                        GLib.idle_add(self._say, number, error)
        except (GessoError, OSError) as error:
            GLib.idle_add(self._say, self._asked, error)
        wire.remove_private(folder)

    def _take(self, number: int, result: wire.Result) -> None:
        """Show what came, and what was measured for it."""
        if number != self._asked:
            return
        notes = result.record["notes"]
        measured = [param for param in self._params if param.name in notes and _is_measured(param)]
        found = [f"{plain(_(param.label))}: {notes[param.name]}" for param in measured]
        self._found.set_text(", ".join(found))
        self._told.set_text(" ".join(map(sentence, notes.get("warnings", ()))) or _(HINTS[self._action.preview]))
        self._before, self._after = (self._pixbuf(layer.plane) for layer in result.layers)
        self._spinner.stop()
        self._show(self._after)

    def _say(self, number: int, error: Exception) -> None:
        if number == self._asked:
            self._told.set_text(sentence(error.message if isinstance(error, GessoError) else str(error)))
            self._spinner.stop()
            self._show(self._before)

    def _show(self, picture: GdkPixbuf.Pixbuf | None) -> None:
        if picture:
            self._picture.set_from_pixbuf(picture)

    def _pixbuf(self, plane: wire.Plane) -> GdkPixbuf.Pixbuf:
        """The plane, in the image's color space, as sRGB over grey checks; its file is gone afterwards."""
        layer = self._drawables[0]
        format_ = pixels.with_space(SHOWN, layer)
        box = Box(0, 0, plane.width, plane.height)
        buffer = Gegl.Buffer.new(format_, 0, 0, plane.width, plane.height)
        pixels.write(buffer, plane, 0, 0, format_)
        shown = buffer.get(pixels.rectangle(box), 1.0, SHOWN, Gegl.AbyssPolicy.NONE)
        Path(plane.file).unlink()
        rgb = GdkPixbuf.Colorspace.RGB
        picture = GdkPixbuf.Pixbuf.new_from_bytes(GLib.Bytes.new(shown), rgb, True, 8, *_size(plane), 4 * plane.width)
        return picture.composite_color_simple(*_size(plane), GdkPixbuf.InterpType.NEAREST, 255, *CHECKS)

    def _pressed(self, _widget, event) -> None:
        self._from = event.x, event.y
        self._show(self._before)

    def _released(self, _widget, event) -> None:
        self._show(self._after if self._tick.get_active() else self._before)
        if self._action.preview == "part" and self._read and (event.x, event.y) != self._from:
            plane = self._read[1].planes["image"]
            steps = (self._from[0] - event.x) / self._larger(), (self._from[1] - event.y) / self._larger()
            sizes, seen = (plane.width, plane.height), SIDE / self._larger()
            x, y = (_moved(*one, seen) for one in zip(self._place, steps, sizes, strict=True))
            self._place = x, y
            self._later()


def _size(plane: wire.Plane) -> tuple[int, int]:
    return plane.width, plane.height


def _moved(place: float, step: float, length: int, seen: float) -> float:
    """The middle of the `seen` pixels, as a share of `length`, moved by `step` pixels as far as there is picture."""
    margin = min(0.5, seen / 2 / length)
    return min(max(place + step / length, margin), 1 - margin)


def _is_measured(param: Param) -> bool:
    """Whether a run can choose the value itself, and notes it under this name."""
    return isinstance(param, Choice) or (isinstance(param, Number) and bool(param.auto))
