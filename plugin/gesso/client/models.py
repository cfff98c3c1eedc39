"""Gesso > Models: the procedure `gesso-tools-models`. For scripts it does one thing and says what came of it."""

from gi.repository import Gimp, GLib, GObject

from gesso.client.arguments import add_argument, value_of
from gesso.client.link import Engine
from gesso.client.words import _, sentence
from gesso.contract.errors import GessoError
from gesso.contract.params import Choice, Param, Text

NAME = "gesso-tools-models"
PARAMS: tuple[Param, ...] = (
    Choice(
        "do",
        "_Do",
        "What to do",
        "list",
        (("list", "List"), ("add", "Add"), ("remove", "Remove"), ("verify", "Verify")),
    ),
    Text("file", "_File", "The .onnx file to add, or a folder: that of one, or of Stable Diffusion"),
    Text("use", "_Use it for", "The action that it serves; empty finds out"),
    Text("name", "_Name", "The model to remove"),
)


def create(plug_in: Gimp.PlugIn) -> Gimp.Procedure:
    """The procedure, which has a menu entry and needs no image."""
    procedure = Gimp.Procedure.new(plug_in, NAME, Gimp.PDBProcType.PLUGIN, on_run, None)
    text = _("List, add and remove models, your own and those of others")
    procedure.set_documentation(text, text, None)
    procedure.set_attribution("The gesso authors", "The gesso authors", "2026")
    procedure.set_menu_label(_("_Models..."))
    procedure.add_menu_path("<Image>/Filters/Gesso")
    flags = GObject.ParamFlags.READWRITE
    mode = Gimp.RunMode.NONINTERACTIVE
    procedure.add_enum_argument("run-mode", "Run mode", "Interactive shows the window", Gimp.RunMode, mode, flags)
    for param in PARAMS:
        add_argument(procedure, param)
    procedure.add_string_return_value("report", "Report", "What was done, and the models there are", "", flags)
    return procedure


def on_run(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, data: None) -> Gimp.ValueArray:
    """What GIMP calls: the window where a user is there, else the one thing that is asked for."""
    try:
        if config.get_property("run-mode") == Gimp.RunMode.INTERACTIVE:
            from gesso.client import shelf

            shelf.show()
            report = ""
        else:
            wanted = {param.name: value_of(param, config) for param in PARAMS}
            with Engine() as engine:
                answer = engine.models(**wanted)
            report = "\n".join([answer["text"], *(f"{row['name']} ({row['role']})" for row in answer["rows"])]).strip()
    except GessoError as error:
        message = f"{sentence(error.message)} {sentence(error.advice)}".strip()
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(message))
    answer_values = Gimp.ValueArray.new(2)
    answer_values.append(procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None).index(0))
    answer_values.append(GObject.Value(GObject.TYPE_STRING, report))
    return answer_values
