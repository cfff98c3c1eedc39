"""How noisy the picture is at each step, from a folder's scheduler_config.json.

Everything is in the form of Karras et al. 2022 (arXiv 2206.00364): x = picture + sigma * noise. A network trained on
sqrt(a) * picture + sqrt(1 - a) * noise is shown x / sqrt(1 + sigma²), where sigma² = (1 - a) / a.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gesso.contract.errors import BadSetting, ModelError

SCHEDULER = "scheduler/scheduler_config.json"
SAMPLERS = {
    "EulerDiscreteScheduler": "euler",
    "EulerAncestralDiscreteScheduler": "euler-ancestral",
    "DDIMScheduler": "ddim",
    "DPMSolverMultistepScheduler": "dpmpp-2m",
    "LCMScheduler": "lcm",
}  # the folder's scheduler -> a sampler of gesso's; every other falls to FALLBACK
FALLBACK = "ddim"
SPACING = {"euler": "linspace", "euler-ancestral": "linspace", "dpmpp-2m": "linspace"}  # where the folder does not say
NEARLY_NOISE = 2.0**-24  # the share of the picture where all of it should be noise, so that sigma stays finite
RHO = 7.0  # of Karras et al.


@dataclass(frozen=True)
class Schedule:
    """N steps. times: N, what the network is told. sigmas: N + 1, falling; the last is what is left at the end.

    start: how strong the noise is that a picture is painted from. prediction: what the network gives (epsilon,
    v_prediction, sample). scaling: of the times, in LCM's consistency function.
    """

    sampler: str
    times: np.ndarray
    sigmas: np.ndarray
    start: float
    prediction: str
    scaling: float = 10.0

    def last(self, steps: int) -> "Schedule":
        """Only the last `steps` of it: for a painting that begins with a picture."""
        return replace(self, times=self.times[-steps:], sigmas=self.sigmas[-steps - 1 :])


def sampler_of(config: Mapping[str, Any]) -> str:
    """The sampler that stands for the folder's scheduler."""
    return SAMPLERS.get(scheduler_of(config), FALLBACK)


def scheduler_of(config: Mapping[str, Any]) -> str:
    """The scheduler's own name."""
    return str(config.get("_class_name", "none"))


def make_schedule(config: Mapping[str, Any], sampler: str, steps: int) -> Schedule:
    """sampler: one of SAMPLERS' values, or dpmpp-2m-karras. Raises BadSetting, ModelError."""
    karras = sampler.endswith("-karras") or bool(config.get("use_karras_sigmas"))
    sampler = sampler.removesuffix("-karras")
    alphas = cumulative_alphas(config, sampler)
    if not 1 <= steps <= len(alphas):
        raise BadSetting(f"--steps is {steps}.", f"Use a whole number from 1 to {len(alphas)}.")
    table = np.sqrt((1 - alphas) / alphas)
    spacing = str(config.get("timestep_spacing") or SPACING.get(sampler, "leading"))
    times = (
        lcm_times(config, steps, len(alphas)) if sampler == "lcm" else spaced(spacing, steps, config, sampler, alphas)
    )
    sigmas = np.interp(times, np.arange(len(table)), table)
    if karras and sampler in ("euler", "dpmpp-2m"):
        ends = (sigmas[0], sigmas[-1]) if sampler == "euler" else (table[-1], table[0])
        sigmas = karras_sigmas(*ends, steps)
        times = np.interp(np.log(sigmas), np.log(table), np.arange(len(table)))
        times = np.round(times) if sampler == "dpmpp-2m" else times
    left = table[0] if sampler == "ddim" and not config.get("set_alpha_to_one", True) else 0.0
    plain = sampler.startswith("euler") and spacing in ("linspace", "trailing")
    start = float(sigmas[0] if plain else np.sqrt(1 + sigmas[0] ** 2))
    prediction = str(config.get("prediction_type", "epsilon"))
    if prediction not in ("epsilon", "v_prediction", "sample"):
        raise ModelError(f"The scheduler's prediction_type is {prediction}.", "gesso cannot use this model.")
    scaling = float(config.get("timestep_scaling", 10.0))
    return Schedule(sampler, times, np.append(sigmas, left), start, prediction, scaling)


def cumulative_alphas(config: Mapping[str, Any], sampler: str) -> np.ndarray:
    """The share of the picture at each time of the training, falling; float64. Raises ModelError."""
    count = int(config.get("num_train_timesteps", 1000))
    usual = ("scaled_linear", 0.00085, 0.012) if sampler == "lcm" else ("linear", 0.0001, 0.02)
    names = ("beta_schedule", "beta_start", "beta_end")
    kind, low, high = (config.get(name, value) for name, value in zip(names, usual, strict=True))
    if config.get("trained_betas"):
        betas = np.array(config["trained_betas"], np.float64)
    elif kind == "linear":
        betas = np.linspace(low, high, count)
    elif kind == "scaled_linear":
        betas = np.linspace(low**0.5, high**0.5, count) ** 2
    elif kind == "squaredcos_cap_v2":  # Nichol & Dhariwal 2021
        shares = np.cos((np.linspace(0, 1, count + 1) + 0.008) / 1.008 * np.pi / 2) ** 2
        betas = np.minimum(1 - shares[1:] / shares[:-1], 0.999)
    else:
        raise ModelError(f"The scheduler's beta_schedule is {kind}.", "gesso cannot use this model.")
    alphas = np.cumprod(1 - betas)
    if config.get("rescale_betas_zero_snr"):
        alphas = without_signal_at_the_end(alphas)
    return alphas


def without_signal_at_the_end(alphas: np.ndarray) -> np.ndarray:
    """Rescaled so that the last is all noise: Lin et al. 2024, arXiv 2305.08891, algorithm 1."""
    roots = np.sqrt(alphas)
    rescaled = ((roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])) ** 2
    rescaled[-1] = NEARLY_NOISE
    return rescaled


def spaced(spacing: str, steps: int, config: Mapping[str, Any], sampler: str, alphas: np.ndarray) -> np.ndarray:
    """The times of the training at which to look, falling: table 2 of Lin et al.

    DPM++ counts the end as one more point. Euler alone looks in between two times.
    """
    count = len(alphas)
    points = steps + 1 if sampler == "dpmpp-2m" else steps
    if spacing == "linspace":
        times = np.linspace(0, count - 1, points)[::-1]
        return (times if sampler.startswith("euler") else np.round(times))[:steps]
    if spacing == "leading":
        return (np.arange(points) * (count // points))[::-1][:steps] + int(config.get("steps_offset", 0))
    if spacing == "trailing":
        return np.round(count - np.arange(steps) * count / steps) - 1
    raise ModelError(f"The scheduler's timestep_spacing is {spacing}.", "gesso cannot use this model.")


def lcm_times(config: Mapping[str, Any], steps: int, count: int) -> np.ndarray:
    """Of the times that a latent consistency model was distilled at, falling. Raises BadSetting."""
    known = int(config.get("original_inference_steps", 50))
    if steps > known:
        raise BadSetting(f"--steps is {steps}.", f"This model takes 1 to {known}; it was made for few.")
    distilled = (np.arange(1, known + 1) * (count // known) - 1)[::-1]
    return distilled[np.floor(np.linspace(0, known, steps, endpoint=False)).astype(int)]


def karras_sigmas(high: float, low: float, steps: int) -> np.ndarray:
    """Karras et al. 2022, equation 5."""
    ends = (high ** (1 / RHO), low ** (1 / RHO))
    return np.linspace(*ends, steps) ** RHO
