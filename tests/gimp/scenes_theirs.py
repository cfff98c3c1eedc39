"""Models of others in GIMP, one of each role (tiny graphs of their conventions): the promises are those of our own."""

from pathlib import Path

import stage
from scenes_pixels import check_in_place, check_new_layer

MODELS = Path.home() / ".local/share/gesso/models"


def check(procedure, model, precision, alpha=False, feather=0.0, **settings):
    """Both ways of placing the result; unselected pixels stay as they are, to the bit."""

    def act(image, layers, **more):
        return stage.call(procedure, image, layers, model=model, **settings, **more)

    image = stage.new_image(96, 80, "rgb", precision)
    layer = stage.add_layer(image, 96, 80, alpha)
    stage.select_ellipse(image, 30, 20, 40, 32, feather)
    check_new_layer(image, layer, act)
    check_in_place(image, layer, act)


def scene_fill():
    check("gesso-inpaint-fill", "lama_fp32", "U16_NON_LINEAR", alpha=True)
    check("gesso-inpaint-fill", "migan_pipeline_v2", "U8_NON_LINEAR", feather=4.0)


def scene_restore():
    check("gesso-enhance-restore", "nafnet-deblur", "FLOAT_LINEAR")


def scene_denoise():
    check("gesso-enhance-denoise", "ffdnet-number", "U8_NON_LINEAR", alpha=True, auto=False, strength=30.0)


def scene_style():
    check("gesso-convert-style", "candy-9", "U8_NON_LINEAR")


def scene_relight():
    check("gesso-enhance-relight", "zero_dce_curves", "U16_LINEAR", feather=4.0)


def scene_colorize():
    check("gesso-enhance-colorize", "ddcolor", "HALF_NON_LINEAR")
    grey = stage.new_image(40, 30, "gray")
    layer = stage.add_layer(grey, 40, 30)
    with stage.untouched(grey):
        assert "no room for color" in stage.call("gesso-enhance-colorize", grey, [layer], model="ddcolor").error


def scene_colorize_takes_hints_from_a_layer_over_the_photo():
    """A red dab on a layer that is smaller and lies elsewhere: the result is red under it."""
    image = stage.new_image(90, 70)
    photo = stage.add_layer(image, 80, 60, at=(6, 4))
    stage.put(photo, bytes([140, 140, 140, 90, 90, 90]) * 40 * 60)
    dab = stage.add_layer(image, 20, 10, alpha=True, at=(36, 24), name="dab")
    stage.put(dab, bytes([200, 100, 100, 255]) * 20 * 10)
    settings = {"model": "ddcolor", "output": "in-place"}
    stage.succeed(stage.call("gesso-enhance-colorize", image, [photo], hints=dab, **settings))
    made = stage.raw(photo)
    for x, y in ((30, 20), (49, 29)):
        red, green, blue = made[3 * (80 * y + x) : 3 * (80 * y + x) + 3]
        assert red > green + 20 and red > blue + 20, (red, green, blue)
    other = stage.add_layer(stage.new_image(90, 70), 9, 9)
    with stage.untouched(image):
        answer = stage.call("gesso-enhance-colorize", image, [photo], hints=other, **settings)
        assert "is of another image" in answer.error


def scene_colorize_from_dabs_alone():
    image = stage.new_image(60, 40)
    photo = stage.add_layer(image, 60, 40)
    stage.put(photo, bytes([140] * 3 * 60 * 40))
    dab = stage.add_layer(image, 6, 6, alpha=True, at=(50, 4), name="dab")
    stage.put(dab, bytes([200, 100, 100, 255]) * 6 * 6)
    cards = [MODELS / f"{name}.toml" for name in ("ddcolor", "deoldify_artistic")]
    for card in cards:
        card.rename(card.with_suffix(".away"))
    try:
        with stage.untouched(image):
            answer = stage.call("gesso-enhance-colorize", image, [photo])
            assert "Nothing says which colors to use." in answer.error, answer
        stage.succeed(stage.call("gesso-enhance-colorize", image, [photo], hints=dab, output="in-place"))
    finally:
        for card in cards:
            card.with_suffix(".away").rename(card)
    red, green, blue = stage.raw(photo)[-3:]
    assert red > green + 40 and red > blue + 40, "the far corner is as grey as the dab's place: it follows"


def scene_depth():
    check("gesso-convert-depth", "midas_small", "U32_NON_LINEAR")
    grey = stage.new_image(40, 30, "gray", "U16_NON_LINEAR")
    stage.succeed(stage.call("gesso-convert-depth", grey, [stage.add_layer(grey, 40, 30, alpha=True)]))
    assert grey.get_layers()[0].get_name() == "Depth"


def scene_cutout():
    image = stage.new_image(96, 80)
    layer = stage.add_layer(image, 96, 80)
    before = stage.raw(layer)
    answer = stage.succeed(stage.call("gesso-convert-cutout", image, [layer], model="u2net"))
    masks = [one.get_mask() for one in answer.image.get_layers() if one.get_mask()]
    assert masks and "u2net" in answer.record[0]["models"] and stage.raw(layer) == before


def scene_upscale():
    image = stage.new_image(50, 40, precision="U16_NON_LINEAR")
    layer = stage.add_layer(image, 50, 40, alpha=True)
    for scale, model in (("2", "super_resolution"), ("3", "3x-compact"), ("4", "4xSPAN")):
        answer = stage.succeed(stage.call("gesso-enhance-upscale", image, [layer], scale=scale, model=model))
        assert answer.image.get_width() == 50 * int(scale) and model in answer.record[0]["models"]
    wrong = stage.call("gesso-enhance-upscale", image, [layer], scale="2", model="4xSPAN")
    assert "4xSPAN is for upscale-x4, not for upscale-x2" in wrong.error


def scene_a_model_that_was_changed_is_refused():
    file = MODELS / "candy-9.onnx"
    image = stage.new_image(40, 30)
    layer = stage.add_layer(image, 40, 30)
    before = file.read_bytes()
    file.write_bytes(before[:-1] + b"x")
    card = file.with_suffix(".toml")
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("[model]", "[model]\nmultiple = 2"), encoding="utf-8")  # another card: loaded anew
    try:
        with stage.untouched(image):
            answer = stage.call("gesso-convert-style", image, [layer], model="candy-9")
            assert "sha256" in answer.error, answer.error
    finally:
        file.write_bytes(before)
        card.write_text(text, encoding="utf-8")


def scene_a_wrong_card_is_seen():
    """A range that is not the model's: almost nothing comes out, and the image is left alone."""
    card = MODELS / "scunet_color.toml"
    text = card.read_text(encoding="utf-8")
    image = stage.new_image(40, 30)
    layer = stage.add_layer(image, 40, 30)
    card.write_text(text.replace('role = "image"', 'role = "image"\nhigh = 255.0'), encoding="utf-8")
    try:
        with stage.untouched(image):
            answer = stage.call("gesso-enhance-denoise", image, [layer], model="scunet_color")
    finally:
        card.write_text(text, encoding="utf-8")
    assert "scunet_color gave one flat color" in answer.error, answer


def models(**wanted):
    """What the procedure of the models says, or its error."""
    procedure = stage.Gimp.get_pdb().lookup_procedure("gesso-tools-models")
    config = procedure.create_config()
    for name, value in wanted.items():
        config.set_property(name, value)
    values = procedure.run(config)
    good = values.index(0) == stage.Gimp.PDBStatusType.SUCCESS
    return values.index(1) if good else stage.Gimp.get_pdb().get_last_error()


def scene_models_come_and_go():
    assert "candy-9 (style)" in models(do="list")
    (MODELS / "candy-9.onnx").rename(stage.FOLDER / "painter.onnx")  # its card stays behind: no longer sound
    try:
        assert "BAD   candy-9" in models(do="verify")
        added = models(do="add", file=str(stage.FOLDER / "painter.onnx"), use="style")
        assert "Added painter" in added and "painter (style)" in added, added
        image = stage.new_image(40, 30)
        layer = stage.add_layer(image, 40, 30)
        stage.succeed(stage.call("gesso-convert-style", image, [layer], model="painter"))
        assert "Removed painter" in models(do="remove", name="painter")
        assert "no model 'painter'" in stage.call("gesso-convert-style", image, [layer], model="painter").error
    finally:
        (stage.FOLDER / "painter.onnx").rename(MODELS / "candy-9.onnx")
    page = stage.FOLDER / "page.onnx"
    page.write_bytes(b"<!DOCTYPE html>")
    assert "web page" in models(do="add", file=str(page))
    assert "Every model is sound." in models(do="verify")
    assert "came with gesso" in models(do="remove", name="denoise")
