"""generate animate: a loop ends where it began, at an even pace; it begins with the still picture."""

import numpy as np
import pytest
from gesso import cli
from gesso.contract.actions import find
from gesso.contract.errors import BadInput, Cancelled
from gesso.engine.generate.animate import map_weights, noise_circle
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image

ANIMATE = find("generate", "animate")
STYLED, LEARNT = ("abstract", "style"), ("texture", "kind")
STILL = {"silk": STYLED, "paper": STYLED, "words": ("text", ""), "lava": LEARNT}
SHARED = {"words": "sea, red", "width": 80, "height": 64, "seed": 5, "detailed": False}


def loop(kind: str, **settings) -> list[np.ndarray]:
    """The frames in order, as floats."""
    made, _ = perform(ANIMATE, {**SHARED, "kind": kind, "frames": 12, **settings}, Models(), Progress())
    assert [layer.name for layer in made.layers] == ["Frame"] * len(made.layers)
    return [layer.picture.array.astype(float) for layer in reversed(made.layers)]


@pytest.mark.parametrize("kind", STILL)
def test_the_last_step_is_as_large_as_the_others(kind: str) -> None:
    for movement in (40, 100):
        frames = loop(kind, movement=movement, frames=16)
        steps = [np.abs(one - frames[at - 1]).mean() for at, one in enumerate(frames)]
        assert 0.1 < steps[0] < 1.15 * max(steps[1:]) and max(steps) < 2 * np.median(steps)
        assert np.abs(frames[8] - frames[0]).mean() > 2 * np.median(steps)  # it leads away


def test_detail_follows_the_backdrop_and_does_not_flicker() -> None:
    still = perform(find("generate", "text"), {**SHARED, "detailed": True}, Models(), Progress())[0].layers[0]
    soft, painted = (np.stack(loop("words", frames=8, movement=40, detailed=choice)) for choice in (False, True))
    steps = [np.abs(painted[at] - painted[at - 1]).mean() for at in range(8)]
    assert np.abs(painted[0] - still.picture.array).max() <= 1
    assert max(steps) < 1.5 * np.median(steps)
    assert np.abs(painted[4] - painted[0]).mean() > 1.3 * np.median(steps)
    assert np.abs(np.diff(painted, axis=2)).mean() > 1.2 * np.abs(np.diff(soft, axis=2)).mean()


@pytest.mark.parametrize("kind", STILL)
def test_it_begins_with_the_still_picture(kind: str) -> None:
    name, choice = STILL[kind]
    action = find("generate", name)
    known = {param.name for param in action.params}
    settings = {key: value for key, value in {**SHARED, choice: kind}.items() if key in known}
    still = perform(action, settings, Models(), Progress())[0].layers[0].picture.array
    assert np.abs(loop(kind, frames=3)[0] - still).max() <= 1


@pytest.mark.parametrize("kind", STILL)
def test_without_movement_it_stands_still_and_a_seed_repeats(kind: str) -> None:
    first, *others = loop(kind, frames=3, movement=0)
    assert all(np.abs(one - first).max() <= 1 for one in others)
    assert all(np.array_equal(*pair) for pair in zip(loop(kind, frames=3), loop(kind, frames=3), strict=True))


def test_walks_keep_the_spread() -> None:
    angles = np.linspace(0, 2 * np.pi, 9)
    noise = noise_circle(np.eye(3), angles, 60)
    np.testing.assert_allclose(np.linalg.norm(noise, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(noise[[0, -1]], [[1, 0, 0]] * 2, atol=1e-6)
    for angle in angles:
        assert np.linalg.norm(map_weights(angle, 0.5)) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(map_weights(2 * np.pi / 3, 1.0), (0, 1, 0), atol=1e-6)


@pytest.mark.parametrize("kind", STILL)
def test_cancel_and_progress(kind: str) -> None:
    told: list[float] = []

    def report(done: float, text: str) -> None:
        told.append(done)
        if done > 0.5:
            progress.cancel()

    progress = Progress(report)
    with pytest.raises(Cancelled):
        perform(ANIMATE, {**SHARED, "kind": kind, "frames": 10}, Models(), progress)
    assert told == sorted(told) and len(told) > 4 and max(told) < 0.95


def test_bad_input_gets_a_sentence() -> None:
    with pytest.raises(BadInput, match="not known: dragon"):
        loop("words", words="dragon")
    with pytest.raises(BadInput, match="There are no words"):
        loop("words", words="")
    with pytest.raises(BadInput, match="do not fit into memory"):
        loop("silk", frames=200, width=8192, height=8192)


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_the_command_writes_an_animation(tmp_path, ending: str) -> None:
    words = ["generate", "animate", "红色", "--kind", "ink", "--size", "32", "--frames", "5", "-o"]
    assert cli.main([*words, str(tmp_path / f"a.{ending}")]) == 0
    with Image.open(tmp_path / f"a.{ending}") as image:
        assert image.n_frames == 5 and image.info["loop"] == 0


def test_the_command_writes_frames(tmp_path) -> None:
    words = ["generate", "animate", "--kind", "moss", "--size", "32", "--frames", "3"]
    assert cli.main([*words, "-o", str(tmp_path / "a.png")]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-1.png", "a-2.png", "a-3.png"]
