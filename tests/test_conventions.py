"""The table of conventions: each kind of file is recognised, its range is right, and so is the picture.

The picture is compared with a direct call of onnxruntime, fed as the model's own code would; larger ones are worked on
in tiles, which must not be seen.
"""

import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.engine.cards import read_card
from gesso.engine.convert import cutout
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from gesso.library import add
from skimage import data

from tests import zoo
from tests.zoo import BLUR, ENLARGE, GROW, RED, Exhibit, plain

ENLARGED = {s: {"blur": BLUR, "enlarge": ENLARGE[s]} for s in (2, 3, 4)}
NONE: dict = {}
BYTES, SIGNED = {"low": 0.0, "high": 255.0}, {"low": -1.0, "high": 1.0}

EXHIBITS = [
    Exhibit("lama_fp32", zoo.lama(255, 0), "inpaint", zoo.direct_lama(255), NONE, {"size": (512, 512)}),
    Exhibit("lama-manga", zoo.lama(1, 0), "inpaint", zoo.direct_lama(1), NONE),
    Exhibit("migan_pipeline_v2", zoo.MIGAN_PIPELINE, "inpaint", zoo.direct_migan_pipeline, NONE,
            image=BYTES, mask={"low": 255.0, "high": 0.0}),
    Exhibit("migan", zoo.MIGAN_BARE, "inpaint", zoo.direct_migan_bare, NONE, {"size": (256, 256)},
            image=SIGNED | {"hole": 0.0}, mask={"low": 0.5, "high": -0.5}),
    Exhibit("RealESRGAN_x2plus", zoo.upscaler(2), "upscale-x2", plain(scale=2), ENLARGED[2]),
    Exhibit("3x-compact", zoo.upscaler(3), "upscale-x3", plain(scale=3), ENLARGED[3]),
    Exhibit("4xSPAN", zoo.upscaler(4), "upscale-x4", plain(scale=4), ENLARGED[4]),
    Exhibit("esrgan-tile", zoo.upscaler(2, "float[1,3,64,64] input"), "upscale-x2", None, ENLARGED[2],
            {"size": (64, 64)}),
    Exhibit("valid-border-2x", zoo.upscaler(2, body=zoo.BORDER), "upscale-x2", zoo.direct_border, ENLARGED[2],
            {"border": 2}),
    Exhibit("super_resolution", zoo.LUMA_X2, "upscale-x2", zoo.direct_luma_x2, {"grow": GROW}, image={"order": "Y"}),
    Exhibit("scunet_color", zoo.SAME % zoo.CLIPPED % (0, 1), "denoise", plain(), image={"low": 0.0, "high": 1.0}),
    Exhibit("nafnet-deblur", zoo.HALVES, "restore", plain(multiple=8), card={"multiple": 8}),
    Exhibit("ffdnet-number", zoo.with_level("[1,1,1,1]"), "denoise", plain(number=(1, 1, 1, 1))),
    Exhibit("ffdnet-rank0", zoo.with_level(""), "denoise", plain(number=())),
    Exhibit("ffdnet-rank1", zoo.with_level("[1]"), "denoise", plain(number=(1,))),
    Exhibit("drunet_color", zoo.DRUNET, "denoise", zoo.direct_drunet),
    Exhibit("fp16-restore", zoo.FP16, "restore", plain(kind=np.float16)),
    Exhibit("candy-9", zoo.SAME % zoo.CLIPPED % (0, 255), "style", plain(0, 255), image=BYTES),
    Exhibit("AnimeGANv3_Hayao", zoo.NHWC, "style", plain(-1, 1, nhwc=True), image=SIGNED | {"layout": "NHWC"}),
    Exhibit("CartoonGAN", zoo.SAME % zoo.CLIPPED % (-1, 1), "style", plain(-1, 1, bgr=True), {"blur": RED},
            image=SIGNED | {"order": "BGR"}),
    Exhibit("u2net", zoo.segmenter(320, outputs=7), "segment", zoo.direct_segmenter(320, own_maximum=True), NONE,
            {"size": (320, 320)}, image={"own_maximum": True}),
    Exhibit("isnet-general-use", zoo.segmenter(64), "segment",
            zoo.direct_segmenter(64, np.float32(0.5), np.float32(1)), NONE, image={"mean": (0.5, 0.5, 0.5)}),
    Exhibit("BiRefNet-general", zoo.segmenter(64, logits=True), "segment", zoo.direct_segmenter(64, logits=True), NONE),
    Exhibit("u2net_cloth_seg", zoo.CLOTHES, "segment", zoo.direct_clothes, NONE, image={"own_maximum": False}),
    Exhibit("ddcolor", zoo.DDCOLOR, "colorize", zoo.direct_ddcolor, NONE, {"whole": True}),
    Exhibit("deoldify_artistic", zoo.DEOLDIFY, "colorize", zoo.direct_deoldify, {"blur": RED}, image=BYTES),
    Exhibit("zero_dce", zoo.ZERO_DCE, "relight",
            lambda s, rgb, hole: zoo.hwc(s.run(["enhanced"], {"input": zoo.nchw(rgb.astype(np.float32) / 255)})[0]),
            NONE),
    Exhibit("zero_dce_plus", zoo.CURVE, "relight", zoo.direct_curve, NONE),
    Exhibit("zero_dce_curves", zoo.CURVES, "relight", zoo.direct_curves, NONE),
    Exhibit("depth_anything_v2_vits", zoo.DEPTH_ANYTHING, "depth", zoo.direct_depth_anything, NONE, {"multiple": 14}),
    Exhibit("midas_small", zoo.DEPTH, "depth", zoo.direct_depth, NONE, {"whole": True},
            image={"mean": (0.485, 0.456, 0.406)}),
]  # fmt: skip
ACTIONS = {"inpaint": ("inpaint", "fill"), "style": ("convert", "style"), "depth": ("convert", "depth")}
IDS = [exhibit.name for exhibit in EXHIBITS]
RUNNABLE = [exhibit for exhibit in EXHIBITS if exhibit.role != "segment"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path / "home"))
    return tmp_path


def given(exhibit: Exhibit, folder):
    add.add(zoo.save(exhibit, folder))
    return read_card(folder / "home" / f"{exhibit.name}.toml")


def run(exhibit: Exhibit, rgb: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The action's picture, HxWx3 0..1, of a 16-bit photo, so that rounding hides nothing."""
    role = exhibit.role.split("-")[0]
    action = find(*ACTIONS.get(role, ("enhance", role)))
    settings = {"model": exhibit.name}
    settings |= {"scale": exhibit.role[-1], "flavor": "clean"} if role == "upscale" else {}
    settings |= {"auto": False, "strength": 25.0} if role == "denoise" else {}
    mask = {"mask": hole.astype(np.float32)} if role == "inpaint" else {}
    outcome, record = perform(action, settings, Models(), Progress(), Picture(rgb.astype(np.uint16) * 257), **mask)
    assert "warnings" not in record["notes"], record["notes"]
    layer = outcome.layers[0]
    made = layer.picture.array / 65535
    if role != "inpaint":
        return made
    whole = rgb / 255
    part = np.s_[layer.y : layer.y + layer.picture.height, layer.x : layer.x + layer.picture.width]
    whole[part] = np.where(hole[part][..., None], made, whole[part])
    return whole


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=IDS)
def test_recognised(exhibit, home):
    card = given(exhibit, home)
    assert card.role == exhibit.role
    assert {name: getattr(card, name) for name in exhibit.card} == exhibit.card
    for role, expected in (("image", exhibit.image), ("mask", exhibit.mask)):
        port = card.port(role)
        found = {name: getattr(port, name) for name in expected}
        assert found == expected


@pytest.mark.parametrize("exhibit", [e for e in RUNNABLE if e.direct], ids=lambda e: e.name)
def test_the_picture_is_right(exhibit, home):
    given(exhibit, home)
    side = {"migan": 256}.get(exhibit.name, 512 if exhibit.role == "inpaint" else 100)
    rgb = data.coffee()[:side, 40 : 40 + side]
    rgb = np.pad(rgb, ((0, side - len(rgb)), (0, 0), (0, 0)), "reflect")
    if exhibit.role != "inpaint":
        rgb = rgb[:, :93]
    hole = np.zeros(rgb.shape[:2], bool)
    middle = side // 2  # so that the action's context is the whole picture
    hole[middle - 18 : middle + 19, middle - 20 : middle + 10] = True
    right = exhibit.direct(zoo.session(home / f"{exhibit.name}.onnx"), rgb, hole)
    made = run(exhibit, rgb, hole)
    assert made.shape == right.shape
    assert np.abs(made - right).max() <= 1 / 255


@pytest.mark.parametrize("exhibit", [e for e in EXHIBITS if e.role == "segment"], ids=lambda e: e.name)
def test_the_subject_is_right(exhibit, home):
    card = given(exhibit, home)
    rgb = data.coffee()[: card.size[0] * 5 // 4, 40 : 40 + card.size[1] * 4 // 3]
    right = exhibit.direct(zoo.session(home / f"{exhibit.name}.onnx"), rgb, None)
    found = cutout.predict(Picture(rgb), Models().network("segment", exhibit.name), Progress())
    assert np.abs(found - right).max() <= 1 / 255
    outcome, record = perform(find("convert", "cutout"), {"model": exhibit.name}, Models(), Progress(), Picture(rgb))
    assert record["models"] and outcome.layers[0].picture.array.shape == (*rgb.shape[:2], 1)


@pytest.mark.parametrize("name", ["candy-9", "nafnet-deblur", "RealESRGAN_x2plus", "esrgan-tile", "valid-border-2x"])
def test_tiles_are_invisible(name, home, monkeypatch):
    exhibit = next(e for e in EXHIBITS if e.name == name)
    given(exhibit, home)
    path = home / "home" / f"{name}.toml"
    rgb, none = data.coffee()[:200, :230], np.zeros((200, 230), bool)
    direct = exhibit.direct or plain(scale=2)
    session = zoo.session(zoo.save(EXHIBITS[4], home)) if name == "esrgan-tile" else zoo.session(home / f"{name}.onnx")
    path.write_text(path.read_text().replace("[model]", "[model]\ntile = 64"))
    assert read_card(path).tile == 64
    apart = np.abs(run(exhibit, rgb, none) - direct(session, rgb, none))
    assert apart[:-4, :-4].max() <= 1 / 255  # at the picture's own edge, padding is the net's business
