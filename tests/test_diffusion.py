"""Stable Diffusion: with the same noise, the picture is that of diffusers, within 2/255."""

import hashlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from gesso.engine.diffusion.painting import Start, Wish, drawing, paint
from gesso.engine.diffusion.parts import Folder
from gesso.engine.diffusion.schedule import SCHEDULER, sampler_of
from gesso.engine.progress import Progress
from gesso.library import pipelines as library

from tests import pipelines
from tests.pipelines import BETAS, FILLING, LCM, SD1, SD2, SDXL, Kind

SIDE, WORDS = 64, "the red fox, in fog"
TURBO = {"timestep_spacing": "trailing"}
SCHEDULERS: dict[str, tuple[type, dict[str, Any]]] = {
    "euler": (diffusers.EulerDiscreteScheduler, {}),
    "euler-trailing": (diffusers.EulerDiscreteScheduler, TURBO),
    "euler-karras": (diffusers.EulerDiscreteScheduler, {"use_karras_sigmas": True}),
    "ancestral": (diffusers.EulerAncestralDiscreteScheduler, {"timestep_spacing": "leading"}),
    "ancestral-trailing": (diffusers.EulerAncestralDiscreteScheduler, TURBO),
    "ddim": (diffusers.DDIMScheduler, {"clip_sample": False, "set_alpha_to_one": False}),
    "ddim-snr": (
        diffusers.DDIMScheduler,
        {"clip_sample": False, "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"},
    ),
    "dpm": (diffusers.DPMSolverMultistepScheduler, {}),
    "dpm-karras": (diffusers.DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "dpm-leading": (diffusers.DPMSolverMultistepScheduler, {"timestep_spacing": "leading"}),
    "lcm": (diffusers.LCMScheduler, {}),
}


class Exhibit:
    """A pipeline as diffusers has it, and as a folder; `scheduled` changes both schedulers."""

    def __init__(self, folder: Path, kind: Kind):
        self.kind, self.made = kind, pipelines.parts_of(kind)
        self.path = pipelines.save_folder(folder, kind, self.made)
        self.made |= pipelines.tokenizers_of(folder, kind)
        files = library.needed(self.path)
        self.card = library.recognise(library.pinned(self.path, files))

    def scheduled(self, name: str) -> None:
        made, more = SCHEDULERS[name]
        self.made["scheduler"] = made(**{**BETAS, "prediction_type": self.kind.prediction, **more})
        self.made["scheduler"].save_pretrained(self.path / "scheduler")

    def folder(self) -> Folder:
        digest = hashlib.sha256((self.path / SCHEDULER).read_bytes()).hexdigest()
        return Folder(replace(self.card, weights=self.card.weights | {SCHEDULER: digest}))

    def pipeline(self, task: str) -> Any:
        name = f"StableDiffusion{'XL' * self.kind.two}{task}Pipeline"
        extra = {} if self.kind.two else {"safety_checker": None, "feature_extractor": None}
        made = getattr(diffusers, name)(
            **self.made, **extra, **({} if self.kind.two else {"requires_safety_checker": False})
        )
        made.set_progress_bar_config(disable=True)
        return made


@pytest.fixture(scope="module")
def exhibits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Exhibit]:
    folder = tmp_path_factory.mktemp("pipelines")
    kinds = {"sd1": SD1, "sd2": SD2, "sdxl": SDXL, "filling": FILLING, "lcm": LCM}
    return {name: Exhibit(folder / name, kind) for name, kind in kinds.items()}


@pytest.fixture
def tape(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """The noise that diffusers draws next."""
    waiting: list[np.ndarray] = []

    def drawn(shape: Any, *_given: Any, **_more: Any) -> torch.Tensor:
        noise = torch.from_numpy(waiting.pop(0))
        assert noise.shape == tuple(shape)
        return noise

    for name, module in list(sys.modules.items()):
        if name.startswith("diffusers.") and hasattr(module, "randn_tensor"):
            monkeypatch.setattr(module, "randn_tensor", drawn)
    return waiting


def noises(seed: int, count: int) -> list[np.ndarray]:
    draw = drawing(seed)
    return [draw((1, 4, SIDE // 8, SIDE // 8)) for _ in range(count)]


def photo() -> np.ndarray:
    from skimage import data

    return (data.astronaut()[40:168:2, 160:288:2] / 255).astype(np.float32)


def square() -> np.ndarray:
    hole = np.zeros((SIDE, SIDE), bool)
    hole[16:48, 24:56] = True
    return hole


def as_tensor(rgb: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(rgb.transpose(2, 0, 1)[None].copy())


def difference(
    exhibit: Exhibit,
    task: str,
    scheduler: str,
    guidance: float,
    steps: int,
    negative: str = "blue",
    other: str = WORDS,
    **start: Any,
) -> float:
    """Of our picture from diffusers', at most, in 255ths. other: what diffusers is told instead of the words."""
    exhibit.scheduled(scheduler)
    folder = exhibit.folder()
    wish = Wish(WORDS, negative, SIDE, SIDE, steps, guidance, sampler_of(folder.config(SCHEDULER)))
    (ours,) = paint(folder, wish, [5], Progress(), Start(**start) if start else None)
    given = {"prompt": other, "negative_prompt": negative or None, "output_type": "np"}
    given |= {"num_inference_steps": steps, "guidance_scale": guidance}
    if start:
        given |= {"image": as_tensor(start["rgb"]), "strength": start.get("strength", 1.0)}
    if task != "Img2Img":
        given |= {"height": SIDE, "width": SIDE}
    if "hole" in start:
        given["mask_image"] = torch.from_numpy(start["hole"][None, None].astype(np.float32))
    with torch.no_grad():
        theirs = exhibit.pipeline(task)(**given).images[0]
    assert theirs.std() > 0.02 and np.mean((theirs == 0) | (theirs == 1)) < 0.5
    return float(np.abs(ours - theirs).max()) * 255


@pytest.mark.parametrize(
    ("name", "scheduler", "guidance", "steps"),
    [
        ("sd1", "euler", 7.5, 5),
        ("sd1", "euler-karras", 3.0, 5),
        ("sd1", "ancestral", 3.0, 5),
        ("sd1", "ddim", 7.5, 6),
        ("sd1", "dpm", 7.5, 6),
        ("sd1", "dpm-karras", 3.0, 16),
        ("sd1", "dpm-leading", 3.0, 4),
        ("sd1", "lcm", 1.0, 4),
        ("lcm", "lcm", 6.0, 3),
        ("sd2", "ddim", 5.0, 5),
        ("sd2", "ddim-snr", 5.0, 4),
        ("sd2", "euler-trailing", 1.0, 1),
        ("sd2", "dpm", 5.0, 5),
        ("sdxl", "euler", 5.0, 5),
        ("sdxl", "ancestral-trailing", 1.0, 2),
        ("sdxl", "dpm", 5.0, 4),
    ],
)
def test_words(exhibits, tape, name, scheduler, guidance, steps):
    tape += noises(5, 1 + steps)
    assert difference(exhibits[name], "", scheduler, guidance, steps) <= 2


@pytest.mark.parametrize("name", ["sd1", "sd2", "sdxl"])
def test_without_negative_words(exhibits, tape, name):
    tape += noises(5, 1)
    assert difference(exhibits[name], "", "dpm", 5.0, 4, negative="") <= 2


@pytest.mark.parametrize("name", ["sd1", "sd2", "sdxl"])
def test_other_words_are_seen(exhibits, tape, name):
    """What the tests above would say of a mistake in the words."""
    tape += noises(5, 1)
    assert difference(exhibits[name], "", "dpm", 5.0, 4, other="the red fog, in fox") > 4


@pytest.mark.parametrize(
    ("name", "scheduler", "guidance"),
    [
        ("sd1", "ddim", 5.0),
        ("sd1", "ancestral", 5.0),
        ("sd1", "lcm", 1.0),
        ("sd2", "euler-trailing", 5.0),
        ("sdxl", "dpm", 5.0),
        ("sdxl", "euler", 5.0),
    ],
)
def test_variation(exhibits, tape, name, scheduler, guidance):
    older = exhibits[name].kind.older
    drawn = noises(5, 8)
    tape += [np.zeros_like(drawn[0]), *drawn] if older else drawn
    assert difference(exhibits[name], "Img2Img", scheduler, guidance, 5, rgb=photo(), strength=0.7) <= 2


@pytest.mark.parametrize(
    ("name", "scheduler"),
    [
        ("sd1", "euler"),
        ("sd1", "ddim"),
        ("sd2", "ddim"),
        ("sdxl", "dpm"),
        ("filling", "dpm"),
        ("filling", "ancestral"),
    ],
)
def test_filling(exhibits, tape, name, scheduler):
    """diffusers encodes the picture without the hole after the noise was drawn, gesso before."""
    kind = exhibits[name].kind
    one, two, *rest = noises(5, 9)
    tape += [two, one, *rest] if kind.channels == 9 else [one, one, two] if kind.older else [one, two, one]
    assert difference(exhibits[name], "Inpaint", scheduler, 5.0, 5, rgb=photo(), hole=square()) <= 2
