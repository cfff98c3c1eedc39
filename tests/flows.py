"""Small flow nets with random weights and their cards, for tests."""

from pathlib import Path

import torch
from torch import nn

from export.card import write_card
from export.flow import GRAPH_AXES, PORTS, Flow, example
from export.to_onnx import export_model


def small_flow(words: int, wrap: bool, patch: int = 2) -> Flow:
    """Every layer random: a fresh net's last layers are zero, which would hide mistakes."""
    torch.manual_seed(0)
    net = Flow(words, patch, (8, 8, 8), wrap, code=8)
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.1)
    return net.eval()


def save_flow(folder: Path, role: str, words: list[str], wrap: bool, tile: int = 512, **facts) -> Flow:
    """`folder`/`role`.onnx and its card; `facts` are more sections of the card."""
    net = small_flow(len(words), wrap)
    path = folder / f"{role}.onnx"
    export_model(net, example(net, 16, 24), ["velocity"], path, GRAPH_AXES, tolerance=0.02)
    model = {"role": role, "licence": "CC0-1.0", "summary": "A test", "default": True, "multiple": net.multiple}
    write_card(path, words=words, model={**model, "tile": tile, "halo": 64}, **PORTS, **facts)
    return net
