"""A look at the result in an action's dialog, made anew by the engine whenever a setting changes.

Pixels are read once, in GIMP's thread; a thread of its own asks the engine and drops what has become out of date.
"""

import shutil
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from gi.repository import Gdk, GdkPixbuf, Gimp, GLib, Gtk

from gesso.client import pixels, sources
from gesso.client.arguments import value_of
from gesso.client.link import Engine
from gesso.client.run import checked, size_of
from gesso.client.words import _, plain, sentence
from gesso.contract import wire
from gesso.contract.actions import Action
from gesso.contract.errors import GessoError
from gesso.contract.geometry import Box
from gesso.contract.params import Choice, Number, Param

SIDE = 320  # pixels
PATIENCE = 150  # milliseconds without a change, before the engine is asked
CHECKS = (8, 0xFF999999, 0xFF666666)  # size and two greys, as GIMP shows what is transparent
LINES = 2  # of text that there is room for
HINTS = {
    "whole": "Press on the picture to see it as it is now.",
    "part": "Press to see it as it is now, drag to move. A double click shows all of it, to choose from.",
    "choose": "Click where to look.",
}


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
        self._stale = False  # the image may have changed since
        self._asked = 0  # number of the latest change: what was asked for before is not shown any more
        self._place, self._from = (0.5, 0.5), (0.0, 0.0)
        self._held = self._choosing = False  # the mouse's button; all of the layer is shown, to choose a part of
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

    def watch(self, dialog: Gtk.Window) -> None:
        """Look again when the user comes back to the dialog: the image may have changed meanwhile."""
        dialog.connect("focus-out-event", self._left)
        dialog.connect("focus-in-event", self._came_back)

    def _left(self, *_event) -> bool:
        self._stale = True
        return False

    def _came_back(self, *_event) -> bool:
        if self._stale:
            self._later()
        return False

    def _build(self) -> None:
        self._tick = Gtk.CheckButton(label=_("_Preview"), use_underline=True, active=True)
        self._tick.connect("toggled", self._later)
        self._picture, self._found = Gtk.Image(), Gtk.Label()
        self._told = Gtk.Label(wrap=True, max_width_chars=48, width_chars=48, yalign=0.0)
        self._told.set_text("\n".join("X" * LINES))
        self._told.show()  # what is not shown has no height
        self._told.set_size_request(-1, self._told.get_preferred_height()[1])
        self._told.set_text(_(HINTS[self._action.preview]))
        line = Gtk.Box(spacing=6)
        line.pack_start(self._tick, False, False, 0)
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
            self._found.set_text("")
            self._show()
            return False
        settings = {param.name: value_of(param, self._config) for param in self._params}
        output = settings.pop("output", "new-layer")
        try:
            settings, others = checked(self._action, settings)
            source = self._source(others, output)
        except (GessoError, OSError) as error:
            self._say(self._asked, error)
            return False
        self._found.set_text(_("Working..."))
        view = wire.View(SIDE, *self._place)
        run = wire.Run(self._action.title, settings, source.planes, str(self._folder), view=view)
        self._wanted.put((self._asked, run))
        return False

    def _source(self, others: dict[str, Gimp.Layer], output: str) -> sources.Source:
        """The pixels of the run, or of the first of several; read once, or anew when they are others."""
        key = (others, output)
        if self._read is None or self._read[0] != key or self._stale:
            layers = sources.check(self._action, self._image, self._drawables, output)
            if self._folder is None:
                self._folder = wire.private_folder(4 * size_of([*layers, *others.values()]))
                threading.Thread(target=self._serve, args=(self._folder,), daemon=True).start()
            first, folder = layers if "top" in self._action.reads else layers[:1], self._folder / str(self._asked)
            folder.mkdir()  # a new one: a run that is still under way reads what was read before
            source = sources.read(self._action, self._image, first, others, output, folder)[0]
            if self._read:
                shutil.rmtree(Path(self._read[1].planes["image"].file).parent, ignore_errors=True)
            self._read, self._stale = (key, source), False
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
        found = [text for param in self._params if (text := _measured(param, notes.get(param.name)))]
        self._found.set_text(", ".join(found))
        self._told.set_text(" ".join(map(sentence, notes.get("warnings", ()))) or _(HINTS[self._action.preview]))
        self._before, self._after = (self._pixbuf(layer.plane) for layer in result.layers)
        self._show()

    def _say(self, number: int, error: Exception) -> None:
        if number != self._asked:
            return
        texts = (error.message, error.advice) if isinstance(error, GessoError) else (str(error),)
        self._told.set_text(" ".join(map(sentence, texts)))
        self._found.set_text("")
        self._after = self._before
        self._show()

    def _show(self) -> None:
        picture = self._after if self._tick.get_active() and not self._held else self._before
        if picture and not self._choosing:
            self._picture.set_from_pixbuf(picture)

    def _pixbuf(self, plane: wire.Plane) -> GdkPixbuf.Pixbuf:
        """The plane, in the image's color space, as sRGB over grey checks; its file is gone afterwards."""
        shown = pixels.shown(plane, self._drawables[0])
        Path(plane.file).unlink()
        rgb = GdkPixbuf.Colorspace.RGB
        picture = GdkPixbuf.Pixbuf.new_from_bytes(GLib.Bytes.new(shown), rgb, True, 8, *_size(plane), 4 * plane.width)
        return picture.composite_color_simple(*_size(plane), GdkPixbuf.InterpType.NEAREST, 255, *CHECKS)

    def _pressed(self, _widget, event) -> None:
        if event.type == Gdk.EventType.DOUBLE_BUTTON_PRESS and self._action.preview == "part":
            self._choosing = True
            all_of_it = self._drawables[0].get_thumbnail(SIDE, SIDE, Gimp.PixbufTransparency.SMALL_CHECKS)
            self._picture.set_from_pixbuf(all_of_it)
            self._told.set_text(_(HINTS["choose"]))
        elif self._choosing:
            self._choose(event.x, event.y)
        self._from, self._held = (event.x, event.y), True
        self._show()

    def _choose(self, x: float, y: float) -> None:
        """Look at the part whose middle is there, in the picture of all of the layer."""
        shown, self._choosing = self._picture.get_pixbuf(), False
        if self._read:
            all_of_it, read = pixels.bounds(self._drawables[0]), self._read[1].box
            x = all_of_it.x + x / shown.get_width() * all_of_it.width
            y = all_of_it.y + (y - self._margin(shown)) / shown.get_height() * all_of_it.height
            self._look_at((x - read.x) / read.width, (y - read.y) / read.height, read)

    def _margin(self, shown: GdkPixbuf.Pixbuf) -> float:
        """What there is above a picture that is less high than its place."""
        return max(0.0, (self._picture.get_allocated_height() - shown.get_height()) / 2)

    def _released(self, _widget, event) -> None:
        self._held = False
        self._show()
        if self._choosing:
            return
        if self._action.preview == "part" and self._read and (event.x, event.y) != self._from:
            read, (x, y) = self._read[1].box, self._place
            x += (self._from[0] - event.x) / self._larger() / read.width
            y += (self._from[1] - event.y) / self._larger() / read.height
            self._look_at(x, y, read)

    def _look_at(self, x: float, y: float, read: Box) -> None:
        """Show the part with its middle there, in shares of what was read, as far as there is picture around it."""
        seen = SIDE / self._larger()
        self._place = _within(x, seen / read.width), _within(y, seen / read.height)
        self._later()


def _size(plane: wire.Plane) -> tuple[int, int]:
    return plane.width, plane.height


def _within(middle: float, length: float) -> float:
    """`middle`, moved so that the `length` around it lies in 0..1, or is in the middle of that."""
    margin = min(0.5, length / 2)
    return min(max(middle, margin), 1 - margin)


def _measured(param: Param, value: Any) -> str:
    """What a run noted that it chose by itself; "" where that is nothing."""
    if isinstance(param, Choice):
        value = next((plain(_(label)) for name, label in param.options if name == value), None)
    elif not (isinstance(param, Number) and param.auto):
        value = None
    return f"{plain(_(param.label))}: {value}" if value else ""
