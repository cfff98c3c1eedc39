"""From PyTorch to ONNX and back.

The initialisers of a file carry the names of the torch parameters, so `load_weights` can read them
back and a training can start from any shipped model. They are stored as fp16 and cast to fp32 in the
graph: half the size, and onnxruntime folds the casts when it loads the file.
"""

import copy
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from gesso.engine.session import new_session
from onnx import TensorProto, helper, numpy_helper
from torch import nn

OPSET = 17


def export_model(
    model: nn.Module,
    examples: dict[str, torch.Tensor],
    outputs: list[str],
    path: Path,
    dynamic: dict[str, dict[int, str]],
    tolerance: float = 2e-3,
    odd_sizes: Sequence[dict[str, torch.Tensor]] = (),
) -> float:
    """Write `model` to `path`, provided that onnxruntime gives the same numbers as torch.

    examples: one input tensor a name, in the order of `forward`. outputs: names, in the order of the result.
    dynamic: free axes by input or output name, {"image": {2: "height", 3: "width"}}.
    odd_sizes: more inputs to compare on, so that no size of the example is baked in.
    Returns the largest absolute difference; raises ValueError, and writes nothing, where it exceeds `tolerance`
    or where the weights could not be read back.
    """
    model = copy.deepcopy(model).cpu().float().eval()
    proto = trace(model, examples, outputs, dynamic)
    halve_storage(proto)

    def measure(file: Path) -> float:
        load_weights(copy.deepcopy(model), file)
        return max(difference(model, file, inputs) for inputs in (examples, *odd_sizes))

    return save_checked(proto, path, measure, tolerance)


def save_checked(proto: onnx.ModelProto, path: Path, measure: Callable[[Path], float], tolerance: float) -> float:
    """Write `proto` to `path` and return what `measure` finds, how far its file is from torch.

    Raises ValueError, and writes nothing, where that exceeds `tolerance`.
    """
    onnx.checker.check_model(proto, full_check=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        file = Path(folder) / path.name
        onnx.save(proto, file)
        error = measure(file)
        if not error <= tolerance:  # also refuses NaN
            raise ValueError(f"{path.name}: onnxruntime differs from torch by {error:.2g}, allowed are {tolerance:.2g}")
        os.replace(file, path)
    return error


def trace(
    model: nn.Module, examples: dict[str, torch.Tensor], outputs: list[str], dynamic: dict[str, dict[int, str]]
) -> onnx.ModelProto:
    """The graph of `model`, every parameter an initialiser of its own name."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        file = Path(folder) / "graph.onnx"
        warnings.simplefilter("ignore", DeprecationWarning)  # the older exporter is the one that keeps the names
        torch.onnx.export(
            model,
            tuple(examples.values()),
            file,
            input_names=list(examples),
            output_names=outputs,
            dynamic_axes=dynamic,
            opset_version=OPSET,
            do_constant_folding=False,
            keep_initializers_as_inputs=True,  # else equal parameters become one, and names are lost
            dynamo=False,
        )
        proto = onnx.load(file)
    inputs = [port for port in proto.graph.input if port.name in examples]
    del proto.graph.input[:]
    proto.graph.input.extend(inputs)
    return proto


def halve_storage(proto: onnx.ModelProto) -> None:
    """Store every fp32 initialiser of two or more dimensions as fp16, with a Cast behind it. In place.

    Vectors (biases) stay as they are: they weigh nothing, and ranges differ most there.
    """
    casts = []
    renamed = {}
    for tensor in proto.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) < 2:
            continue
        values = numpy_helper.to_array(tensor)
        if np.abs(values).max(initial=0) > np.finfo(np.float16).max:
            raise ValueError(f"{tensor.name}: values up to {np.abs(values).max():.3g} do not fit into fp16")
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), tensor.name))
        renamed[tensor.name] = f"{tensor.name}/fp32"
        casts.append(helper.make_node("Cast", [tensor.name], [renamed[tensor.name]], to=TensorProto.FLOAT))
    for node in proto.graph.node:
        for position, name in enumerate(node.input):
            node.input[position] = renamed.get(name, name)
    nodes = [*casts, *proto.graph.node]
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)


def load_weights(model: nn.Module, path: Path) -> None:
    """Fill `model` with the initialisers of the ONNX file `path`, by name.

    Raises ValueError that names what is missing or has another shape; initialisers the model lacks are left out.
    """
    stored = dict(_weights(onnx.load(path)))
    wanted = {name: value for name, value in model.state_dict().items() if value.is_floating_point()}
    problems = [f"{name} is missing" for name in wanted if name not in stored]
    problems += [
        f"{name} is {_shape(stored[name].shape)}, not {_shape(value.shape)}"
        for name, value in wanted.items()
        if name in stored and stored[name].shape != tuple(value.shape)
    ]
    if problems:
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise ValueError(f"{path.name} does not fit {type(model).__name__}: {'; '.join(problems[:5])}{more}")
    with torch.no_grad():
        for name, value in wanted.items():
            value.copy_(torch.from_numpy(stored[name]))


def difference(model: nn.Module, file: Path, inputs: Mapping[str, torch.Tensor]) -> float:
    """Largest absolute difference between torch and onnxruntime on `inputs`, over all outputs; NaN where one has it."""
    with torch.no_grad():
        expected = model(*inputs.values())
    expected = [expected] if isinstance(expected, torch.Tensor) else list(expected)
    got = new_session(str(file)).run(None, {name: value.numpy() for name, value in inputs.items()})
    return max(float(np.abs(g - e.numpy()).max()) for g, e in zip(got, expected, strict=True))


def _weights(proto: onnx.ModelProto) -> Iterator[tuple[str, np.ndarray]]:
    for tensor in proto.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype.kind == "f":
            yield tensor.name, values.astype(np.float32)


def _shape(dims: Sequence[int]) -> str:
    return "x".join(str(d) for d in dims) or "a number"
