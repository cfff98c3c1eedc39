"""generate abstract: a seed repeats, any size shows the same, no bands, words and pictures give the colours."""

import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.contract.errors import BadInput, BadSetting
from gesso.engine.abstracts import STYLES
from gesso.engine.hues import COLOURS
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.oklab import to_lab, to_rgb
from gesso.engine.palettes import WORDS as COLOURED
from gesso.engine.palettes import palette_of_picture
from gesso.engine.progress import Progress
from gesso.engine.session import Models

from export.text.words import SYNONYMS, WORDS

ACTION = find("generate", "abstract")
RAMP = np.linspace(0, 1, 48, dtype=np.float32)


def draw(palette: Picture | None = None, **settings) -> list[np.ndarray]:
    chosen = {"width": 48, "height": 32, "seed": 3, "words": "blue, purple", **settings}
    others = {} if palette is None else {"palette": palette}
    return [layer.picture.array for layer in perform(ACTION, chosen, Models(), Progress(), others=others)[0].layers]


def test_oklab_of_white_and_back() -> None:
    np.testing.assert_allclose(to_lab(np.ones(3)), (1, 0, 0), atol=1e-6)
    colours = np.random.default_rng(0).random((50, 3))
    np.testing.assert_allclose(to_rgb(to_lab(colours).astype(np.float32)), colours, atol=1e-5)


def test_seed_and_settings_decide() -> None:
    first = draw()[0]
    assert np.array_equal(first, draw()[0])
    for other in (
        {"seed": 4},
        {"words": "red"},
        {"complexity": 80},
        *({"style": s} for s in STYLES if s != "gradient"),
    ):
        assert not np.array_equal(first, draw(**other)[0])


def test_a_candidate_is_what_its_own_seed_gives() -> None:
    assert np.array_equal(draw(candidates=3, words="")[2], draw(seed=5, words="")[0])


@pytest.mark.parametrize("style", STYLES)
def test_the_same_at_any_size(style: str) -> None:
    """Strips, and more pixels, change nothing but how fine it is."""
    small, large = (draw(style=style, width=side, height=side, depth="32")[0] for side in (150, 600))
    shrunk = large.reshape(150, 4, 150, 4, 3).mean((1, 3))
    assert np.abs(shrunk - small).mean() < 0.006


def test_depth_and_bands() -> None:
    """A soft gradient has a level of its own for nearly every pixel; with 8 bits no level is a wide flat band."""
    fine = draw(depth="16", width=2000, height=16, complexity=0)[0]
    assert fine.dtype == np.uint16 and np.abs(np.diff(fine.astype(int), axis=1)).max() < 400
    assert len(np.unique(fine[..., 0])) > 1000
    assert draw(depth="32")[0].dtype == np.float32
    eight = draw(width=512, height=64, complexity=0, words="black")[0][..., 0].astype(int)
    assert (np.diff(eight, axis=1) != 0).mean() > 0.2


@pytest.mark.parametrize("words", ["red", "红色", "crimson"])
def test_words_in_two_languages(words: str) -> None:
    red, green, blue = draw(words=words)[0].reshape(-1, 3).mean(0)
    assert red > 1.5 * green and red > 1.5 * blue


def test_every_word_of_the_text_model_has_colours() -> None:
    card = Models().card("text")
    assert set(COLOURED) == set(WORDS) == set(card.facts["words"]) and card.facts["synonyms"] == SYNONYMS
    assert set(COLOURS) <= {word for word, colours in COLOURED.items() if len(colours) == 6}


def test_the_palette_of_a_picture() -> None:
    flag = np.zeros((60, 90, 4), np.uint8)
    flag[:, :45], flag[:, 45:], flag[50:] = (200, 30, 30, 255), (30, 60, 200, 255), (0, 255, 0, 0)
    found = {tuple(colour) for colour in (to_rgb(palette_of_picture(Picture(flag))) * 255).round().astype(int)}
    assert found == {(200, 30, 30), (30, 60, 200)}
    made = draw(Picture(flag), words="green")[0].reshape(-1, 3)
    assert made[:, 1].mean() < 80
    with pytest.raises(BadInput, match="transparent"):
        draw(Picture(flag[50:]))


def test_bad_input_gets_a_sentence() -> None:
    with pytest.raises(BadInput, match="not known: dragon.*Known are: sky, "):
        draw(words="blue dragon")
    with pytest.raises(BadInput, match="No word here names a color"):
        draw(words="bright")
    with pytest.raises(BadSetting, match="--width is 100000"):
        draw(width=100_000)
    with pytest.raises(BadInput, match="do not fit into memory"):
        draw(width=8192, height=8192, candidates=16)
    with pytest.raises(BadSetting, match="--height is 0"):
        draw(height=0)


def test_a_palette_of_one_pixel():
    dot = {"palette": Picture(np.full((1, 1, 3), (200, 90, 40), np.uint8))}
    settings = {"palette": "dot", "width": 32, "height": 32}
    made, _ = perform(find("generate", "abstract"), settings, Models(), Progress(), others=dot)
    rgb = made.layers[0].picture.array.reshape(-1, 3).mean(0)
    assert rgb[0] > rgb[1] > rgb[2]
