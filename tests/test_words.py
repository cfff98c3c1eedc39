"""assess words: what is selected and visible decides, words come in order, colours are measured; its training runs."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine.image import Picture
from gesso.engine.job import Outcome, perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from torch import nn

import export.vgg16h.train
from export.card import write_card
from export.data import Picture as Learnt
from export.data import dead_leaves
from export.kid import SIDE, kernel_distance, random_features
from export.vgg16h.classical import name_by_colour
from export.vgg16h.evaluate import flower_of, gain
from export.vgg16h.model import Encoder, Vgg16h, certain
from export.vgg16h.release import PORTS, save_graph
from export.vgg16h.words import FLOWERS, WORDS, row_words

ACTION = find("assess", "words")
SMALL = ((4, 1), (8, 1), (8, 1), (8, 1), (8, 1))
LEAVES = dead_leaves(96, np.random.default_rng(1))
SEA, GRASS = (np.full((64, 64, 3), rgb, np.uint8) for rgb in ((30, 60, 200), (40, 160, 50)))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small net of random weights."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    net = Vgg16h(SMALL)
    net.palette.begin(torch.rand(8, 3, 32, 32))
    nn.init.normal_(net.words.weight, std=0.3)
    save_graph(net, folder / "test.onnx")
    model = {"role": "words", "licence": "CC0-1.0", "summary": "A test", "default": True, "least": 32, "tile": 40}
    write_card(folder / "test.onnx", words=list(WORDS), model=model, **PORTS)
    return folder


@pytest.fixture(autouse=True)
def used(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GESSO_MODELS", str(shelf))


def assess(array: np.ndarray, mask: np.ndarray | None = None) -> Outcome:
    return perform(ACTION, {}, Models(), Progress(), Picture(array), mask)[0]


def test_words_come_surest_first_and_no_layer_is_made() -> None:
    outcome = assess(LEAVES)
    sure = list(outcome.facts["words"].values())
    assert not outcome.layers and len(sure) > 3
    assert sure == sorted(sure, reverse=True) and all(0 <= one <= 1 for one in sure)
    assert set(outcome.facts["words"]) <= set(WORDS)


def test_colours_and_brightness_are_those_of_what_is_seen() -> None:
    half = np.hstack([SEA, GRASS])
    assert assess(half).facts["colors"] == {"blue": 0.5, "green": 0.5}
    left = np.zeros((64, 128), np.float32)
    left[:, :64] = 1
    facts = assess(half, left).facts
    assert (facts["colors"], facts["tone"], facts["brightness"]) == ({"blue": 1.0}, "", round((30 + 60 + 200) / 765, 2))
    clear = np.dstack([half, 255 * (1 - left).astype(np.uint8)])
    assert assess(clear).facts["colors"] == {"green": 1.0}
    assert assess(half // 4).facts["tone"] == "dark"


@pytest.mark.parametrize("shape", [(3, 400), (1, 1), (500, 30), (1500, 2200)])
def test_any_size_and_depth(shape: tuple[int, int]) -> None:
    picture = cv2.resize(LEAVES, shape[::-1], interpolation=cv2.INTER_AREA)
    facts = assess(picture).facts
    deep = assess(picture.astype(np.uint16) * 257).facts
    assert facts["words"].keys() == deep["words"].keys() and abs(facts["brightness"] - deep["brightness"]) < 0.02


def test_what_cannot_be_judged_is_said() -> None:
    with pytest.raises(BadInput, match="nothing to see"):
        assess(np.zeros((40, 40, 4), np.uint8))
    assert "too little to see" in assess(LEAVES[:8]).notes["warnings"][0]
    assert "warnings" not in assess(LEAVES).notes


def test_the_sentence_has_the_likely_words_only() -> None:
    outcome = assess(LEAVES)
    (told,) = outcome.notes["told"]
    likely = [word for word, sure in outcome.facts["words"].items() if sure >= 0.5]
    assert f"{100 * outcome.facts['words'][likely[0]]:.0f} %" in told and told.count("%") >= len(likely)


def test_a_flower_is_as_sure_as_that_there_is_one() -> None:
    logits = torch.zeros(2, len(WORDS))
    logits[:, FLOWERS.index("rose")] = 5
    logits[:, len(FLOWERS)] = torch.tensor([8.0, -5.0])
    here, nowhere = certain(logits)[:, : len(FLOWERS)].sum(1)
    assert here > 0.98 and nowhere < 0.02


def test_what_the_manifest_says_and_does_not() -> None:
    def said(**row: str) -> tuple[set[str], set[str]]:
        words = row_words(row)
        return ({w for w, v in zip(WORDS, words, strict=True) if v == 1}, set(np.array(WORDS)[np.isnan(words)]))

    yes, unknown = said(pack="photos", scene="sea,sand,boat", light="dusk")
    assert yes == {"sea", "beach", "vehicle", "sunset"} and "rose" in unknown and "city" not in unknown
    yes, unknown = said(pack="flowers", scene="flower", caption="roses")
    assert yes == {"rose", "flower"} and "foliage" in unknown
    assert said(pack="textures", scene="texture", caption="old planks01")[0] == {"texture", "wood"}
    assert "metal" in said(pack="textures", scene="texture", caption="wall02")[1]
    assert said(pack="objects", scene="food", caption="Fruit / Orange")[0] == {"food", "fruit"}


def test_no_layer_of_the_encoder_is_dead_or_explodes_at_first() -> None:
    torch.manual_seed(0)
    leaves = np.stack([dead_leaves(64, np.random.default_rng(n)) for n in range(8)])
    photos = torch.from_numpy(leaves).permute(0, 3, 1, 2).float() / 255
    net = Encoder()
    deepest = net(photos)[:, -256:]
    assert 0.2 < float(deepest.detach().mean()) < 3 and float((deepest.std(0) > 0.01).float().mean()) > 0.9


def test_a_training_starts_and_another_one_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["file\tpack\tuse\tscene\tlight\tcaption"]
    for number, (pack, scene) in enumerate((("flowers", "flower"), ("photos", "sea"), ("textures", "texture"))):
        cv2.imwrite(str(tmp_path / f"{pack}.png"), dead_leaves(100, np.random.default_rng(number)))
        rows.append(f"{pack}.png\t{pack}\ttrain\t{scene}\t\ttulips")
    (tmp_path / "manifest.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    words = ["train", str(tmp_path), "--steps", "2", "--threads", "1"]
    monkeypatch.setattr(sys, "argv", words)
    export.vgg16h.train.main()
    state = torch.load(".work/vgg16h.pt", weights_only=True)
    net = Vgg16h()
    net.load_state_dict(state["average"])
    save_graph(net.eval(), tmp_path / "vgg16h.onnx")
    monkeypatch.setattr(sys, "argv", [*words, "--fresh", "--start", "vgg16h.onnx"])
    export.vgg16h.train.main()
    again = torch.load(".work/vgg16h.pt", weights_only=True)["model"]
    first = state["average"]["encoder.convolutions.4.weight"]
    assert (again["encoder.convolutions.4.weight"] - first).abs().max() < 0.01


def test_the_measures() -> None:
    truth = np.array([[1, 0], [0, 1], [1, 0], [0, 1]] * 5)
    better, low, high = gain(truth, truth + 0.0, 1.0 - truth, draws=20)
    assert 0.3 < low <= better <= high
    rng = np.random.default_rng(0)
    first, alike, other = (rng.normal(mean, 1, (200, 8)) for mean in (0, 0, 0.7))
    same, spread = kernel_distance(first, alike)
    assert abs(same) < spread and kernel_distance(first, other)[0] > 5 * spread


def test_random_features_tell_blurred_pictures() -> None:
    sharp = np.stack([dead_leaves(SIDE, np.random.default_rng(n)) for n in range(40)])
    blurred = np.stack([cv2.GaussianBlur(one, (0, 0), 2) for one in sharp[20:]])
    features = random_features(sharp)
    floor, spread = kernel_distance(features(sharp[:20]), features(sharp[20:]), 15)
    assert kernel_distance(features(sharp[:20]), features(blurred), 15)[0] > floor + 2 * spread


def test_the_baseline_learns_colours() -> None:
    rng = np.random.default_rng(0)
    plain = [("daisy", (240, 240, 235)), ("sunflowers", (230, 190, 30))]
    shown = []
    for name, rgb in plain * 8:
        noisy = (np.array(rgb) + rng.normal(0, 8, (20, 20, 3))).clip(0, 255).astype(np.uint8)
        shown.append(Learnt("", noisy, {"pack": "flowers", "caption": name}))
    classes = flower_of(shown)
    assert (name_by_colour(shown[:12], classes[:12], shown[12:]) == classes[12:]).all()
