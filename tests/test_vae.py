"""The autoencoder: its training runs, and what it leaves can be shipped and trained on."""

import sys

import torch
from PIL import Image
from skimage import data

import export.vae.train
from export.training import trained
from export.vae.model import VAE, photometry, to_lab
from export.vae.release import save_graphs, shipped


def test_training_leaves_a_model_that_can_be_shipped_and_trained_on(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    for number, picture in enumerate([data.coffee(), data.chelsea()]):
        Image.fromarray(picture).save(tmp_path / f"pictures/{number}.png")
    for name, value in (("BATCH", 2), ("SIZE", 32), ("HELD", (2, 32)), ("SHARPEN", -1.0)):
        monkeypatch.setattr(export.vae.train, name, value)
    for steps in ("2", "3"):
        monkeypatch.setattr(sys, "argv", ["train", str(tmp_path / "pictures"), "--threads", "1", "--steps", steps])
        export.vae.train.main()
    assert "resumed at step 2" in capsys.readouterr().out
    net, _ = trained("vae", VAE())
    save_graphs(net, tmp_path)
    again, image = shipped(tmp_path), torch.rand(1, 3, 16, 24)
    numbers = photometry(to_lab(image))
    first, second = (vae.decoder(vae.encoder(image)[0], numbers) for vae in (net, again))
    assert torch.allclose(first, second, atol=5e-3)
