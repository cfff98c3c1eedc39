"""Words, and a picture or a picture with a hole where there is one, -> pictures.

Each part of the folder is loaded once for all pictures, and released before the next one is: text encoders, VAE
encoder, UNet, VAE decoder. All randomness is drawn from the seed, so that it repeats the picture.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime as ort

from gesso.engine.diffusion import latents
from gesso.engine.diffusion.parts import Folder, Part
from gesso.engine.diffusion.prompt import Told, nothing, tell
from gesso.engine.diffusion.samplers import Draw, sample
from gesso.engine.diffusion.schedule import SCHEDULER, Schedule, make_schedule
from gesso.engine.progress import Progress

NINE = 9  # channels of a UNet for inpainting: latents, mask, latents of the rest
READ, LOOKED, PAINTED = 0.04, 0.08, 0.95  # how much of the work is done after the encoders, and after the UNet


@dataclass(frozen=True)
class Wish:
    """words, negative: what is wanted, and what is not. width, height: multiples of what the UNet takes, pixels.

    guidance: above 1 exaggerates the words (see `guided`). sampler, steps: see schedule.py.
    """

    words: str
    negative: str
    width: int
    height: int
    steps: int
    guidance: float
    sampler: str


@dataclass(frozen=True)
class Start:
    """What is there before: HxWx3 float32 RGB 0..1 of the wish's size.

    strength: 0 to 1, how much of the schedule is gone through. hole: HxW bool, to be painted; None is everywhere.
    """

    rgb: np.ndarray
    strength: float = 1.0
    hole: np.ndarray | None = None


@dataclass(frozen=True)
class Known:
    """What is known of the picture, as latents: all of it (1x4xhxw); mask (1x1xhxw), 1 = to be painted; rest, for UNets
    of 9 channels: the latents of the picture without what is in the hole."""

    whole: np.ndarray | None = None
    mask: np.ndarray | None = None
    rest: np.ndarray | None = None


def paint(
    folder: Folder, wish: Wish, seeds: Sequence[int], progress: Progress, start: Start | None = None
) -> list[np.ndarray]:
    """A picture for each seed, HxWx3 float32 RGB 0..1. Raises ModelError, Cancelled."""
    schedule = make_schedule(folder.config(SCHEDULER), wish.sampler, wish.steps)
    begins = start is not None and start.hole is None
    if start and begins:  # Meng et al. 2022, SDEdit, arXiv 2108.01073
        schedule = schedule.last(max(1, int(wish.steps * start.strength)))
    progress.step(0.0, "Loading the model")
    told = ask(folder, wish, progress)
    progress.step(READ)
    draws = [drawing(seed) for seed in seeds]
    known = look(folder, wish, start, draws, progress)
    progress.step(LOOKED)
    painted = []
    with folder.part("unet") as unet:
        progress.step(LOOKED, "Painting")
        for number, (one, draw) in enumerate(zip(known, draws, strict=True)):
            ends = (LOOKED + (PAINTED - LOOKED) * at / len(seeds) for at in (number, number + 1))
            guide = Guide(unet, folder, wish, told, one)
            painted.append(denoise(guide, schedule, begins, draw, progress.part(*ends)))
    with folder.part("vae_decoder") as decoder:
        pictures = [latents.decode(decoder, one, latents.factor(folder), progress) for one in painted]
    progress.step(1.0)
    return pictures


def drawing(seed: int) -> Draw:
    """Standard normal numbers, float32 (PCG64)."""
    random = np.random.default_rng(seed)
    return lambda shape: random.standard_normal(shape, np.float32)


def ask(folder: Folder, wish: Wish, progress: Progress) -> list[Told]:
    """What the UNet is told of the words, and of the negative ones."""
    told = tell(folder, [wish.words, wish.negative], progress)
    empty_is_nothing = folder.config("model_index.json").get("force_zeros_for_empty_prompt", True)
    if folder.two_encoders and empty_is_nothing and not wish.negative:
        told[1] = nothing(told[1])
    return told


def look(folder: Folder, wish: Wish, start: Start | None, draws: Sequence[Draw], progress: Progress) -> list[Known]:
    """What is known of the picture, for each of the pictures to be painted."""
    nine = folder.facts["channels"] == NINE
    if start is None and not nine:
        return [Known() for _ in draws]
    rgb = start.rgb if start else np.full((wish.height, wish.width, 3), 0.5, np.float32)
    hole = start.hole if start and start.hole is not None else np.ones(rgb.shape[:2], bool)
    begins = start is not None and start.hole is None
    scale = latents.factor(folder)
    ort.set_seed(0)  # older exports draw inside of the graph: the same each time
    with folder.part("vae_encoder") as encoder:
        given = {}
        if begins or not nine:
            given["whole"] = latents.encode(encoder, rgb, progress)
        if nine:
            given["rest"] = latents.encode(encoder, np.where(hole[..., None], np.float32(0.5), rgb), progress)
    mask = None if begins and not nine else latents.small(hole, folder.facts["pixels"])
    return [
        Known(mask=mask, **{name: latents.drawn(value, scale, draw) for name, value in given.items()}) for draw in draws
    ]


@dataclass(frozen=True)
class Guide:
    """The UNet with all that it is told."""

    unet: Part
    folder: Folder
    wish: Wish
    told: list[Told]
    known: Known

    @property
    def guided(self) -> bool:
        """Whether the words are exaggerated. A UNet that is told the guidance itself does not need that."""
        return self.wish.guidance > 1 and "timestep_cond" not in self.unet.kinds

    def predict(self, x: np.ndarray, time: float, progress: Progress) -> np.ndarray:
        """The UNet's answer to x (1x4xhxw, scaled as in training), with classifier-free guidance.

        Ho & Salimans 2022, arXiv 2207.12598. One pass for each text, as two at once would need twice the memory.
        """
        worded = self.answer(x, time, self.told[0], progress)
        if not self.guided:
            return worded
        free = self.answer(x, time, self.told[1], progress)
        return free + np.float32(self.wish.guidance) * (worded - free)

    def answer(self, x: np.ndarray, time: float, told: Told, progress: Progress) -> np.ndarray:
        """What the UNet gives for x when it is told of one text; shaped like x, float32."""
        if self.known.rest is not None:
            assert self.known.mask is not None
            x = np.concatenate([x, self.known.mask, self.known.rest], axis=1)
        values = {"sample": x, "timestep": np.array([time]), "encoder_hidden_states": told.states}
        if told.pooled is not None:
            size = (self.wish.height, self.wish.width)
            values |= {"text_embeds": told.pooled, "time_ids": np.array([[*size, 0, 0, *size]], np.float32)}
        if "timestep_cond" in self.unet.kinds:
            numbers = self.unet.kinds["timestep_cond"].shape[-1]
            values["timestep_cond"] = embedded(self.wish.guidance - 1, numbers if isinstance(numbers, int) else 256)
        return self.unet.run(values, progress)[self.unet.outputs[0]]


def embedded(guidance: float, numbers: int) -> np.ndarray:
    """1 x numbers float32: how a latent consistency model is told the guidance (Luo et al. 2023; sinusoidal)."""
    half = numbers // 2
    waves = np.exp(np.arange(half) * (-math.log(10000.0) / (half - 1))) * guidance * 1000
    return np.concatenate([np.sin(waves), np.cos(waves)]).astype(np.float32)[None]


def denoise(guide: Guide, schedule: Schedule, begins: bool, draw: Draw, progress: Progress) -> np.ndarray:
    """Latents of a new picture, scaled as in training. begins: with the known picture, not with noise alone."""
    known, pixels = guide.known, guide.folder.facts["pixels"]
    noise = draw((1, latents.CHANNELS, guide.wish.height // pixels, guide.wish.width // pixels))
    x = noise * np.float32(schedule.start)
    if begins:
        assert known.whole is not None
        x = known.whole + noise * np.float32(schedule.sigmas[0])

    def picture(x: np.ndarray, sigma: float, time: float) -> np.ndarray:
        seen = x / np.float32(math.sqrt(1 + sigma**2))
        made = guide.predict(seen, time, progress)
        if schedule.prediction == "epsilon":
            return x - np.float32(sigma) * made
        if schedule.prediction == "v_prediction":  # Salimans & Ho 2022, arXiv 2202.00512
            return (seen - np.float32(sigma) * made) / np.float32(math.sqrt(1 + sigma**2))
        return made

    def keep(x: np.ndarray, sigma: float) -> np.ndarray:
        if known.whole is None or known.mask is None or begins:
            return x
        return np.where(known.mask > 0, x, known.whole + np.float32(sigma) * noise)

    return sample(schedule, picture, x, draw, keep, progress)
