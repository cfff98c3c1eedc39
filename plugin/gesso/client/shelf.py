"""The window of Gesso > Models: what is installed, and buttons to add, remove and verify. Imported only when shown."""

import threading
from collections.abc import Callable
from typing import Any

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import GimpUi, GLib, Gtk  # noqa: E402

from gesso.client.link import Engine  # noqa: E402
from gesso.client.words import _, sentence  # noqa: E402
from gesso.contract.errors import GessoError  # noqa: E402

NAME, MINE = 0, 4  # columns of the list
LONGEST = 180  # pixels of what is said; a licence is longer


def show() -> None:
    """Until the user closes it."""
    GimpUi.init("gesso.py")
    window = Window()
    window.ask(do="list")
    window.dialog.run()
    window.dialog.destroy()


class Window:
    """The dialog, and the one thing it is waiting for, if any: the engine answers in a thread of its own."""

    def __init__(self) -> None:
        self.uses: list[str] = []
        self.dialog = Gtk.Dialog(title=_("Models"))
        self.dialog.add_button(_("_Close"), Gtk.ResponseType.CLOSE)
        self.dialog.set_default_size(760, 460)
        area = self.dialog.get_content_area()
        area.set_property("margin", 12)
        area.set_spacing(12)
        self.rows = Gtk.ListStore(str, str, str, str, bool)
        self.list = Gtk.TreeView(model=self.rows)
        for number, title in enumerate((_("Model"), _("For"), _("Licence"), _("What it does"))):
            column = Gtk.TreeViewColumn(title, Gtk.CellRendererText(), text=number)
            column.set_resizable(True)
            self.list.append_column(column)
        self.list.get_selection().connect("changed", lambda selection: self.refresh())
        scrolled = Gtk.ScrolledWindow()
        scrolled.add(self.list)
        area.pack_start(scrolled, True, True, 0)
        self.report = Gtk.Label(xalign=0.0, yalign=0.0, wrap=True, selectable=True)
        told = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
        told.set_propagate_natural_height(True)
        told.set_max_content_height(LONGEST)
        told.add(self.report)
        self.spinner = Gtk.Spinner()
        bar = Gtk.Box(spacing=6)
        self.buttons = {
            "add": self.button(bar, _("_Add..."), self.add),
            "remove": self.button(bar, _("_Remove"), lambda: self.ask(do="remove", name=self.selected()[NAME])),
            "verify": self.button(bar, _("_Verify"), lambda: self.ask(do="verify")),
        }
        bar.pack_start(self.spinner, False, False, 0)
        area.pack_start(told, False, False, 0)
        area.pack_start(bar, False, False, 0)
        self.dialog.show_all()

    def button(self, bar: Gtk.Box, label: str, act: Callable[[], None]) -> Gtk.Button:
        made = Gtk.Button(label=label, use_underline=True)
        made.connect("clicked", lambda _button: act())
        bar.pack_start(made, False, False, 0)
        return made

    def selected(self) -> Any:
        """The row that is selected, or None."""
        rows, at = self.list.get_selection().get_selected()
        return rows[at] if at else None

    def refresh(self, busy: bool = False) -> None:
        """Only what the user added can be removed, and nothing while the engine is asked."""
        row = self.selected()
        for name, button in self.buttons.items():
            button.set_sensitive(not busy and (name != "remove" or bool(row and row[MINE])))
        self.spinner.set_property("active", busy)

    def ask(self, **wanted: str) -> None:
        """Have the engine do it; the window stays alive meanwhile."""
        self.refresh(busy=True)
        self.report.set_text(_("Trying the model out ...") if wanted["do"] == "add" else "")

        def work() -> None:
            try:
                with Engine() as engine:
                    answer = engine.models(**wanted)
            except GessoError as error:
                answer = {"text": f"{sentence(error.message)} {sentence(error.advice)}"}
            GLib.idle_add(self.told, answer)

        threading.Thread(target=work, daemon=True).start()

    def told(self, answer: dict[str, Any]) -> None:
        """Show what the engine said."""
        self.report.set_text(answer["text"])
        if "rows" in answer:
            self.uses = answer["uses"]
            self.rows.clear()
            for row in answer["rows"]:
                self.rows.append([row["name"], row["role"], row["licence"], row["summary"], row["mine"]])
        self.refresh()

    def add(self) -> None:
        """Choose a file, and what it is for."""
        chooser = Gtk.FileChooserDialog(
            title=_("Add a Model"), transient_for=self.dialog, action=Gtk.FileChooserAction.OPEN
        )
        chooser.add_buttons(_("_Cancel"), Gtk.ResponseType.CANCEL, _("_Add"), Gtk.ResponseType.OK)
        only = Gtk.FileFilter()
        only.set_name("ONNX, model_index.json")
        only.add_pattern("*.onnx")
        only.add_pattern("model_index.json")  # stands for its folder
        chooser.add_filter(only)
        use = Gtk.ComboBoxText()
        use.append("", _("Find out what it is for"))
        for name in self.uses:
            use.append(name, name)
        use.set_active_id("")
        chooser.set_extra_widget(use)
        use.show()
        chosen = chooser.run() == Gtk.ResponseType.OK
        file, purpose = chooser.get_filename(), use.get_active_id()
        chooser.destroy()
        if chosen and file:
            self.ask(do="add", file=file, use=purpose or "")
