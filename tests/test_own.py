"""A model of one's own, as export/README.md tells it: two steps of training, release, add, run."""

import sys
from pathlib import Path

import cv2
import numpy as np
from gesso import cli
from gesso.engine import files

import export.own.release
import export.own.train
from export.data import dead_leaves

START = ["--start", str(Path(__file__).parents[1] / "models/dejpeg.onnx")]


def test_from_a_folder_of_pictures_to_a_result(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("meadow", "harbour", "attic"):
        cv2.imwrite(str(folder / f"{name}.png"), dead_leaves(160, np.random.default_rng(len(name))))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path / "home"))
    for name, value in (("BATCH", 2), ("SIZE", 32), ("HELD", (2, 32))):
        monkeypatch.setattr(export.own.train, name, value)
    told = ["--name", "my-scans"]
    monkeypatch.setattr(sys, "argv", ["train", str(folder), *told, "--steps", "2", "--threads", "1", *START])
    export.own.train.main()
    assert "my-scans step 2 validation psnr" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["release", str(folder), *told, "--licence", "private", "--models", "."])
    export.own.release.main()
    assert cli.main(["models", "add", "my-scans.onnx"]) == 0
    assert "Unsure" not in capsys.readouterr().out
    photo = str(folder / "attic.png")
    assert cli.main(["enhance", "restore", photo, "-o", "better.png", "--model", "my-scans"]) == 0
    before, after = (files.read(tmp_path / file).picture.array for file in (photo, "better.png"))
    assert before.shape == after.shape and 0 < np.abs(before.astype(int) - after).mean() < 30
