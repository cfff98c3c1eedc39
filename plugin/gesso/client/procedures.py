"""Action -> Gimp.ImageProcedure: its name, menu entry and arguments, and what GIMP calls."""

import json
import sys
import traceback
from dataclasses import replace

from gi.repository import Gimp, GLib, GObject

from gesso.client import models
from gesso.client.arguments import add_argument, value_of
from gesso.client.run import check_model, run
from gesso.client.words import _, sentence
from gesso.contract.actions import ACTIONS, Action
from gesso.contract.errors import GessoError
from gesso.contract.params import Choice, Param

ACTIONS_BY_PROCEDURE = {action.procedure: action for action in ACTIONS}
MENUS = {
    "generate": "_Generate",
    "inpaint": "_Inpaint",
    "enhance": "_Enhance",
    "blend": "_Blend",
    "convert": "_Convert",
    "assess": "_Assess",
}
OUTPUT = Choice(
    "output",
    "Res_ult",
    "Where the result goes",
    "new-layer",
    (("new-layer", "New layer"), ("in-place", "Change the layer"), ("new-image", "New image")),
)


def output_of(action: Action) -> Choice:
    """Where this action's result can go. A larger picture, an animation and what stands alone are a new image at first.

    What no layer was read for, what lies beyond its borders, stands alone or is seen through cannot go into it.
    """
    options = OUTPUT.options
    if "image" not in action.reads or action.extends or action.alone or action.overlays:
        options = tuple(option for option in options if option[0] != "in-place")
    apart = action.animates or action.enlarges or action.alone
    return replace(OUTPUT, options=options, default="new-image" if apart else OUTPUT.default)


def params_of(action: Action) -> tuple[Param, ...]:
    """The action's own, and where the result goes if there is one besides the facts."""
    return action.params if action.reports and not action.overlays else (*action.params, output_of(action))


def names() -> list[str]:
    """Every procedure that the plug-in offers."""
    return [*ACTIONS_BY_PROCEDURE, models.NAME]


def create(plug_in: Gimp.PlugIn, name: str) -> Gimp.Procedure:
    """The procedure of that name, with its menu entry, arguments and return values."""
    if name == models.NAME:
        return models.create(plug_in)
    action = ACTIONS_BY_PROCEDURE[name]
    procedure = Gimp.ImageProcedure.new(plug_in, name, Gimp.PDBProcType.PLUGIN, on_run, action)
    procedure.set_image_types("RGB*, GRAY*" if action.reads else "*")
    procedure.set_sensitivity_mask(sensitivity(action))
    procedure.set_documentation(_(action.help), _(action.help), None)
    procedure.set_attribution("The gesso authors", "The gesso authors", "2026")
    procedure.set_menu_label(_(action.label))
    procedure.add_menu_path(f"<Image>/Filters/Gesso/{_(MENUS[action.menu])}")
    for param in params_of(action):
        add_argument(procedure, param)
    flags = GObject.ParamFlags.READWRITE
    procedure.add_image_return_value("result-image", "Result image", "The image that has the result", True, flags)
    procedure.add_string_return_value("record", "Record", "What repeats the run, as JSON, one per layer", "", flags)
    return procedure


def sensitivity(action: Action) -> Gimp.ProcedureSensitivityMask:
    """When the menu entry can be chosen: with a layer or several selected, or, where nothing is read, always."""
    mask = Gimp.ProcedureSensitivityMask
    return mask.DRAWABLE | mask.DRAWABLES if action.reads else mask.ALWAYS


def on_run(procedure, run_mode, image, drawables, config, action: Action) -> Gimp.ValueArray:
    """What GIMP calls: ask where a user is there, run, and answer with the image, the records, or why it failed."""
    params, layers = params_of(action), list(drawables or [])
    try:
        if run_mode == Gimp.RunMode.INTERACTIVE:
            from gesso.client import dialog

            check_model(action)
            wanted, layers = dialog.ask(action, params, procedure, config, image, layers)
            if not wanted:
                return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
        settings = {param.name: value_of(param, config) for param in params}
        target, records = run(action, image, layers, settings, settings.pop("output", OUTPUT.default))
    except GessoError as error:
        return failed(procedure, f"{sentence(error.message)} {sentence(error.advice)}".strip())
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        return failed(procedure, _("Something went wrong inside gesso: {error}").format(error=repr(error)))
    if target != image and run_mode != Gimp.RunMode.NONINTERACTIVE:
        Gimp.Display.new(target)
    values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
    answer = Gimp.ValueArray.new(3)
    answer.append(values.index(0))
    answer.append(GObject.Value(Gimp.Image, target))
    answer.append(GObject.Value(GObject.TYPE_STRING, json.dumps(records)))
    return answer


def failed(procedure: Gimp.Procedure, message: str) -> Gimp.ValueArray:
    """The answer of a run that failed: GIMP shows the message, and scripts get it as the last error."""
    return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(message))
