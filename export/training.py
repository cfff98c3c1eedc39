"""What every training script shares: options, device, schedule, weight average, checkpoints.

A script reads downward: settings, data, model, loop, evaluation. It calls `Run` for the rest:

    run = Run("upscale-x2", model, options, lr=1e-3)
    for batch in data:
        with run.autocast():
            loss = ...
        if run.step(loss):      # backward, clip, optimiser, average, checkpoint; True when the budget is spent
            break
    run.average                 # the model to evaluate and ship: exponential moving average of the weights
"""

import argparse
import copy
import math
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from export import team
from export.data import WORK


def options(description: str, minutes: float) -> argparse.ArgumentParser:
    """The options every training script has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of pictures, with or without manifest.tsv")
    parser.add_argument(
        "--minutes", type=float, default=minutes, help="training time in all, earlier sessions counted in"
    )
    parser.add_argument("--steps", type=int, default=10**9, help="stop after this many steps at the latest")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads; 1 when anything else runs")
    parser.add_argument("--start", type=Path, help="an ONNX file to take the first weights from (fine-tuning)")
    parser.add_argument("--fresh", action="store_true", help="ignore the checkpoint of an earlier session")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def images(batch: np.ndarray, device: torch.device) -> torch.Tensor:
    """N x H x W x 3 uint8 -> N x 3 x H x W float32 in [0, 1], channels last in memory."""
    return torch.from_numpy(batch).to(device).permute(0, 3, 1, 2).float() / 255


def psnr(a: torch.Tensor, b: torch.Tensor) -> float:
    """Peak signal-to-noise ratio in dB, mean over the batch; both N x C x H x W, `b` in [0, 1]."""
    return float(-10 * (a.clamp(0, 1) - b).square().mean((1, 2, 3)).log10().mean())


Samples = tuple[torch.Tensor, ...]  # the parts of a batch


def again(fresh: Iterator[Samples], uses: int, kept: int, rng: np.random.Generator) -> Iterator[Samples]:
    """Every batch, each followed by `uses` - 1 others that are drawn from the `kept` latest samples: for batches that
    take longer to make than to learn from."""
    latest: deque[Samples] = deque(maxlen=kept)
    for batch in fresh:
        yield batch
        latest.extend(zip(*(part.half() for part in batch), strict=True))
        for _ in range(uses - 1):
            drawn = [latest[pick] for pick in rng.integers(len(latest), size=len(batch[0]))]
            yield tuple(torch.stack(part).float() for part in zip(*drawn, strict=True))


def bf16_pays(device: torch.device) -> bool:
    """Time one convolution both ways: bf16 is 3-4x faster with AMX, and 10x slower on a CPU without bf16 units."""
    layer = nn.Conv2d(64, 64, 3, padding=1).to(device)
    pixels = torch.rand(4, 64, 48, 48, device=device).to(memory_format=torch.channels_last)
    times = {}
    for enabled in (False, True):
        for _ in range(2):  # the first pass warms up
            start = time.perf_counter()
            with torch.autocast(device.type, torch.bfloat16, enabled=enabled):
                layer(pixels).float().sum().backward()
            if device.type == "cuda":
                torch.cuda.synchronize()
            times[enabled] = time.perf_counter() - start
    return times[True] < times[False]


class Run:
    """One training: owns the optimiser, the averaged weights and the checkpoint file."""

    def __init__(
        self,
        name: str,
        model: nn.Module,
        chosen: argparse.Namespace,
        lr: float,
        decay: float = 0.999,
        shrink: float = 1e-4,
    ):
        torch.set_num_threads(chosen.threads)
        self.device = team.join()
        chosen.seed += team.APART * team.RANK  # so that each process of several draws its own crops
        torch.manual_seed(chosen.seed)
        self.name, self.chosen, self.lr, self.decay = name, chosen, lr, decay
        self.bf16 = bf16_pays(self.device)
        self.model = model.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if chosen.start:
            from export.to_onnx import load_weights

            load_weights(self.model, chosen.start)
        team.share(self.model)
        self.average = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr, betas=(0.9, 0.99), weight_decay=shrink)
        self.steps, self.seconds, self.loss = 0, 0.0, math.nan
        self.file = WORK / f"{name}.pt"
        if self.file.exists() and not chosen.fresh:
            self._load()
        self._tick = self._saved = self._said = time.monotonic()

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """bf16 where it is faster than fp32; losses outside of it stay in fp32."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            yield

    @property
    def done(self) -> float:
        """Share of the budget that is spent, 0..1."""
        return min(1.0, max(self.seconds / (60 * self.chosen.minutes), self.steps / self.chosen.steps))

    def step(self, loss: torch.Tensor, clip: float = 1.0) -> bool:
        """One optimiser step, left out where loss or gradient is not finite. Returns True when the budget is spent."""
        warm = min(1.0, (self.steps + 1) / 100)
        for group in self.optimiser.param_groups:
            group["lr"] = self.lr * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * self.done)))
        self.optimiser.zero_grad(set_to_none=True)
        finite, self.seconds = team.agree(loss, self.seconds)
        if finite:
            loss.backward()
            team.mean_gradients(self.model)
            if nn.utils.clip_grad_norm_(self.model.parameters(), clip).isfinite():  # one such step spoils every weight
                self.optimiser.step()
        keep = min(self.decay, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for mean, value in zip(self.average.state_dict().values(), self.model.state_dict().values(), strict=True):
                mean.lerp_(value, 1 - keep) if mean.is_floating_point() else mean.copy_(value)
        value = float(loss.detach())
        self.loss = value if math.isnan(self.loss) else 0.98 * self.loss + 0.02 * value
        self.steps += 1
        now = time.monotonic()
        self.seconds += now - self._tick
        self._tick = now
        if now - self._said > 30:
            self._said = now
            print(f"{self.name} step {self.steps} loss {self.loss:.5f} {self.seconds / 60:.1f} min", flush=True)
        if now - self._saved > 600 or self.done >= 1:
            self._saved = now
            self.save()
        return self.done >= 1

    def save(self) -> None:
        """Write the checkpoint, as the first process of a team; a crash while writing leaves the earlier one."""
        if team.RANK:
            return
        WORK.mkdir(exist_ok=True)
        state: dict[str, Any] = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "steps": self.steps,
            "seconds": self.seconds,
        }
        partial = self.file.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, self.file)

    def _load(self) -> None:
        state = torch.load(self.file, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.steps, self.seconds = state["steps"], state["seconds"]
        print(f"{self.name}: resumed at step {self.steps}, {self.seconds / 60:.1f} min", flush=True)


def trained(name: str, model: nn.Module) -> tuple[nn.Module, dict[str, Any]]:
    """`model` with the averaged weights of the checkpoint `name`, and the card's facts about how they were made."""
    state = torch.load(WORK / f"{name}.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(state["average"])
    return model.eval(), {"steps": state["steps"], "hours": round(state["seconds"] / 3600, 2)}
