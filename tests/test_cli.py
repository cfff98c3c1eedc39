"""The command line does what the menu does, on files and folders."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from gesso import __main__, batch, cli
from gesso.contract.actions import ACTIONS
from gesso.engine import files
from gesso.engine.image import Picture
from PIL import Image, ImageCms

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def photo(path, dtype="u1", height=40, width=56):
    rng = np.random.default_rng(1)
    picture = Picture((rng.random((height, width, 3)) * np.iinfo(dtype).max).astype(dtype))
    files.write(path, picture, files.File(picture, icc=PROFILE))
    return picture


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.procedure)
def test_every_setting_is_a_flag(action, capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main([action.menu, action.name, "--help"])
    text = capsys.readouterr().out
    automatic = {getattr(param, "auto", None) for param in action.params}
    for param in action.params:
        shown = (f"--{param.name}" in text, f"[{param.name}]" in text, param.name.upper() in text.split())
        assert param.name in automatic or any(shown)


def test_a_folder_goes_on_after_a_bad_file(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    photo(tmp_path / "in/a.png")
    photo(tmp_path / "in/c.tif", "u2")
    (tmp_path / "in/b.png").write_bytes(b"rubbish")
    assert cli.main(["enhance", "upscale", str(tmp_path / "in"), "-o", str(tmp_path / "out")]) == 2
    assert "b.png" in capsys.readouterr().err
    for name, number in (("a.png", "u8"), ("c.tif", "u16")):
        done = files.read(tmp_path / "out" / name)
        assert (done.picture.width, done.picture.height) == (112, 80)
        assert (done.picture.number, done.icc) == (number, PROFILE)


WARM = ["enhance", "adjust", "--warmth", "50", "-o"]


@pytest.mark.parametrize("folder", ["there", "new/"])
def test_a_picture_goes_into_a_folder(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    photo(tmp_path / "a.png")
    (tmp_path / "there").mkdir()
    assert cli.main([*WARM, folder, "a.png"]) == 0
    assert (tmp_path / folder / "a.png").exists()


def test_several_pictures_and_a_line_of_json_for_each(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "more").mkdir()
    for name in ("a.png", "b.png", "more/c.png", "more/._c.png"):
        photo(tmp_path / name)
    Image.new("RGB", (9, 9)).save(tmp_path / "d.bmp")
    assert cli.main([*WARM, "out/", "a.png", "missing.png", "d.bmp", "b.png", "more", "a.png"]) == 2
    told = capsys.readouterr()
    assert ".bmp is not a format gesso writes" in told.err
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [line["picture"] for line in lines] == ["a.png", "b.png", "more/c.png"]
    assert [line["files"] for line in lines] == [["out/a.png"], ["out/b.png"], ["out/c.png"]]
    assert told.err.count("missing.png") == 1


def test_the_last_of_several_pictures_is_the_mask(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.png"):
        photo(tmp_path / name)
    mask = np.zeros((40, 56, 1), np.uint8)
    mask[8:30, 8:40] = 255
    files.write(tmp_path / "mask.png", Picture(mask))
    assert cli.main(["inpaint", "fill", "--method", "classical", "a.png", "b.png", "mask.png", "-o", "out/"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["picture"], one["files"]) for one in told] == [(name, [f"out/{name}"]) for name in ("a.png", "b.png")]


@pytest.mark.parametrize(
    "words, says",
    [
        (["out", "a.png", "more/a.png"], "out/a.png would be written twice, for a.png and more/a.png"),
        (["out.png", "a.png", "b.png"], "out.png is a file, and there are several"),
        (["new", "a.png"], "End the name of a folder with /"),
        (["b.png/new.png", "a.png"], "Nothing can be written to b.png"),
        (["locked/new.png", "a.png"], "Nothing can be written to locked"),
        (["more", "a.png", "more"], "more/a.png is a picture that is read"),
        ([".", "a.png", "b.png"], "a.png is a picture that is read"),
    ],
)
def test_where_nothing_can_be_written_is_said_before_the_work(tmp_path, monkeypatch, capsys, words, says):
    monkeypatch.chdir(tmp_path)
    for name in ("more", "locked"):
        (tmp_path / name).mkdir()
    for name in ("a.png", "b.png", "more/a.png"):
        photo(tmp_path / name)
    monkeypatch.setattr(batch, "perform", lambda *_: pytest.fail("the work was done"))
    monkeypatch.setattr(os, "access", lambda path, _: path.name != "locked")  # root could write there
    assert cli.main([*WARM, *words]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["enhance", "upscale", "a.png", "--scale", "4"], ["generate", "extend", "a.png", "--left", "9000"]]
)
def test_a_result_too_large_for_its_format_is_told_before_the_work(tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    photo(tmp_path / "a.png", height=1, width=9000)
    monkeypatch.setattr(batch, "perform", lambda *_: pytest.fail("the work was done"))
    assert cli.main([*words, "-o", "b.webp"]) == 2
    assert "too many for this format, which ends at 16383" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["enhance", "adjust", "", "-o", "out"], ["enhance", "adjust", "a.png", "-o", ""]])
def test_a_variable_that_is_not_set_is_not_the_current_folder(tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    photo(tmp_path / "a.png")
    with pytest.raises(SystemExit, match="2"):
        cli.main(words)
    assert "the name is empty" in capsys.readouterr().err


def test_the_mask_found_never_goes_over_a_photo(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    photo(tmp_path / "scans/a.png")
    for found in ("scans", "out"):
        assert cli.main(["inpaint", "repair", "scans", "-o", "out", "--found", found]) == 2
    told = capsys.readouterr().err
    assert "scans/a.png is a picture that is read" in told and "out/a.png would be written twice" in told


def test_a_candidate_never_goes_over_a_photo_that_is_still_to_come(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "a-1.png", "mask.png"):
        photo(tmp_path / name)
    assert cli.main(["inpaint", "fill", "a.png", "a-1.png", "mask.png", "-o", ".", "--candidates", "2"]) == 2
    assert "a-1.png is a picture that is read" in capsys.readouterr().err


def test_only_the_first_of_several_pages_is_read_and_that_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    tifffile.imwrite("a.tif", np.full((3, 20, 20, 3), 90, np.uint8), photometric="rgb")
    assert cli.main([*WARM, "b.tif", "a.tif"]) == 0
    assert "a.tif: It holds 3 pictures, of which only the first is read." in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["bmp", "gif"])
def test_a_wrong_ending_is_refused_before_the_work(tmp_path, monkeypatch, capsys, ending):
    photo(tmp_path / "a.png")
    monkeypatch.setattr(batch, "perform", lambda *_: pytest.fail("the work was done"))
    assert cli.main(["enhance", "denoise", str(tmp_path / "a.png"), "-o", str(tmp_path / f"b.{ending}")]) == 2
    assert f".{ending} is not a format" in capsys.readouterr().err


def test_a_grey_file_becomes_colored(tmp_path):
    ramp = np.tile(np.linspace(40, 200, 56).astype(np.uint8), (40, 1))[..., None]
    grey = Picture(ramp)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()  # any but that of an RGB picture
    files.write(tmp_path / "grey.tif", grey, files.File(grey, icc=profile))
    dabs = np.zeros((40, 56, 4), np.uint8)
    dabs[10:20, 10:20] = 200, 40, 40, 255
    files.write(tmp_path / "dabs.png", Picture(dabs))
    words = ["enhance", "colorize", str(tmp_path / "grey.tif"), "--hints", str(tmp_path / "dabs.png")]
    assert cli.main([*words, "-o", str(tmp_path / "color.tif")]) == 0
    made = files.read(tmp_path / "color.tif")
    red, green, _ = made.picture.array[15, 15].astype(int)
    assert red > green + 40
    assert made.icc is None


def test_a_mask_keeps_everything_else_to_the_bit(tmp_path):
    original = photo(tmp_path / "a.png", "u2").array
    mask = np.zeros((40, 56, 1), np.uint8)
    mask[8:20, 8:30] = 255
    files.write(tmp_path / "mask.png", Picture(mask))
    words = ["enhance", "denoise", str(tmp_path / "a.png"), "--mask", str(tmp_path / "mask.png"), "--strength", "40"]
    assert cli.main([*words, "-o", str(tmp_path / "b.png")]) == 0
    result = files.read(tmp_path / "b.png").picture.array
    assert result.dtype == original.dtype
    changed = (result != original).any(axis=2)
    assert changed[8:20, 8:30].mean() > 0.9
    assert not changed[mask[..., 0] == 0].any()


def test_the_same_seed_gives_the_same_file(tmp_path):
    for name in ("a", "b"):
        cli.main(["generate", "texture", "--size", "64", "--seed", "5", "-o", str(tmp_path / f"{name}.png")])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_candidates_are_numbered_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    photo(tmp_path / "a.png")
    mask = np.zeros((40, 56, 1), np.uint8)
    mask[8:30, 8:40] = 255
    files.write(tmp_path / "mask.png", Picture(mask))
    words = ["inpaint", "fill", "a.png", "mask.png", "-o", "out/b.png", "--seed", "1"]
    assert cli.main([*words, "--candidates", "3"]) == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["b-1.png", "b-2.png", "b-3.png"]
    assert cli.main(words) == 0
    assert (tmp_path / "out/b.png").read_bytes() == (tmp_path / "out/b-1.png").read_bytes()


@pytest.mark.parametrize(
    "words, says",
    [
        (["enhance", "upscale", "missing.png", "-o", "b.png"], "no file missing.png"),
        (["enhance", "denoise", "a.png", "-o", "b.png", "--strength", "90"], "0 to 50"),
        (["enhance", "upscale", "a.png", "-o", "a.png"], "is a picture that is read"),
        (["enhance", "upscale", "a.png", "-o", "b.gif"], ".gif"),
        (["blend", "fuse", "a.png", "a.png", "-o", "a.png"], "is a picture that is read"),
        (["enhance", "denoise", "a.png", "--mask", "mask.png", "-o", "mask.png"], "is a picture that is read"),
        (["blend", "harmonize", "a.png", "mask.png", "-o", "mask.png"], "is a picture that is read"),
        (["convert", "colors", "a.png", "mask.png", "-o", "mask.png"], "is a picture that is read"),
        (
            ["blend", "morph", "a-1.png", "mask.png", "-o", "a.png", "--frames", "1"],
            "a-1.png is a picture that is read",
        ),
        (["blend", "fuse", "a.png", "missing.png", "-o", "b.png"], "no file missing.png"),
        (["blend", "fuse", "a.png", "-o", "b.png"], "two layers or more"),
        (["enhance", "upscale", "a.png", "-o", "b.png", "--model", "none"], "no model 'none'"),
        (["inpaint", "fill", "a.png", "a.png", "-o", "b.png"], "Select less"),
    ],
)
def test_mistakes_get_a_sentence_and_a_status(tmp_path, monkeypatch, capsys, words, says):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "a-1.png", "mask.png"):
        files.write(tmp_path / name, Picture(np.full((8, 8, 3), 255, np.uint8)))
    assert cli.main(words) in (2, 3)
    assert says in capsys.readouterr().err
    assert not (tmp_path / "b.png").exists()


def test_a_name_that_the_terminal_has_no_letters_for(tmp_path):
    name = tmp_path / "\u56fe.png"
    photo(name)
    words = [sys.executable, "-m", "gesso.cli", "assess", "words", str(name)]
    done = subprocess.run(words, env={**os.environ, "PYTHONIOENCODING": "cp1252"}, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["picture"] == str(name)


def test_a_result_never_goes_into_what_is_read_by_a_detour(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    before = photo(tmp_path / "a.png")
    assert cli.main([*WARM, "no/../a.png", "a.png"]) == 2
    assert "is a picture that is read" in capsys.readouterr().err
    assert (files.read(tmp_path / "a.png").picture.array == before.array).all()


def test_several_pictures_of_several_kinds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    deep = photo(tmp_path / "deep.png", "u2")
    files.write(
        tmp_path / "grey.png", Picture((deep.array[..., :1] // 257).astype(np.uint8)), files.File(deep, PROFILE)
    )
    assert cli.main(["blend", "fuse", "grey.png", "deep.png", "--no-align", "-o", "out.png"]) == 0
    made = files.read(tmp_path / "out.png")
    assert (made.picture.number, made.icc) == ("u16", PROFILE) and np.ptp(made.picture.array, axis=2).max() > 0


@pytest.mark.parametrize("channels", [2, 4])
def test_a_clear_animation_leaves_nothing_standing(tmp_path, monkeypatch, channels):
    monkeypatch.chdir(tmp_path)
    for name, left in (("a.png", 4), ("b.png", 40)):
        disc = np.zeros((40, 60, 4), np.uint8)
        disc[15:25, left : left + 10] = 250, 40, 40, 255
        files.write(tmp_path / name, Picture(disc[..., -channels:]))
    assert cli.main(["blend", "morph", "a.png", "b.png", "--frames", "3", "-o", "out.gif"]) == 0
    with Image.open(tmp_path / "out.gif") as made:
        made.seek(made.n_frames - 1)
        last = np.asarray(made.convert("RGBA"))
    assert last[20, 45, 3] == 255 and last[20, 8, 3] == 0


def test_another_profile_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    photo(tmp_path / "a.png")
    files.write(tmp_path / "style.png", Picture(np.full((9, 9, 3), (200, 90, 40), np.uint8)))
    assert cli.main(["convert", "colors", "a.png", "style.png", "-o", "out.png"]) == 0
    out, err = capsys.readouterr()
    assert "style.png: Its color profile is not that of a.png" in err and json.loads(out)["style"] == "style.png"


def test_what_needs_no_repair_is_handed_on_as_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    files.write(tmp_path / "in/a.jpg", Picture(np.full((64, 64, 3), 90, np.uint8)))
    (tmp_path / "in/b.png").mkdir()  # a folder with the name of a picture
    assert cli.main(["inpaint", "repair", "in", "-o", "out/"]) == 0
    assert (tmp_path / "out/a.jpg").read_bytes() == (tmp_path / "in/a.jpg").read_bytes()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["enhance", "denoise", "a.png", "-o", "x.cube"], ".cube is not a format"),
        (["generate", "abstract", "--depth", "16", "-o", "x.jpg"], "holds 8 bits, and not 16"),
        (["generate", "abstract", "--depth", "32", "-o", "x.png"], "holds 16 bits, and not 32"),
        (["generate", "text", "tullip", "-o", "x.png"], "Did you mean tulip?"),
        (
            ["inpaint", "fill", "a.png", "small.png", "-o", "x.png"],
            "mask is of 9 x 7 pixels and the picture of 56 x 40",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    photo(tmp_path / "a.png")
    photo(tmp_path / "small.png", height=7, width=9)
    assert cli.main(words) != 0
    assert sentence in capsys.readouterr().err and not list(tmp_path.glob("x.*"))


def test_nobody_reads_what_is_printed(tmp_path):
    (tmp_path / "in").mkdir()
    for name in "abcd":
        photo(tmp_path / f"in/{name}.png")
    command = f"{sys.executable} -m gesso.cli assess words {tmp_path / 'in'} | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    assert done.returncode == 141 and "Broken pipe" not in done.stderr


def test_stopped_while_it_loads(monkeypatch, capsys):
    monkeypatch.setattr(cli, "main", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    assert __main__.main() == 130 and capsys.readouterr().err == "gesso: stopped.\n"
