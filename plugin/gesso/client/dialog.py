"""Action -> GIMP's own ProcedureDialog. Imported only when a window is shown."""

import threading

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import GimpUi, GLib, GObject, Gtk  # noqa: E402

from gesso.client.link import Engine  # noqa: E402
from gesso.client.words import _  # noqa: E402
from gesso.contract.actions import Action  # noqa: E402
from gesso.contract.errors import GessoError  # noqa: E402
from gesso.contract.params import ModelName, Number, Param, Seed, Whole  # noqa: E402


def ask(action: Action, params: tuple[Param, ...], procedure, config) -> bool:
    """Show the dialog; True when the user wants the run. The engine starts meanwhile."""
    GimpUi.init("gesso.py")
    dialog = GimpUi.ProcedureDialog.new(procedure, config, _(action.label).replace("_", "").rstrip(".…"))
    for param in params:
        _shape(dialog, param)
    named = [param.name for param in params if not isinstance(param, ModelName)]
    dialog.fill(named)
    for param in params:
        if isinstance(param, ModelName):
            dialog.get_content_area().pack_start(_model_row(param, config), False, False, 0)
    wanted = dialog.run()
    dialog.destroy()
    return wanted


def _shape(dialog: GimpUi.ProcedureDialog, param: Param) -> None:
    """Where GIMP's usual widget for the kind of parameter is not the best one."""
    if isinstance(param, Number):
        dialog.get_scale_entry(param.name, 1.0)
    elif isinstance(param, Whole) and not isinstance(param, Seed):
        dialog.get_widget(param.name, GimpUi.SpinScale.__gtype__)


def _model_row(param: ModelName, config) -> Gtk.Box:
    """A list of the installed models, filled in as soon as the engine answers."""
    row = Gtk.Box(spacing=12)
    label = Gtk.Label(label=_(param.label), use_underline=True)
    names = Gtk.ComboBoxText(tooltip_text=_(param.help))
    label.set_mnemonic_widget(names)
    row.pack_start(label, False, False, 0)
    row.pack_start(names, True, True, 0)
    row.show_all()
    _fill(names, ["auto"])
    config.bind_property(
        param.name, names, "active-id", GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE
    )

    def look() -> None:
        try:
            with Engine() as engine:
                models = engine.hello()["models"]
        except GessoError:
            return  # the run will say it
        GLib.idle_add(_fill, names, models)

    threading.Thread(target=look, daemon=True).start()
    return row


def _fill(names: Gtk.ComboBoxText, models: list[str]) -> None:
    for model in models:
        names.append(model, model)
