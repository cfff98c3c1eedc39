"""inpaint repair: damage drawn into photos is found and filled, an undamaged photo is left alone."""

import numpy as np
import pytest
from gesso import cli
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine import files
from gesso.engine.image import Picture
from gesso.engine.inpaint.defects import find_defects
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage import data

from export.repair.damage import damage

REPAIR = find("inpaint", "repair")
PHOTOS = (data.chelsea, data.coffee, data.astronaut, data.rocket)


def repair(picture: Picture, mask: np.ndarray | None = None, **settings):
    return perform(REPAIR, {"seed": 1, **settings}, Models(), Progress(), picture, mask)[0].layers[0]


def damaged(truth: np.ndarray, seed: int = 0) -> tuple[Picture, np.ndarray]:
    broken, harmed = damage(truth / np.float32(255), np.random.default_rng(seed))
    return Picture((255 * broken + 0.5).astype(np.uint8)), harmed


def test_damage_is_found_and_the_photo_comes_nearer_to_what_it_was():
    found, gains = [], []
    for number, photo in enumerate(PHOTOS):
        truth = photo()
        picture, harmed = damaged(truth, number)
        layer = repair(picture)
        result = picture.array.copy()
        box = layer.picture.box.shift(layer.x, layer.y)
        assert (layer.picture.array[~layer.mask] == result[box.slices][~layer.mask]).all()
        result[box.slices] = layer.picture.array
        found.append(layer.mask[harmed[box.slices]].sum() / harmed.sum())
        errors = [np.mean((one.astype(float) - truth) ** 2) for one in (picture.array, result)]
        gains.append(10 * np.log10(errors[0] / errors[1]))
    assert np.mean(found) > 0.2 and np.mean(gains) > 1, (found, gains)


def test_an_undamaged_photo_is_nearly_left_alone():
    """Bright rims and masts are taken for scratches; of most photos nothing is."""
    shares = [find_defects(Picture(photo()), Models().network("defects"), 50, Progress()).mean() for photo in PHOTOS]
    assert np.mean(shares) < 0.02 and min(shares) < 0.0005, shares


@pytest.mark.parametrize("channels, kind", [(1, np.uint8), (2, np.uint16), (4, np.float32)])
def test_a_scratch_across_a_grey_wall(channels, kind):
    most = 1 if kind == np.float32 else np.iinfo(kind).max
    wall = np.full((120, 160, channels), 0.4) + np.random.default_rng(0).normal(0, 0.01, (120, 160, 1))
    wall[60:62, 20:140] = 0.9
    if channels in (2, 4):
        wall[..., -1] = 1
        wall[:, :40, -1] = 0
    array = (wall.clip(0, 1) * most).astype(kind)
    layer = repair(Picture(array, "perceptual"))
    clear = 40 if channels in (2, 4) else 20
    assert abs(layer.x - clear) < 6 and abs(layer.x + layer.picture.width - 140) < 6 and layer.picture.height < 10
    assert layer.picture.array.dtype == kind
    assert np.abs(layer.picture.array[..., 0] / most - 0.4).max() < 0.08


def test_only_inside_the_selection():
    picture, harmed = damaged(data.rocket())
    mask = np.zeros(harmed.shape, np.float32)
    mask[:, :320] = 1
    whole, half = repair(picture), repair(picture, mask)
    assert whole.x + whole.picture.width > 320 >= half.x + half.picture.width


def test_nothing_to_find():
    with pytest.raises(BadInput, match="No scratches or dust"):
        repair(Picture(np.full((50, 60, 3), 90, np.uint8)))
    with pytest.raises(BadInput, match="No scratches or dust"):
        repair(Picture(np.full((1, 1, 3), 90, np.uint8)))


def test_a_clean_scan_of_a_folder_is_handed_on(tmp_path, capsys):
    scans, out, found = (tmp_path / name for name in ("scans", "out", "found"))
    scans.mkdir()
    files.write(scans / "a.png", damaged(data.rocket())[0])
    files.write(scans / "b.png", Picture(np.full((50, 60, 3), 9000, np.uint16)))
    assert cli.main(["inpaint", "repair", str(scans), "-o", f"{out}/", "--found", f"{found}/"]) == 0
    same, mask = (files.read(folder / "b.png").picture.array for folder in (out, found))
    assert (same == 9000).all() and not mask.any()
    assert "No scratches or dust were found." in capsys.readouterr().out and (out / "a.png").exists()


def test_the_command_writes_the_mask_too(tmp_path):
    picture, harmed = damaged(data.rocket())
    files.write(tmp_path / "a.png", picture)
    photo, out, found = (str(tmp_path / name) for name in ("a.png", "b.png", "c.png"))
    assert cli.main(["inpaint", "repair", photo, "-o", out, "--found", found]) == 0
    mask = files.read(tmp_path / "c.png").picture.array[..., 0]
    result = files.read(tmp_path / "b.png").picture.array
    assert mask.shape == harmed.shape and set(np.unique(mask)) == {0, 255}
    assert (result == picture.array)[mask == 0].all() and (result != picture.array)[mask > 0].any()
