"""enhance adjust: the numbers, the light that has them, the fitted look, and the action at every depth."""

import numpy as np
import pytest
import torch
from gesso.contract.actions import find
from gesso.engine.enhance import adjust
from gesso.engine.enhance.exposure import Exposure, exposure_for
from gesso.engine.enhance.look import Look, fit_look
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.photometry import photometry as measure_numbers
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage import data

from export.evaluate import psnr
from export.vae.evaluate import measured
from export.vae.light import change_light
from export.vae.model import photometry, to_lab, to_rgb

REST = dict.fromkeys(adjust.SLIDERS, 0)


def adjusted(array, **sliders):
    return perform(find("enhance", "adjust"), sliders, Models(), Progress(), Picture(array))[0].layers[0].picture.array


def planes(array):
    return torch.from_numpy(array.astype(np.float32).transpose(2, 0, 1)[None] / 255)


def test_the_engine_measures_what_the_training_saw():
    photo = data.coffee()
    assert np.abs(measure_numbers(photo / 255) - photometry(to_lab(planes(photo)))[0].numpy()).max() < 1e-4
    assert (to_rgb(to_lab(planes(photo))) - planes(photo)).abs().max() < 1e-4


@pytest.mark.parametrize("photo", [data.coffee, data.astronaut, data.rocket])
def test_the_light_of_wanted_numbers_is_found(photo):
    small = adjust.process_input(Picture(photo()))
    wanted = measure_numbers(Exposure(0.8, -0.3, 1.4, -0.5).applied(small))
    there = measure_numbers(exposure_for(small, wanted).applied(small))
    assert np.abs(there - wanted)[[0, 1, 3, 4]].max() < 0.003
    grey = exposure_for(small, adjust.moved(measure_numbers(small), {**REST, "color": -100}))
    assert grey.saturation < 0.01


@pytest.mark.parametrize("stops", [-2.0, 0.0, 0.01, 3.0])
def test_white_and_black_stay_unless_it_gets_darker(stops):
    made = Exposure(stops).applied(np.array([[0.0] * 3, [0.2] * 3, [0.9] * 3, [1.0] * 3]))[:, 0]
    assert np.all(np.diff(made) > 0) and made[0] == 0 and (made[3] == pytest.approx(1, abs=1e-3)) == (stops >= 0)


def test_a_look_is_found_again():
    rgb = data.astronaut()[::4, ::4].astype(np.float32) / 255
    steps = np.linspace(0, 1, 257, dtype=np.float32)
    matrix = np.array([[1.2, -0.1, -0.1], [-0.1, 1.2, -0.1], [0.0, -0.2, 1.2]], np.float32)
    look = Look(np.stack([steps**0.8, steps**1.1, 0.9 * steps]), matrix)
    assert np.abs(fit_look(rgb, look.applied(rgb)).change(rgb) - look.change(rgb)).mean() < 0.004
    assert np.array_equal(fit_look(rgb, rgb).applied(rgb), rgb)


def test_a_photographers_change_is_nearly_a_look():
    photo = planes(data.coffee()[::2, ::2])
    changed = change_light(photo, torch.Generator().manual_seed(3), untouched=0)[0].permute(1, 2, 0).numpy()
    rgb = photo[0].permute(1, 2, 0).numpy()
    found = fit_look(rgb, changed).applied(rgb).clip(0, 1)
    assert psnr(found * 255, changed * 255) > 10 + psnr(rgb * 255, changed * 255)


@pytest.mark.parametrize(("number", "slider"), list(enumerate(adjust.SLIDERS)))
def test_a_slider_moves_what_it_is_called_after(number, slider):
    found = np.array([measured(adjusted(data.coffee(), **{slider: value})) for value in (-60, -20, 0, 30, 70)])
    assert np.all(np.diff(found[:, number]) > 0)
    assert np.corrcoef((-60, -20, 0, 30, 70), found[:, number])[0, 1] > 0.97


@pytest.mark.parametrize("number", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_depth_and_its_alpha(number, channels):
    full = np.iinfo(number).max if np.dtype(number).kind == "u" else 1
    array = (np.random.default_rng(0).uniform(0.1, 0.6, (40, 50, channels)) * full).astype(number)
    made = adjusted(array, brightness=50)
    assert made.dtype == number and made.shape == array.shape
    if channels in (2, 4):
        assert np.array_equal(made[..., -1], array[..., -1])
    assert 0.05 < Picture(made).rgb().mean() - Picture(array).rgb().mean() < 0.25
    assert np.array_equal(adjusted(array), array)  # sliders at rest


@pytest.mark.parametrize("array", [np.full((1, 1, 3), 90, np.uint8), np.zeros((3, 700, 3), np.uint8)])
def test_tiny_long_and_flat_pictures(array):
    made = adjusted(array, brightness=40, contrast=100, color=-100, warmth=100)
    assert made.shape == array.shape and np.ptp(made.reshape(-1, 3), 0).max() <= 1


def test_grey_is_what_no_color_means():
    made = adjusted(data.astronaut(), color=-100).astype(int)
    assert np.abs(made[..., 0] - made[..., 2]).mean() < 6 < np.abs(np.diff(data.astronaut().astype(int))).mean()
