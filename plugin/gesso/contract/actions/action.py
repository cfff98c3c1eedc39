"""What an action is, as data, and the parameters that several of them have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gesso.contract.errors import BadSetting
from gesso.contract.params import Choice, ModelName, Number, Param, Seed, Text, Whole


@dataclass(frozen=True)
class Action:
    """`reads` names the pictures the action takes, in the order of the command line:

    image   the selected layer (or what lies under `top`)
    mask    the selection, which must not be empty
    top     the selected layer, pasted over `image`
    layers  all selected layers, two or more, in one run, from the lowest up; no other picture is then read

    An OtherLayer among `params` is one more picture: chosen in the dialog, an argument of the PDB, a file.

    An action that reads `image` but no `mask` works on the selection where there is one, else on the whole layer.
    `context` and `least` say how far around the selection it must see (see geometry.context_box).
    `enlarges` tells that the result is a larger picture: a new image, or the image scaled. `extends` tells that the
    canvas grows by the settings left, right, top and bottom, whatever is selected.
    `own_model` tells that gesso brings no model for it: the user must have added one.
    `animates` tells that the results are frames, the last first: a new image that has nothing else, or new layers.
    `finds` tells that the mask of the result, found by the action itself, is kept as a channel too.
    `alone` tells that the result has a size of its own: a new image of the same kind, or a layer beside the source.
    `masks` tells that the result is a layer mask: a grey picture, white where the layer is to be seen.
    `colors` tells that the result has colors, whatever the picture had: a grey file becomes RGB.
    `reports` tells that the result is facts: told to the user, kept in the record, JSON on the command line. There is
    a layer besides only where `overlays` tells that the result is to be seen through, over the layer it is about.
    `tables` tells that the change may be the same for all of the picture: the command line writes it as .cube, too.
    `preview` tells what the dialog shows of the result to be: the `whole` picture made smaller, where only colors and
    outlines change; a `part` at full size, where pixels do; nothing.
    """

    menu: str
    name: str
    label: str
    help: str
    reads: tuple[str, ...]
    params: tuple[Param, ...]
    context: float = 0.0
    least: int = 64
    enlarges: bool = False
    own_model: bool = False
    masks: bool = False
    finds: bool = False
    extends: bool = False
    animates: bool = False
    alone: bool = False
    colors: bool = False
    reports: bool = False
    overlays: bool = False
    tables: bool = False
    preview: Literal["", "whole", "part"] = ""

    @property
    def title(self) -> str:
        return f"{self.menu} {self.name}"

    @property
    def procedure(self) -> str:
        return f"gesso-{self.menu}-{self.name}"

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """All settings, checked, defaults filled in, keyed by parameter name. Raises BadSetting."""
        known = {param.name for param in self.params}
        if unknown := sorted(set(values) - known):
            raise BadSetting(
                f"{self.title} has no setting {', '.join(unknown)}.", f"It has: {', '.join(sorted(known)) or 'none'}."
            )
        return {param.name: param.check(values.get(param.name, param.default)) for param in self.params}


SIDES = ("left", "right", "top", "bottom")  # the settings of an action that extends, in pixels
SEED = Seed("seed", "S_eed", "The same seed gives the same picture; -1 draws a new one")
STRENGTH = Number("strength", "Stren_gth", "How much of the change to apply, in percent", 100.0, 0.0, 100.0, 0)
CANDIDATES = Whole("candidates", "Ca_ndidates", "How many different pictures to choose from", 1, 1, 16)
NEGATIVE = Text("negative", "Negati_ve words", "What is not wanted")
PAINTING = (
    Whole("steps", "Ste_ps", "How many steps to paint in; 0 takes the model's usual number", 0, 0, 150),
    Number(
        "guidance",
        "Guid_ance",
        "How much to exaggerate the words; up to 1 not at all, 0 takes the model's usual scale",
        0.0,
        0.0,
        30.0,
    ),
    Choice(
        "sampler",
        "Sampling met_hod",
        "How the picture is got out of the noise",
        "auto",
        (
            ("auto", "The model's own"),
            ("euler", "Euler"),
            ("euler-ancestral", "Euler ancestral"),
            ("ddim", "DDIM"),
            ("dpmpp-2m", "DPM++ 2M"),
            ("dpmpp-2m-karras", "DPM++ 2M Karras"),
            ("lcm", "LCM"),
        ),
    ),
    SEED,
)  # what every painting by a Stable Diffusion model can be told
GUIDANCE = Number("guidance", "_Guidance", "How closely to follow the words", 2.0, 0.0, 6.0)
PAINTER = ModelName(
    "painter",
    "P_ainter",
    "Which model paints the detail: gan in one step, as auto does, or flow in twelve",
    role="flow",
)


def model(role: str) -> ModelName:
    """The parameter that chooses a model whose role begins with `role`."""
    return ModelName(
        "model", "_Model", "Which installed model to use; auto takes gesso's own, or else the first", role=role
    )
