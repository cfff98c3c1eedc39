"""From training to a shipped file and back; every training script runs two steps on pictures made here."""

import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch
from gesso.contract.errors import ModelError
from torch import nn

import export.convert.evaluate
import export.judge.train
import export.repair.train
import export.restore.train
import export.upscale.coarsen
import export.upscale.train
from export.card import write_card
from export.data import Picture, crops, dead_leaves, load_pictures, split
from export.evaluate import bicubic, compare, interval, psnr, psnr_y, reduce, ssim
from export.int8 import save_int8
from export.judge.model import Judge
from export.repair.model import Defects
from export.restore.model import Deblur, Fast, Restore
from export.restore.train import TASKS
from export.to_onnx import export_model, load_weights
from export.training import trained
from export.upscale.coarsen import coarsen
from export.upscale.model import Double, Quadruple

SHIPPED = Path(__file__).parents[1] / "models"
PORTS = {
    "input": [{"name": "image", "role": "image"}],
    "output": [{"name": "result", "role": "image"}],
}


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of three small pictures; checkpoints go beside it."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("meadow", "harbour", "attic"):
        cv2.imwrite(str(folder / f"{name}.png"), dead_leaves(160, np.random.default_rng(len(name))))
    monkeypatch.chdir(tmp_path)
    return folder


def tiny() -> Double:
    torch.manual_seed(0)
    model = Double(width=4, depth=3)
    nn.init.normal_(model.tail.weight, std=0.1)
    return model


def image(height: int, width: int) -> dict[str, torch.Tensor]:
    return {"image": torch.rand(1, 3, height, width)}


def export_tiny(path: Path, model: nn.Module, **more: object) -> float:
    free = {"image": {2: "height", 3: "width"}, "result": {2: "rows", 3: "columns"}}
    return export_model(model, image(8, 12), ["result"], path, free, odd_sizes=[image(5, 7)], **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("script", "name", "model", "more"),
    [
        (export.upscale.train, "upscale-x2", Double(), []),
        (export.upscale.train, "upscale-x4", Quadruple(), ["--scale", "4"]),
        (export.restore.train, "denoise", TASKS["denoise"].model(), ["--task", "denoise"]),
        (export.restore.train, "denoise-fast", Fast(), ["--task", "denoise-fast"]),
        (export.restore.train, "dejpeg", TASKS["dejpeg"].model(), ["--task", "dejpeg"]),
        (export.restore.train, "deblur", Deblur(), ["--task", "deblur"]),
        (export.repair.train, "defects", Defects(), []),
        (export.judge.train, "judge", Judge(), []),
    ],
)
def test_a_training_starts_stops_and_goes_on(script, name, model, more, pictures, monkeypatch, capsys):
    for size, value in (("BATCH", 2), ("SIZE", 32), ("HELD", (2, 32)), ("HELD_CROPS", 2)):
        monkeypatch.setattr(script, size, value, raising=False)
    for steps in ("2", "3"):
        monkeypatch.setattr(sys, "argv", ["train", str(pictures), "--steps", steps, "--threads", "1", *more])
        script.main()
    assert "resumed at step 2" in capsys.readouterr().out
    _, facts = trained(name, model)
    assert facts["steps"] == 3


def test_a_twin_in_integers_is_taught_released_and_right(pictures, tmp_path, monkeypatch, capsys):
    (tmp_path / "models").symlink_to(SHIPPED)
    for size, value in (("BATCH", 2), ("SIZE", 32), ("HELD", (2, 32))):
        monkeypatch.setattr(export.upscale.coarsen, size, value)
    for steps in ("2", "3"):
        monkeypatch.setattr(sys, "argv", ["coarsen", str(pictures), "--steps", steps, "--threads", "1"])
        export.upscale.coarsen.main()
    assert "resumed at step 2" in capsys.readouterr().out
    model = Double()
    coarsen(model, image(64, 64)["image"])
    model, _ = trained("upscale-x2-int8", model)
    free = {"image": {2: "height", 3: "width"}, "result": {2: "rows", 3: "columns"}}
    save_int8(model, Double(), [image(8, 12)["image"], image(5, 7)["image"]], tmp_path / "twin.onnx", free)
    graph = onnx.load(tmp_path / "twin.onnx").graph
    kinds = {tensor.name: tensor.data_type for tensor in graph.initializer}
    assert {kinds[f"body.{i}.weight"] for i in (2, 4, 6, 8, 10, 12)} == {onnx.TensorProto.INT8}
    assert {kinds[f"{name}.weight"] for name in ("body.0", "tail")} == {onnx.TensorProto.FLOAT16}
    model.tail.weight.data += 1
    with pytest.raises(ValueError, match="broken.onnx: onnxruntime differs from torch"):
        monkeypatch.setattr(export.int8, "put_steps", lambda *_: None)
        save_int8(model, Double(), [image(8, 12)["image"]], tmp_path / "broken.onnx", free)


def test_an_exported_file_gives_the_weights_back(tmp_path):
    model, other = tiny(), Double(width=4, depth=3)
    export_tiny(tmp_path / "tiny.onnx", model)
    load_weights(other, tmp_path / "tiny.onnx")
    for name, value in model.state_dict().items():
        assert torch.allclose(other.state_dict()[name], value, rtol=1e-3, atol=1e-6), name


def test_equal_parameters_keep_their_own_names(tmp_path):
    model = tiny()
    for layer in (model.body[0], model.body[2]):
        nn.init.ones_(layer.bias)
    export_tiny(tmp_path / "tiny.onnx", model)
    load_weights(tiny(), tmp_path / "tiny.onnx")


def test_weights_are_stored_in_half_the_size(tmp_path):
    export_tiny(tmp_path / "tiny.onnx", tiny())
    stored = {tensor.name: tensor.data_type for tensor in onnx.load(tmp_path / "tiny.onnx").graph.initializer}
    assert stored["body.2.weight"] == onnx.TensorProto.FLOAT16
    assert stored["body.2.bias"] == onnx.TensorProto.FLOAT


def test_weights_of_another_model_are_refused_by_name(tmp_path):
    export_tiny(tmp_path / "tiny.onnx", tiny())
    with pytest.raises(ValueError, match="tiny.onnx does not fit Restore: head.weight is missing"):
        load_weights(Restore(), tmp_path / "tiny.onnx")
    with pytest.raises(ValueError, match="body.0.weight is 4x3x3x3, not 48x3x3x3"):
        load_weights(Double(depth=3), tmp_path / "tiny.onnx")


class SizeBakedIn(Double):
    def forward(self, image):
        return super().forward(image) * (int(image.shape[2]) / 8)


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_a_graph_that_differs_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="onnxruntime differs from torch by"):
        export_tiny(tmp_path / "wrong.onnx", SizeBakedIn(width=4, depth=3))
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_gives_nan_is_not_written(tmp_path):
    model = tiny()
    nn.init.constant_(model.body[0].bias, float("nan"))
    with pytest.raises(ValueError, match="differs from torch by nan"):
        export_tiny(tmp_path / "wrong.onnx", model)
    assert not (tmp_path / "wrong.onnx").exists()


def test_a_card_is_read_as_it_was_meant(tmp_path):
    (tmp_path / "tiny.onnx").write_bytes(b"model")
    odd = 'back\\slash "quoted" """ and\na second line ü'
    card = write_card(
        tmp_path / "tiny.onnx",
        model={"role": "test", "licence": "CC0-1.0", "summary": odd, "scale": 2},
        **PORTS,
        training={"licences": {"CC-BY-SA-4.0 (or later)": 3}, "steps": 12, "rate": 1e-9},
        fails=["x" * 90, "y" * 30],
    )
    assert (card.summary, card.scale, card.file) == (odd, 2, tmp_path / "tiny.onnx")
    assert card.sha256 == "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"
    assert card.facts["training"] == {"licences": {"CC-BY-SA-4.0 (or later)": 3}, "steps": 12, "rate": 1e-9}
    assert card.facts["fails"] == ["x" * 90, "y" * 30]


def test_a_wrong_card_leaves_the_earlier_one(tmp_path):
    (tmp_path / "tiny.onnx").write_bytes(b"model")
    model = {"role": "test", "licence": "CC0-1.0", "summary": "first"}
    write_card(tmp_path / "tiny.onnx", model=model, **PORTS)
    with pytest.raises(ModelError, match="colour"):
        write_card(tmp_path / "tiny.onnx", model={**model, "colour": "RGB"}, **PORTS)
    assert "first" in (tmp_path / "tiny.toml").read_text()


def test_batches_repeat_with_the_seed(pictures):
    loaded = load_pictures(pictures)
    first, again, other = (next(crops(loaded, 3, 64, seed, leaves=0.5)) for seed in (1, 1, 2))
    assert first.shape == (3, 64, 64, 3) and first.dtype == np.uint8
    assert (first == again).all() and (first != other).any()


def test_near_variants_stay_in_one_fold():
    places = ("bay", "dune", "fjord", "glen", "heath", "isle", "kelp", "loch", "moor", "ness", "oasis", "pond")
    black = np.zeros((1, 1, 3), np.uint8)
    train, held_out = split([Picture(f"{place}_{number}.png", black, {}) for place in places for number in range(9)])
    assert len(train) + len(held_out) == 9 * len(places)
    assert not {p.file.split("_")[0] for p in train} & {p.file.split("_")[0] for p in held_out}


def test_measures_of_known_pictures():
    grey = np.full((32, 32, 3), 100, np.uint8)
    assert psnr(grey, grey) == 100
    assert psnr(grey + 5, grey) == pytest.approx(20 * np.log10(255 / 5))
    assert psnr_y(grey + 5, grey, 2) == pytest.approx(20 * np.log10(255 / (5 * 219 / 255)))
    assert ssim(grey, grey) == pytest.approx(1)
    assert psnr(bicubic(reduce(grey, 2), 2), grey) == 100


def test_a_gain_has_an_interval():
    mean, low, high = interval([1.0, 2.0, 3.0, 2.0])
    assert mean == 2 and 1 <= low < mean < high <= 3
    assert compare({"old": [1.0, 2.0], "new": [2.0, 3.0]}, "old") == [
        ["old", "1.50", ""],
        ["new", "2.50", "+1.00 (+1.00 to +1.00)"],
    ]


def test_the_classical_methods_are_measured(tmp_path, monkeypatch, capsys):
    for number, pack in enumerate(("clic2025", "gb82", "texture")):
        cv2.imwrite(str(tmp_path / f"{pack}_a.png"), dead_leaves(96, np.random.default_rng(number)))
    monkeypatch.setattr(export.convert.evaluate, "SIDE", 96)
    words = [str(tmp_path), "--styles", str(tmp_path / "texture_a.png"), "--count", "1"]
    monkeypatch.setattr(sys, "argv", ["evaluate", *words, "--sheet", str(tmp_path / "sheet")])
    export.convert.evaluate.main()
    told = capsys.readouterr().out
    assert all(name in told for name in ("GrabCut", "Reinhard", "structure 20")) and "nan" not in told
    assert (tmp_path / "sheet/stylize.png").exists()
