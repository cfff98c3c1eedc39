"""Networks in 8-bit integers: trained to bear the rounding, and written with it.

A convolution takes its input, which a ReLU has made positive, in 255 equal steps, and its weights in 63 on either side
of zero: one bit less than there is, so that no processor's 16-bit sums overflow (the first and last layer stay as they
are). While training, numbers are rounded and gradients pass as if they were not; the size of a step is learned, too
(Esser et al. 2020, "Learned step size quantization", arXiv 1902.08153).
"""

import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn
from torch.nn import functional as F

from export.to_onnx import difference, halve_storage, save_checked, trace

STEPS, WEIGHTS = 255, 63  # steps of an input, and of a weight on either side of zero
TOLERANCE = 0.02  # as far as onnxruntime's result may be from torch's


def rounded(x: torch.Tensor) -> torch.Tensor:
    """To whole numbers, with the gradient of x."""
    return x + (x.round() - x).detach()


class Coarse(nn.Conv2d):
    """A convolution that sees its input in steps that reach as far as the first input. whole: its weights are, too."""

    def __init__(self, layer: nn.Conv2d, whole: bool):
        super().__init__(layer.in_channels, layer.out_channels, layer.kernel_size, padding=layer.padding)  # type: ignore[arg-type]
        self.load_state_dict(layer.state_dict())
        self.whole = whole
        self.log_step = nn.Parameter(torch.tensor(torch.nan))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.log_step.isnan():
            self.log_step.data = x.detach().amax().div(STEPS).log()
        step = self.log_step.exp()
        return F.conv2d(rounded((x / step).clamp(0, STEPS)) * step, self.stepped(), self.bias, padding=self.padding)

    def stepped(self) -> torch.Tensor:
        """The weights as they are used."""
        return rounded(self.weight / self.scale()) * self.scale() if self.whole else self.weight

    def scale(self) -> torch.Tensor:
        """The step of the weights of each output."""
        return self.weight.detach().abs().amax((1, 2, 3), keepdim=True) / WEIGHTS


def save_int8(
    model: nn.Module, plain: nn.Module, examples: Sequence[torch.Tensor], path: Path, dynamic: dict[str, dict[int, str]]
) -> float:
    """Write a coarsened `model`, image -> result, to `path`, in integers where it has steps; see `export_model`.

    plain: the same network before it was coarsened; its weights do not matter. examples: images to compare on. A number
    that lies between two steps may be rounded to either, so TOLERANCE is that of steps.
    """
    model = copy.deepcopy(model).cpu().float().eval()
    plain.load_state_dict({name: value for name, value in model.state_dict().items() if "log_step" not in name})
    proto = trace(plain.eval(), {"image": examples[0]}, ["result"], dynamic)
    for name, layer in model.named_modules():
        if isinstance(layer, Coarse):
            put_steps(proto.graph, name, layer)
    halve_storage(proto)
    return save_checked(
        proto, path, lambda file: max(difference(model, file, {"image": image}) for image in examples), TOLERANCE
    )


def put_steps(graph: onnx.GraphProto, name: str, layer: Coarse) -> None:
    """Round what the convolution `name` of `graph` is given, and hold its weights as integers. In place."""
    place, node = next((i, node) for i, node in enumerate(graph.node) if f"{name}.weight" in node.input)
    step = layer.log_step.exp().detach().numpy()
    zero, size, counted = (f"{name}.{part}" for part in ("zero", "step", "counted"))
    graph.initializer.extend(
        [numpy_helper.from_array(np.array(0, np.uint8), zero), numpy_helper.from_array(step, size)]
    )
    new = [
        helper.make_node("QuantizeLinear", [node.input[0], size, zero], [counted]),
        helper.make_node("DequantizeLinear", [counted, size, zero], [f"{name}.rounded"]),
    ]
    node.input[0] = f"{name}.rounded"
    if layer.whole:
        scale = layer.scale().flatten().numpy()
        for number, (part, kind, scales) in enumerate(
            (("weight", np.int8, scale), ("bias", np.int32, scale * step)), 1
        ):
            value = getattr(layer, part).detach().numpy()
            whole = np.rint(value / scales.reshape(-1, *[1] * (value.ndim - 1))).astype(kind)
            old = next(tensor for tensor in graph.initializer if tensor.name == f"{name}.{part}")
            old.CopyFrom(numpy_helper.from_array(whole, old.name))
            graph.initializer.append(numpy_helper.from_array(scales, f"{old.name}.step"))
            new.append(
                helper.make_node("DequantizeLinear", [old.name, f"{old.name}.step"], [f"{old.name}.real"], axis=0)
            )
            node.input[number] = f"{old.name}.real"
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes[:place], *new, *nodes[place:]])
