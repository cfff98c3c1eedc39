"""A parameter -> an argument of a procedure."""

from typing import Any

from gi.repository import Gimp, GObject

from gesso.client.words import _
from gesso.contract.params import Choice, Number, OtherLayer, Param, Text, Toggle, Whole


def add_argument(procedure: Gimp.Procedure, param: Param) -> None:
    """Declare the parameter to the PDB, with its default, range, label and help in the user's language."""
    common = (param.name, _(param.label), _(param.help))
    flags = GObject.ParamFlags.READWRITE
    if isinstance(param, Whole):
        procedure.add_int_argument(*common, param.low, param.high, param.default, flags)
    elif isinstance(param, Number):
        procedure.add_double_argument(*common, param.low, param.high, param.default, flags)
    elif isinstance(param, Toggle):
        procedure.add_boolean_argument(*common, param.default, flags)
    elif isinstance(param, Choice):
        choice = Gimp.Choice.new()
        for number, (value, label) in enumerate(param.options):
            choice.add(value, number, _(label), "")
        procedure.add_choice_argument(*common, choice, param.default, flags)
    elif isinstance(param, OtherLayer):
        procedure.add_layer_argument(*common, True, flags)
    elif isinstance(param, Text):
        procedure.add_string_argument(*common, param.default, flags)


def value_of(param: Param, config: Gimp.ProcedureConfig) -> Any:
    """What was chosen; GIMP has None for an empty text."""
    value = config.get_property(param.name)
    return "" if value is None and isinstance(param, Text) and not isinstance(param, OtherLayer) else value
