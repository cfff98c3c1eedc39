"""Action -> GIMP's own ProcedureDialog. Imported only when a window is shown."""

import threading

import gi

gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, GimpUi, GLib, GObject, Gtk  # noqa: E402

from gesso.client.link import Engine  # noqa: E402
from gesso.client.locks import all_layers  # noqa: E402
from gesso.client.preview import Preview  # noqa: E402
from gesso.client.words import _, plain  # noqa: E402
from gesso.contract.actions import Action  # noqa: E402
from gesso.contract.errors import GessoError  # noqa: E402
from gesso.contract.params import ModelName, Number, OtherLayer, Param  # noqa: E402

THUMBNAIL = 40  # pixels


def ask(action: Action, params: tuple[Param, ...], procedure, config, image, drawables: list):
    """Show the dialog: (whether the user wants the run, the layers to run on). The engine starts meanwhile."""
    for param in params:
        if isinstance(param, OtherLayer) and param.over:
            last = config.get_property(param.name)
            if last is not None and last.get_image() != image:
                config.set_property(param.name, None)
        elif isinstance(param, OtherLayer) and not param.optional and config.get_property(param.name) is None:
            free = [layer for layer in image.get_layers() if layer not in drawables and not layer.is_group_layer()]
            free.sort(key=lambda layer: layer.get_parasite("gesso") is not None)  # results of gesso's come last
            config.set_property(param.name, free[0] if free else None)
    GimpUi.init("gesso.py")
    dialog = GimpUi.ProcedureDialog.new(procedure, config, plain(_(action.label)))
    for param in params:
        if isinstance(param, Number):
            dialog.get_scale_entry(param.name, 1.0).set_digits(param.digits)
            if param.auto:
                dialog.set_sensitive(param.name, True, config, param.auto, True)
    own = [param for param in params if not isinstance(param, ModelName)]
    if own:  # of no names GIMP makes a row for every setting
        dialog.fill([param.name for param in own])
    shown = {param: dialog.get_widget(param.name, GObject.TYPE_NONE) for param in own}
    labels = [widget.get_label() for widget in shown.values() if isinstance(widget, GimpUi.Labeled)]
    for param in params:
        if isinstance(param, ModelName):
            row = _model_row(param, config, labels)
            if own:
                _add_above(shown[params[-1]], row)
            else:
                row.set_border_width(12)
                dialog.get_content_area().pack_start(row, False, False, 0)
        if isinstance(param, OtherLayer):
            below = next(widget for one, widget in shown.items() if params.index(one) > params.index(param))
            _add_above(below, _chosen_row(param, config))
    ticks = {}
    if "layers" in action.reads:
        ticks = {layer: Gtk.CheckButton(active=layer in drawables) for layer in all_layers(image)}
        area = dialog.get_content_area()
        area.pack_start(_layer_list(ticks), True, True, 0)
        area.reorder_child(area.get_children()[-1], 0)
    preview = Preview(action, params, config, image, drawables) if action.preview and drawables else None
    if preview:
        dialog.get_content_area().pack_start(preview, False, False, 0)
        dialog.get_content_area().reorder_child(preview, 0)
        preview.watch(dialog)
    wanted = dialog.run()
    if preview:
        preview.close()
    chosen = [layer for layer, tick in ticks.items() if tick.get_active()] if ticks else drawables
    dialog.destroy()
    return wanted, chosen


def _layer_list(ticks: dict[Gimp.Layer, Gtk.CheckButton]) -> Gtk.Widget:
    """All layers with a small picture each, to tick; as they lie in GIMP's own list."""
    rows = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2)
    for layer, tick in ticks.items():
        tick.add(_layer_line(layer))
        rows.pack_start(tick, False, False, 0)
    view = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER, border_width=12)
    view.set_propagate_natural_height(True)
    view.set_max_content_height(8 * THUMBNAIL)
    view.add(rows)
    view.show_all()
    return view


def _layer_line(layer: Gimp.Layer) -> Gtk.Box:
    line = Gtk.Box(spacing=6)
    picture = layer.get_thumbnail(THUMBNAIL, THUMBNAIL, Gimp.PixbufTransparency.SMALL_CHECKS)
    line.pack_start(Gtk.Image.new_from_pixbuf(picture), False, False, 0)
    line.pack_start(Gtk.Label(label=layer.get_name(), xalign=0.0), True, True, 0)
    return line


def _chosen_row(param: OtherLayer, config) -> Gtk.Box:
    """The layer that is chosen: GIMP's own button does not show the one it starts with (seen in 3.0.4 and 3.2.6)."""
    row = Gtk.Box()

    def show(*_changed) -> None:
        for child in row.get_children():
            row.remove(child)
        if layer := config.get_property(param.name):
            row.add(_layer_line(layer))
        row.show_all()

    config.connect(f"notify::{param.name}", show)
    show()
    return row


def _add_above(neighbour: Gtk.Widget, row: Gtk.Widget) -> None:
    box = neighbour.get_parent()
    box.pack_start(row, False, False, 0)
    box.reorder_child(row, box.child_get_property(neighbour, "position"))


def _model_row(param: ModelName, config, labels: list[Gtk.Label]) -> Gtk.Box:
    """A list of the installed models, filled in as soon as the engine answers. `labels`: the column to stand in."""
    row = Gtk.Box(spacing=6)
    label = Gtk.Label(label=_(param.label), use_underline=True, xalign=0.0)
    row.columns = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)  # kept alive by the row
    for one in (label, *labels):
        row.columns.add_widget(one)
    names = Gtk.ComboBoxText(tooltip_text=_(param.help))
    label.set_mnemonic_widget(names)
    row.pack_start(label, False, False, 0)
    row.pack_start(names, True, True, 0)
    row.show_all()
    names.append("auto", "auto")
    config.bind_property(
        param.name, names, "active-id", GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE
    )

    def look() -> None:
        try:
            with Engine() as engine:
                models = engine.hello()["models"]
        except GessoError:
            return  # the run will say it
        own = [name for name, role in models.items() if role.startswith(param.role)]
        GLib.idle_add(_fill, names, own, config.get_property(param.name))

    threading.Thread(target=look, daemon=True).start()
    return row


def _fill(names: Gtk.ComboBoxText, models: list[str], chosen: str) -> None:
    for model in models:
        names.append(model, model)
    names.set_active_id(chosen)  # the model of the last run could not be shown until now
